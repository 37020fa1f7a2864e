import { ngrams, overlap } from './words.ts';

const CHAR_ORDER = 6;
const BETA2 = 4;

/**
 * chrF (Popović 2015), chrF++ with word n-grams to `wordOrder` (Popović 2017), 0…1, β = 2, blanks left out,
 * orders averaged where both texts have them: as sacreBLEU 2 computes it.
 */
export const sentenceChrf = (output: string, expected: string, wordOrder: number): number =>
  chrfOf(counts(output, expected, wordOrder));

/** Over a corpus: counts are summed first. */
export function corpusChrf(pairs: Iterable<{ output: string; expected: string }>, wordOrder: number): number {
  const total: Counts[] = [];
  for (const { output, expected } of pairs) {
    counts(output, expected, wordOrder).forEach((one, order) => {
      const sum = (total[order] ??= { given: 0, wanted: 0, shared: 0 });
      sum.given += one.given;
      sum.wanted += one.wanted;
      sum.shared += one.shared;
    });
  }
  return chrfOf(total);
}

interface Counts {
  given: number;
  wanted: number;
  shared: number;
}

function counts(output: string, expected: string, wordOrder: number): Counts[] {
  const chars = (text: string): string[] => Array.from(text.replaceAll(/\s+/g, ''));
  const found: Counts[] = [];
  const add = (given: string[], wanted: string[], orders: number): void => {
    for (let n = 1; n <= orders; n++) {
      const wantedGrams = ngrams(wanted, n);
      const enough = wanted.length >= n;
      found.push({
        given: enough ? Math.max(0, given.length - n + 1) : 0,
        wanted: Math.max(0, wanted.length - n + 1),
        shared: overlap(ngrams(given, n), wantedGrams),
      });
    }
  };
  add(chars(output), chars(expected), CHAR_ORDER);
  if (wordOrder > 0) add(punctuated(output), punctuated(expected), wordOrder);
  return found;
}

/** One punctuation mark at a word's end, else at its beginning, is a word of its own. */
function punctuated(text: string): string[] {
  const mark = /^[!-/:-@[-`{-~]$/;
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .flatMap((word) => {
      if (Array.from(word).length === 1) return [word];
      if (mark.test(word.at(-1)!)) return [word.slice(0, -1), word.at(-1)!];
      return mark.test(word[0]!) ? [word[0]!, word.slice(1)] : [word];
    });
}

function chrfOf(orders: readonly Counts[]): number {
  let precision = 0;
  let recall = 0;
  let effective = 0;
  for (const { given, wanted, shared } of orders) {
    if (given === 0 || wanted === 0) continue;
    precision += shared / given;
    recall += shared / wanted;
    effective++;
  }
  if (precision + recall === 0) return 0;
  precision /= effective;
  recall /= effective;
  return ((1 + BETA2) * precision * recall) / (BETA2 * precision + recall);
}
