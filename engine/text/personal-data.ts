/**
 * Counts what looks like personal data or a secret. Only counts leave this file, never what was found. Patterns are
 * linear (bounded repeats behind a fixed start); where a check digit exists it must be right.
 */
import { isIPv6 } from 'node:net';

export const personalKinds = ['email', 'phone', 'card', 'iban', 'ip', 'api_key', 'national_id'] as const;
export type PersonalKind = (typeof personalKinds)[number];
/** Longer texts are searched up to here. */
export const MAX_SEARCHED = 200_000;

const email =
  /(?<![\w.%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])/g;
/** E.164 with its plus; the North American plan (exchange and area do not begin with 0 or 1); a trunk 0 with a break. */
const phone =
  /(?<![\w+.])\+[1-9][0-9]{0,2}(?:[ .()/-]{0,2}[0-9]){7,12}(?![0-9])|(?<![\w.+-])(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}(?![\w-])|(?<![\w.,+-])(?:0[1-9](?:[ .][0-9]{2}){4}(?![\w-])|(?:\(0[1-9][0-9]{1,3}\)|0[1-9][0-9]{1,3})[ /-][0-9]{3,4}[ -]?[0-9]{3,5}(?![\w-]))/g;
const card = /(?<![\w.+-])[2-6][0-9](?:[ -]?[0-9]){11,17}(?![\w]|[.-][0-9])/g;
const iban = /(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])/g;
const ipv4 =
  /(?<![\w.])(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?![\w]|\.[0-9])/g;
const ipv6 = /(?<![\w:.])[0-9A-Fa-f:]{4,39}(?![\w:])/g;
const versioned = /(?:\bv|version|release|section|§)[ .:]*$/i;
/** Published prefixes of OpenAI, Anthropic, GitHub, Slack, AWS, Google, Stripe, Hugging Face and GitLab keys. */
const apiKey =
  /(?<![A-Za-z0-9])(?:sk-[A-Za-z0-9_-]{20,200}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,100}|xox[abprs]-[A-Za-z0-9-]{10,200}|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])|AIza[A-Za-z0-9_-]{35}|[rs]k_live_[A-Za-z0-9]{16,200}|hf_[A-Za-z0-9]{30,60}|glpat-[A-Za-z0-9_-]{20,60})/g;
/** US: areas 000, 666 and 9xx, group 00 and serial 0000 are never issued. */
const ssn = /(?<![\w-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])/g;
/** UK: letters never issued are left out (HMRC NIM39110). */
const nino =
  /(?<![A-Za-z0-9])(?!BG|GB|KN|NK|NT|TN|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D](?![A-Za-z0-9])/g;
const dni = /(?<![A-Za-z0-9])([XYZ]?)-?([0-9]{7,8})-?([A-Z])(?![A-Za-z0-9])/g;
const nir = /(?<![\w])[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?![\w])/g;

const counters: Record<PersonalKind, (text: string) => number> = {
  email: (text) => (text.includes('@') ? all(text, email) : 0),
  phone: (text) => all(text, phone),
  card: (text) => all(text, card, ([found]) => passesLuhn(digitsOf(found))),
  iban: (text) => all(text, iban, ([found]) => holdsIban(found.replaceAll(' ', ''))),
  ip: (text) =>
    (text.includes('.')
      ? all(
          text,
          ipv4,
          (match) =>
            !/^(?:0|127)\./.test(match[0]) &&
            !versioned.test(text.slice(Math.max(0, match.index - 12), match.index)),
        )
      : 0) + (text.includes(':') ? all(text, ipv6, ([found]) => isIPv6(found) && found.length > 4) : 0),
  api_key: (text) => all(text, apiKey),
  national_id: (text) =>
    all(text, ssn) +
    all(text, nino) +
    all(text, dni, ([, lead = '', digits = '', letter = '']) => passesDni(lead, digits, letter)) +
    all(text, nir, ([found]) => passesNir(digitsOf(found))),
};

/** Whether the text holds this kind. Texts are searched up to `MAX_SEARCHED` characters. */
export const holdsPersonalData = (text: string, kind: PersonalKind): boolean =>
  counters[kind](text.length > MAX_SEARCHED ? text.slice(0, MAX_SEARCHED) : text) > 0;

/** How many of each kind the text holds. */
export function countPersonalData(text: string): Map<PersonalKind, number> {
  const searched = text.length > MAX_SEARCHED ? text.slice(0, MAX_SEARCHED) : text;
  const found = new Map<PersonalKind, number>();
  const numbers = /[0-9]{2}|::/.test(searched);
  for (const kind of personalKinds) {
    if (!numbers && kind !== 'email' && kind !== 'api_key') continue;
    const count = counters[kind](searched);
    if (count > 0) found.set(kind, count);
  }
  return found;
}

function all(text: string, pattern: RegExp, holds: (match: RegExpExecArray) => boolean = () => true): number {
  let count = 0;
  for (const match of text.matchAll(pattern)) if (holds(match)) count++;
  return count;
}

const digitsOf = (found: string): string => found.replace(/[^0-9]/g, '');

/** ISO/IEC 7812-1 over 13–19 digits; a run of one digit is no card. */
function passesLuhn(digits: string): boolean {
  if (digits.length < 13 || /^(.)\1*$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

/** ISO 13616: rotated by four, letters as 10…35, it leaves 1 modulo 97. A following word may stick to it. */
function holdsIban(found: string): boolean {
  for (let end = found.length; end >= 15; end--) {
    let rest = 0;
    for (const character of found.slice(4, end) + found.slice(0, 4)) {
      const value = parseInt(character, 36);
      rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
    }
    if (rest === 1) return true;
  }
  return false;
}

/** Spain, DNI and NIE: the letter is the number modulo 23. */
function passesDni(lead: string, digits: string, letter: string): boolean {
  if (digits.length !== (lead === '' ? 8 : 7)) return false;
  const number = Number((lead === '' ? '' : String('XYZ'.indexOf(lead))) + digits);
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23] === letter;
}

/** France, NIR: the last two digits are 97 − (the first thirteen mod 97). */
const passesNir = (digits: string): boolean =>
  digits.length === 15 && 97 - (Number(digits.slice(0, 13)) % 97) === Number(digits.slice(13));
