import type { Json } from '../../api/index.ts';

/** Which input fields a local model reads, and at most how many characters (UTF-16 units) of each. */
export type FieldLimits = { [field: string]: number };

const DEFAULT_LIMIT = 4000;

/** The text of each field read, in the order of `limits`; every field of the input when there are none. */
export function readFields(input: { [key: string]: Json }, limits: FieldLimits | null): string[] {
  const names = limits === null ? Object.keys(input).sort() : Object.keys(limits);
  return names.map((name) => {
    const value = Object.hasOwn(input, name) ? (input[name] ?? '') : '';
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return text.slice(0, limits?.[name] ?? DEFAULT_LIMIT);
  });
}

/** Runs of non-blank characters. */
export function countWords(text: string): number {
  let words = 0;
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const blank = isBlank(text.charCodeAt(i));
    if (!blank && !inside) words++;
    inside = !blank;
  }
  return words;
}

const isBlank = (code: number): boolean =>
  code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x2028 || code === 0x2029;
