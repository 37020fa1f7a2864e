/** What an input says, as one text, and when two of them say the same. */
import { createHash } from 'node:crypto';
import type { Json } from '../../engine/api/index.ts';
import { asText, blank } from '../records.ts';

export function inputText(input: { [name: string]: Json }): string {
  return Object.values(input)
    .filter((value) => !blank(value))
    .map(asText)
    .join('\n');
}

/**
 * NFKC, lower case, blanks collapsed, quotes and the punctuation that ends a word dropped. Signs that carry meaning in
 * formulas and code (+ − * / ! = brackets) stay: `x + 1` is not `x - 1`.
 */
export function normalised(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/["'’‘“”]|[.,;:?…]+(?=\s|$)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * Numbers texts densely in order of appearance, by 52 bits of their SHA-1, so that memory does not grow with their
 * length: two different ones among 10⁶ are taken for one with a chance of about 10⁻⁴.
 */
export function newNumbering(): { of(text: string): number; count(): number } {
  const numbers = new Map<number, number>();
  return {
    of(text) {
      const digest = createHash('sha1').update(text).digest();
      const key = digest.readUIntBE(0, 6) * 16 + (digest.readUInt8(6) >>> 4);
      let number = numbers.get(key);
      if (number === undefined) numbers.set(key, (number = numbers.size));
      return number;
    },
    count: () => numbers.size,
  };
}
