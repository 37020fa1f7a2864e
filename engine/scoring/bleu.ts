import { ngrams, overlap, words13a } from './words.ts';

const ORDER = 4;

interface BleuCounts {
  matches: number[];
  totals: number[];
  given: number;
  wanted: number;
}

function count(output: string, expected: string): BleuCounts {
  const given = words13a(output);
  const wanted = words13a(expected);
  const matches: number[] = [];
  const totals: number[] = [];
  for (let n = 1; n <= ORDER; n++) {
    matches.push(overlap(ngrams(given, n), ngrams(wanted, n)));
    totals.push(Math.max(0, given.length - n + 1));
  }
  return { matches, totals, given: given.length, wanted: wanted.length };
}

/**
 * BLEU (Papineni et al. 2002) from counts, smoothed as sacreBLEU's `exp` does. `effective`: orders longer than the text
 * are left out (sentences), else they make the score 0 (corpora).
 */
function bleuOf({ matches, totals, given, wanted }: BleuCounts, effective: boolean): number {
  if (matches.every((n) => n === 0)) return 0;
  let halving = 1;
  let sum = 0;
  let orders = 0;
  for (let n = 0; n < ORDER; n++) {
    if (totals[n] === 0) break;
    if (matches[n] === 0) halving *= 2;
    sum += Math.log(matches[n] === 0 ? 1 / (halving * totals[n]!) : matches[n]! / totals[n]!);
    orders++;
  }
  if (!effective && orders < ORDER) return 0;
  const brevity = given < wanted ? Math.exp(1 - wanted / given) : 1;
  return brevity * Math.exp(sum / orders);
}

/** Sentence BLEU, 0…1. */
export const sentenceBleu = (output: string, expected: string): number =>
  bleuOf(count(output, expected), true);

/** Corpus BLEU, 0…1: counts are summed first, so it is not the mean of the sentences' scores. */
export function corpusBleu(pairs: Iterable<{ output: string; expected: string }>): number {
  const total: BleuCounts = { matches: [0, 0, 0, 0], totals: [0, 0, 0, 0], given: 0, wanted: 0 };
  for (const { output, expected } of pairs) {
    const one = count(output, expected);
    for (let n = 0; n < ORDER; n++) {
      total.matches[n]! += one.matches[n]!;
      total.totals[n]! += one.totals[n]!;
    }
    total.given += one.given;
    total.wanted += one.wanted;
  }
  return bleuOf(total, false);
}
