import type { recogniserNames } from './specification.ts';

export type Recogniser = (typeof recogniserNames)[number];
/** Texts are searched up to here: a longer mail is cut, not refused. */
const maxChars = 200_000;

/** All patterns are linear: fixed prefixes and bounded repeats. */
const email = /[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])/;
const card = /(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])/g;
const iban = /(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])/g;
/** Published prefixes of OpenAI, Anthropic, GitHub, Slack, AWS, Google and Stripe keys. */
const apiKey =
  /(?<![A-Za-z0-9])(?:sk-[A-Za-z0-9_-]{20,200}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,100}|xox[abprs]-[A-Za-z0-9-]{10,200}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|[rs]k_live_[A-Za-z0-9]{16,200})/;

const recognisers: Record<Recogniser, (text: string) => boolean> = {
  email: (text) => text.includes('@') && email.test(text),
  card: (text) => {
    for (const [found] of text.matchAll(card)) if (passesLuhn(found.replace(/[ -]/g, ''))) return true;
    return false;
  },
  iban: (text) => {
    for (const [found] of text.matchAll(iban)) if (holdsIban(found.replace(/ /g, ''))) return true;
    return false;
  },
  'api-key': (text) => apiKey.test(text),
};

/** The kinds found, in the order asked, joined by `+`; `none` where there is none. */
export function recognise(text: string, detect: readonly Recogniser[]): string {
  const searched = text.length > maxChars ? text.slice(0, maxChars) : text;
  const found = detect.filter((kind) => recognisers[kind](searched));
  return found.length === 0 ? 'none' : found.join('+');
}

/** ISO/IEC 7812-1 check digit over 13–19 digits; a run of one digit is no card. */
export function passesLuhn(digits: string): boolean {
  if (/^(.)\1*$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = Number(digits[digits.length - 1 - i]);
    if (i % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}

/** ISO 13616: moved to the end, letters as 10…35, the number leaves 1 modulo 97. A following word may stick to it. */
function holdsIban(found: string): boolean {
  for (let end = found.length; end >= 15; end--) if (passesMod97(found.slice(0, end))) return true;
  return false;
}

export function passesMod97(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
