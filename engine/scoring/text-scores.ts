import type { ScorerSpec } from '../api/index.ts';
import { commonSubsequence, editDistance } from './sequence.ts';
import { ngrams, type Overlap, overlap, overlapOf, rougeWords, squadWords } from './words.ts';

/** Quadratic metrics read this many tokens or characters of a text, so that a huge answer cannot stall a run. */
export const maxSequence = 10_000;

/** F1 of the words shared (Rajpurkar et al. 2016); two texts without a word agree. */
export function tokenF1(output: string, expected: string): number {
  const given = squadWords(output);
  const wanted = squadWords(expected);
  if (given.length === 0 || wanted.length === 0) return given.length === wanted.length ? 1 : 0;
  return overlapOf(overlap(ngrams(given, 1), ngrams(wanted, 1)), given.length, wanted.length).f1;
}

/** ROUGE-1, -2 and -L (Lin 2004) as rouge_score 0.1.2 computes them without stemming. */
export function rouge(output: string, expected: string, variant: 'rouge1' | 'rouge2' | 'rougeL'): Overlap {
  const given = rougeWords(output);
  const wanted = rougeWords(expected);
  if (variant === 'rougeL') {
    const [a, b] = [given.slice(0, maxSequence), wanted.slice(0, maxSequence)];
    return overlapOf(commonSubsequence(a, b), a.length, b.length);
  }
  const n = variant === 'rouge1' ? 1 : 2;
  const shared = overlap(ngrams(given, n), ngrams(wanted, n));
  return overlapOf(shared, Math.max(0, given.length - n + 1), Math.max(0, wanted.length - n + 1));
}

/** 1 − distance / longer length, over code points or words; two empty texts are alike. */
export function editSimilarity(output: string, expected: string, unit: 'chars' | 'words'): number {
  const split = (text: string): string[] => {
    const plain = text.normalize('NFC').trim();
    const parts = unit === 'chars' ? Array.from(plain) : plain.split(/\s+/).filter((word) => word !== '');
    return parts.slice(0, maxSequence);
  };
  const a = split(output);
  const b = split(expected);
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 1 : 1 - editDistance(a, b) / longer;
}

/** The items an answer lists: a JSON array, else bullet or numbered lines, else parts between separators. */
export function itemsOf(text: string, separator: string): string[] {
  const trimmed = text.replace(/^\s*```\w*\n?|\n?```\s*$/g, '').trim();
  if (trimmed.startsWith('[')) {
    try {
      const parsed = JSON.parse(trimmed) as unknown;
      if (Array.isArray(parsed))
        return clean(parsed.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))));
    } catch {
      // No JSON after all: read as text.
    }
  }
  const lines = trimmed.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > 1) return clean(lines.map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '')));
  return clean(trimmed.replace(/^\s*[-*•]\s+/, '').split(separator));
}

const clean = (items: string[]): string[] =>
  items
    .map((item) => item.normalize('NFKC').replaceAll(/\s+/g, ' ').trim().toLowerCase())
    .filter((item) => item !== '');

/** F1 of two lists: as sets, or by their longest common subsequence, so that order counts. Two empty ones agree. */
export function itemsF1(given: string[], wanted: string[], kind: 'set-f1' | 'list-f1'): number {
  if (given.length === 0 || wanted.length === 0) return given.length === wanted.length ? 1 : 0;
  if (kind === 'list-f1') {
    const [a, b] = [given.slice(0, maxSequence), wanted.slice(0, maxSequence)];
    return overlapOf(commonSubsequence(a, b), a.length, b.length).f1;
  }
  const [a, b] = [new Set(given), new Set(wanted)];
  let shared = 0;
  for (const item of a) if (b.has(item)) shared++;
  return overlapOf(shared, a.size, b.size).f1;
}

export type TextScorer = Extract<ScorerSpec, { kind: 'token-f1' | 'rouge' | 'bleu' | 'chrf' | 'edit' }>;
