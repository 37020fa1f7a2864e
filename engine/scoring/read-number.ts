import { normalizedUnit, type Unit } from './units.ts';

/** A number as it stands in an answer. `percent`: written with a per cent sign, so 50 may also mean 0.5. */
export interface ReadNumber {
  value: number;
  percent: boolean;
  /** The unit written after it, where it is one we know. */
  unit: Unit | null;
}

const MAX_TEXT = 100_000;
const number =
  /(?:\d{1,3}(?:,\d{3}){1,9}(?!\d)|\d{1,3}(?: \d{3}){1,9}(?!\d)|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,4})?|\.\d+(?:[eE][-+]?\d{1,4})?/g;
const scales: Record<string, number> = { thousand: 1e3, million: 1e6, billion: 1e9, trillion: 1e12 };

/**
 * The last number of a text as a person reads it; null where there is none that is finite. Beside plain decimals:
 * "$1,234.00", "1 234", "1.234,50 €", "50 %", "-$5", "2 million", "3/4", "1 1/2", "\boxed{1{,}234}", "= 42.",
 * "4 (3 red and 1 blue)", "2:00 pm". What follows `####`, or stands in the last \boxed or
 * under the last JSON key "answer", counts where it is there.
 */
export function readNumber(text: string): ReadNumber | null {
  const whole = plain(text.length > MAX_TEXT ? text.slice(-MAX_TEXT) : text);
  const focused = focus(whole);
  const aside = withoutAside(focused);
  return lastOf(aside) ?? lastOf(focused) ?? lastOf(whole);
}

function plain(text: string): string {
  return (
    text
      .normalize('NFKC')
      .replaceAll('\u2044', '/')
      .replaceAll('\u2212', '-')
      .replaceAll('{,}', ',')
      .replaceAll(/\\[,!;: ]/g, '')
      .replaceAll(/\\([$%])/g, '$1')
      .replaceAll(/\\[dt]?frac\{(\d+)\}\{(\d+)\}/g, ' $1/$2')
      .replaceAll(/\s+/g, ' ')
      // Continental: points between the thousands, a comma before the decimals; or a comma beside a currency sign.
      .replaceAll(
        /(?<![\d.,])(\d{1,3}(?:\.\d{3}){1,9}),(\d{1,9})(?![\d.,])/g,
        (_, a: string, b: string) => `${a.replaceAll('.', '')}.${b}`,
      )
      .replaceAll(/(\p{Sc} ?\d+),(\d{2})(?![\d,])/gu, '$1.$2')
      .replaceAll(/(?<![\d.,])(\d+),(\d{2})(?= ?\p{Sc})/gu, '$1.$2')
  );
}

function focus(text: string): string {
  const marked = text.lastIndexOf('####');
  if (marked >= 0) return text.slice(marked + 4);
  const boxed = text.lastIndexOf('\\boxed{');
  if (boxed < 0) return keyed(text) ?? text;
  const end = text.indexOf('}', boxed);
  return text.slice(boxed + 7, end < 0 ? undefined : end);
}

/** The value of the last `"answer"` key, whatever prose follows the JSON it stands in. */
function keyed(text: string): string | null {
  const keys = text.matchAll(/"(?:final_?)?answer" ?: ?("(?:[^"\\]|\\.){0,1000}"|[^,}"]{1,100})/gi);
  let last: string | null = null;
  for (const [, value] of keys) if (value !== undefined && /\d/.test(value)) last = value;
  return last;
}

/** "6 pizzas (3 cheese and 3 pepperoni)": what stands in brackets at the end explains the number before it. */
function withoutAside(text: string): string {
  let end = text.length;
  while (end > 0 && /[\s.`*"'$]/.test(text[end - 1]!)) end--;
  const trimmed = text.slice(0, end);
  if (!trimmed.endsWith(')')) return text;
  const open = trimmed.lastIndexOf('(');
  if (open <= 0 || !/\p{L}{2}/u.test(trimmed.slice(open)) || /[-+*/=×÷]\s*$/.test(trimmed.slice(0, open)))
    return text;
  return trimmed.slice(0, open);
}

function lastOf(text: string): ReadNumber | null {
  let found: RegExpExecArray | null = null;
  for (const match of text.matchAll(number)) found = match;
  if (found === null) return null;
  const [digits] = found;
  let start = found.index;
  let value = Number(digits.replaceAll(/[, ]/g, ''));
  const before = text.slice(Math.max(0, start - 40), start);
  const fraction = /^\d+$/.test(digits) ? /(?<![\d./])(?:(\d+) )?(\d+)\/$/.exec(before) : null;
  const clock = digits === '00' ? /(?<![\d:])(\d{1,2}):$/.exec(before) : null;
  if (fraction !== null && value !== 0) {
    value = Number(fraction[1] ?? 0) + Number(fraction[2]) / value;
    start -= fraction[0].length;
  } else if (clock !== null) {
    value = Number(clock[1]);
    start -= clock[0].length;
  }
  const after = text.slice(found.index + digits.length, found.index + digits.length + 40);
  const percent = /^ ?(?:%|per ?cent\b)/i.test(after);
  const word = /^ ?([a-zA-Zµμ°²³/^0-9]+)/.exec(after)?.[1] ?? '';
  const scale = Object.hasOwn(scales, word.toLowerCase()) ? scales[word.toLowerCase()]! : 1;
  const signed = isNegative(text, start) ? -value * scale : value * scale;
  if (!Number.isFinite(signed)) return null;
  return { value: signed === 0 ? 0 : signed, percent, unit: scale === 1 ? normalizedUnit(word) : null };
}

/** A minus before the number or its currency sign; one after a letter, digit or bracket joins or subtracts. */
function isNegative(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 6), start).replace(/\p{Sc} ?$/u, '');
  return (
    /(?:^|[^\p{L}\p{N})\]%-] ?)-$/u.test(before.length === 0 ? '' : before) &&
    !/[\p{L}\p{N})\]%]-$/u.test(before)
  );
}
