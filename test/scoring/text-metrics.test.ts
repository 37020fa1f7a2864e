/** Text metrics against what the reference implementations print (fixtures/reference.py writes the file). */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commonSubsequence,
  corpusBleu,
  corpusChrf,
  editDistance,
  editSimilarity,
  itemsF1,
  itemsOf,
  rouge,
  sentenceBleu,
  sentenceChrf,
  tokenF1,
} from '../../engine/scoring/index.ts';

interface Reference {
  output: string;
  expected: string;
  bleu: number;
  chrf: number;
  chrfpp: number;
  rouge1: [number, number, number];
  rouge2: [number, number, number];
  rougeL: [number, number, number];
}
const reference = JSON.parse(readFileSync(new URL('fixtures/reference.json', import.meta.url), 'utf8')) as {
  pairs: Reference[];
  corpus: { bleu: number; chrf: number };
};
const word = fc.constantFrom('a', 'b', 'c', 'd');
const words = fc.array(word, { maxLength: 9 });

describe('BLEU and chrF', () => {
  it('score 74 pairs as sacreBLEU 2.6.0 does, sentence by sentence', () => {
    expect(reference.pairs).toHaveLength(74);
    for (const { output, expected, bleu, chrf, chrfpp } of reference.pairs) {
      expect(sentenceBleu(output, expected), `${output} | ${expected}`).toBeCloseTo(bleu, 10);
      expect(sentenceChrf(output, expected, 0), `${output} | ${expected}`).toBeCloseTo(chrf, 10);
      expect(sentenceChrf(output, expected, 2), `${output} | ${expected}`).toBeCloseTo(chrfpp, 10);
    }
  });
  it('score the corpus from summed counts, not from the mean of its sentences', () => {
    expect(corpusBleu(reference.pairs)).toBeCloseTo(reference.corpus.bleu, 10);
    expect(corpusChrf(reference.pairs, 0)).toBeCloseTo(reference.corpus.chrf, 10);
    const mean = reference.pairs.reduce((sum, { bleu }) => sum + bleu, 0) / reference.pairs.length;
    expect(Math.abs(mean - reference.corpus.bleu)).toBeGreaterThan(0.001);
  });
});

describe('ROUGE', () => {
  it('scores the same pairs as rouge_score 0.1.2 does', () => {
    for (const { output, expected, ...wanted } of reference.pairs)
      for (const variant of ['rouge1', 'rouge2', 'rougeL'] as const) {
        const { precision, recall, f1 } = rouge(output, expected, variant);
        expect([precision, recall, f1].map((x) => x.toFixed(10))).toEqual(
          wanted[variant].map((x) => x.toFixed(10)),
        );
      }
  });
  it("finds Lin's example: police killed the gunman, 3/4 and 1/2 by ROUGE-L (Lin 2004, section 3.1)", () => {
    expect(rouge('police kill the gunman', 'police killed the gunman', 'rougeL').f1).toBeCloseTo(0.75, 12);
    expect(rouge('the gunman kill police', 'police killed the gunman', 'rougeL').f1).toBeCloseTo(0.5, 12);
  });
});

describe('edit distance and common subsequence', () => {
  it('are what a recursion without any table finds', () => {
    const distance = (a: string[], b: string[]): number => {
      if (a.length === 0 || b.length === 0) return a.length + b.length;
      return Math.min(
        distance(a.slice(1), b) + 1,
        distance(a, b.slice(1)) + 1,
        distance(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1),
      );
    };
    const common = (a: string[], b: string[]): number => {
      if (a.length === 0 || b.length === 0) return 0;
      if (a[0] === b[0]) return 1 + common(a.slice(1), b.slice(1));
      return Math.max(common(a.slice(1), b), common(a, b.slice(1)));
    };
    const short = fc.array(word, { maxLength: 5 });
    fc.assert(
      fc.property(short, short, (a, b) => {
        expect(editDistance(a, b)).toBe(distance(a, b));
        expect(commonSubsequence(a, b)).toBe(common(a, b));
      }),
    );
  });
  it('turn kitten into sitting in 3, counting people’s characters rather than code units', () => {
    expect(editDistance(Array.from('kitten'), Array.from('sitting'))).toBe(3);
    expect(editSimilarity('kitten', 'sitting', 'chars')).toBeCloseTo(1 - 3 / 7, 12);
    expect(editSimilarity('😀b', '😃b', 'chars')).toBe(0.5);
    expect(editSimilarity('', '', 'chars')).toBe(1);
    expect(editSimilarity('one two three', 'one 2 three', 'words')).toBeCloseTo(2 / 3, 12);
  });
});

describe('token, set and list F1', () => {
  it('token F1 ignores articles, case and punctuation, as SQuAD does', () => {
    expect(tokenF1('The Eiffel-Tower!', 'eiffeltower')).toBe(1);
    expect(tokenF1('in the city of Paris', 'Paris')).toBeCloseTo(0.4, 12);
    expect(tokenF1('a b b', 'b c')).toBeCloseTo(0.5, 12);
  });
  it('every metric lies in 0…1, is 1 on the same text, and F1s do not mind which side is which', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const [x, y] = [a.join(' '), b.join(' ')];
        const all = [
          tokenF1(x, y),
          rouge(x, y, 'rouge1').f1,
          rouge(x, y, 'rougeL').f1,
          sentenceBleu(x, y),
          sentenceChrf(x, y, 0),
          sentenceChrf(x, y, 2),
          editSimilarity(x, y, 'words'),
          itemsF1(a, b, 'set-f1'),
          itemsF1(a, b, 'list-f1'),
        ];
        for (const score of all) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1 + 1e-12);
        }
        expect(tokenF1(x, y)).toBeCloseTo(tokenF1(y, x), 12);
        expect(rouge(x, y, 'rouge2').f1).toBeCloseTo(rouge(y, x, 'rouge2').f1, 12);
        expect(itemsF1(a, b, 'list-f1')).toBeLessThanOrEqual(1);
        if (a.length > 0) {
          expect(sentenceBleu(x, x)).toBeCloseTo(1, 12);
          expect(sentenceChrf(x, x, 2)).toBeCloseTo(1, 12);
          expect(rouge(x, x, 'rougeL').f1).toBeCloseTo(1, 12);
        }
      }),
    );
  });
  it('set F1 is twice the shared over both sizes, by counting', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const shared = [...new Set(a)].filter((item) => b.includes(item)).length;
        const sizes = new Set(a).size + new Set(b).size;
        const brute = sizes === 0 ? 1 : (2 * shared) / sizes;
        expect(itemsF1(a, b, 'set-f1')).toBeCloseTo(brute, 12);
      }),
    );
  });
  it('reads items from JSON, bullets, numbered lines and separated text', () => {
    for (const text of [
      '["Red", "blue"]',
      '- red\n- Blue',
      '1. red\n2) blue',
      'red, blue',
      '```json\n["red","blue"]\n```',
    ])
      expect(itemsOf(text, ',')).toEqual(['red', 'blue']);
    expect(itemsOf('[]', ',')).toEqual([]);
    expect(itemsF1(['a', 'b'], ['b', 'a'], 'set-f1')).toBe(1);
    expect(itemsF1(['a', 'b'], ['b', 'a'], 'list-f1')).toBe(0.5);
  });
  it('stays within its time on a million characters of one letter', () => {
    const long = 'a'.repeat(1_000_000);
    expect(sentenceBleu(long, 'a')).toBe(0);
    expect(editSimilarity(long, long, 'chars')).toBe(1);
  });
});
