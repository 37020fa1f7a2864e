import type { AnyScorerSpec, ClassReport, ClassificationReport, Estimate } from '../api/index.ts';
import { jackknife, wilsonInterval } from '../math/index.ts';
import { canonicalAnswer } from '../policy/evaluator.ts';
import { choiceLetter } from './choice.ts';
import { squadWords } from './words.ts';

/** What class an answer names under a scorer; null where the scorer names none. `null` itself: it judges no classes. */
export function labelReader(spec: AnyScorerSpec): ((text: string) => string | null) | null {
  const { kind } = spec;
  if (kind === 'exact' || kind === 'regex' || kind === 'numeric' || kind === 'json-field')
    return (text) => canonicalAnswer(spec, text);
  if (kind === 'verbatim') return (text) => text || null;
  if (kind === 'normalised') return (text) => squadWords(text).join(' ') || null;
  if (kind === 'choice') return (text) => choiceLetter(text, spec.options);
  return null;
}

export const unparsedLabel = '(unparsed)';
export const failedLabel = '(failed)';
const LEVEL = 0.95;
/** Beyond this many classes only the most frequent are shown one by one. */
const SHOWN = 200;

/**
 * Per class precision, recall and F1 over (expected, predicted) pairs; a prediction of `(unparsed)` or `(failed)` is a
 * miss of its class and a false alarm of none. Intervals: Wilson for precision and recall; for F1 = 2J/(1+J) through
 * Wilson on J = TP/(TP+FP+FN); jackknife for the macro mean, over classes that are expected somewhere. A figure over
 * nothing is null. Micro precision is over answers that were read, micro recall over all (it is the accuracy).
 */
export function classify(
  candidate: string,
  pairs: readonly { expected: string; predicted: string }[],
): ClassificationReport {
  const labels = [...new Set(pairs.flatMap(({ expected, predicted }) => [expected, predicted]))].sort();
  const code = new Map(labels.map((label, i) => [label, i]));
  const real = labels.map((label) => label !== unparsedLabel && label !== failedLabel);
  const expected = Int32Array.from(pairs, (pair) => code.get(pair.expected)!);
  const predicted = Int32Array.from(pairs, (pair) => code.get(pair.predicted)!);
  const counts = count(expected, predicted, labels.length, null);
  const rows: ClassReport[] = labels.flatMap((label, c) => {
    const [hits, support, named] = [counts.hits[c]!, counts.expected[c]!, counts.predicted[c]!];
    if (!real[c]) return [];
    const union = support + named - hits;
    const jaccard = share(hits, union);
    const f1 = (j: number): number => (2 * j) / (1 + j);
    return [
      {
        label,
        support,
        predicted: named,
        precision: share(hits, named),
        recall: share(hits, support),
        f1: jaccard && { ...jaccard, mean: f1(jaccard.mean), lo: f1(jaccard.lo), hi: f1(jaccard.hi) },
      },
    ];
  });
  const macroF1 = jackknife(pairs.length, LEVEL, (out) => {
    const without = out === null ? counts : count(expected, predicted, labels.length, out);
    let sum = 0;
    let classes = 0;
    for (let c = 0; c < labels.length; c++) {
      if (!real[c] || without.expected[c] === 0) continue;
      classes++;
      sum += (2 * without.hits[c]!) / (without.expected[c]! + without.predicted[c]!);
    }
    return classes === 0 ? NaN : sum / classes;
  });
  const hits = counts.hits.reduce((a, b) => a + b, 0);
  const of = (label: string): number => counts.predicted[code.get(label) ?? -1] ?? 0;
  const read = pairs.length - of(unparsedLabel) - of(failedLabel);
  const shown = [...rows]
    .sort((a, b) => b.support - a.support || (a.label < b.label ? -1 : 1))
    .slice(0, SHOWN);
  return {
    candidate,
    n: pairs.length,
    unparsed: of(unparsedLabel),
    failed: of(failedLabel),
    micro: { precision: share(hits, read), recall: share(hits, pairs.length) },
    macroF1: pairs.length === 0 ? null : macroF1,
    classCount: rows.length,
    classes: shown,
    confusion: confusionOf(pairs),
  };
}

function count(
  expected: Int32Array,
  predicted: Int32Array,
  k: number,
  out: ((unit: number) => boolean) | null,
): { hits: Float64Array; expected: Float64Array; predicted: Float64Array } {
  const counts = { hits: new Float64Array(k), expected: new Float64Array(k), predicted: new Float64Array(k) };
  for (let i = 0; i < expected.length; i++) {
    if (out?.(i)) continue;
    counts.expected[expected[i]!]!++;
    counts.predicted[predicted[i]!]!++;
    if (expected[i] === predicted[i]) counts.hits[expected[i]!]!++;
  }
  return counts;
}

function share(hits: number, n: number): Estimate | null {
  return n === 0 ? null : { mean: hits / n, ...wilsonInterval(hits, n, LEVEL), n, level: LEVEL };
}

/** Cells that hold something, the fullest first, at most 10,000. */
function confusionOf(
  pairs: readonly { expected: string; predicted: string }[],
): ClassificationReport['confusion'] {
  const cells = new Map<string, { expected: string; predicted: string; count: number }>();
  for (const { expected, predicted } of pairs) {
    const key = JSON.stringify([expected, predicted]);
    const cell = cells.get(key);
    if (cell) cell.count++;
    else cells.set(key, { expected, predicted, count: 1 });
  }
  return [...cells.values()].sort((a, b) => b.count - a.count).slice(0, 10_000);
}
