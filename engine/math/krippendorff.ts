import type { Estimate } from '../api/index.ts';
import { jackknife, perfectAgreement } from './jackknife.ts';
import { rankOf } from './kappa.ts';

export type AlphaMeasure = 'nominal' | 'ordinal' | 'interval';

/**
 * Krippendorff's alpha for any number of raters with ratings missing (Krippendorff 2011, "Computing Krippendorff's
 * Alpha-Reliability"): 1 − observed / expected disagreement over the coincidences of values within units.
 * `ratings[rater][unit]`, NaN for none; a unit with fewer than two ratings is not counted in n.
 * `clusters`: an id a unit, for units that resemble each other. NaN where only one value
 * occurs.
 */
export function krippendorffAlpha(
  ratings: readonly Float64Array[],
  {
    measure = 'nominal',
    level = 0.95,
    clusters,
  }: { measure?: AlphaMeasure; level?: number; clusters?: Int32Array | undefined } = {},
): Estimate {
  const length = ratings[0]?.length ?? 0;
  for (const rater of ratings)
    if (rater.length !== length) throw new RangeError(`${rater.length} ratings against ${length}.`);
  const units: number[][] = [];
  const kept: number[] = [];
  for (let i = 0; i < length; i++) {
    const values = ratings.map((rater) => rater[i]!).filter((value) => !Number.isNaN(value));
    if (values.length < 2) continue;
    units.push(values);
    kept.push(i);
  }
  const ranks = rankOf(units.flat());
  const values = Float64Array.from(ranks.keys());
  const coded = units.map((unit) => Int32Array.from(unit, (value) => ranks.get(value)!));

  const alpha = (out: ((unit: number) => boolean) | null): number => {
    const totals = new Float64Array(values.length);
    for (let u = 0; u < coded.length; u++) if (!out?.(u)) for (const value of coded[u]!) totals[value]!++;
    const distance = distances(measure, values, totals);
    let observed = 0;
    for (let u = 0; u < coded.length; u++) {
      const unit = coded[u]!;
      if (out?.(u)) continue;
      for (let i = 0; i < unit.length; i++)
        for (let j = 0; j < i; j++) observed += (2 * distance(unit[i]!, unit[j]!)) / (unit.length - 1);
    }
    let n = 0;
    let expected = 0;
    for (let i = 0; i < totals.length; i++) {
      n += totals[i]!;
      if (totals[i] === 0) continue;
      for (let j = 0; j < i; j++) expected += 2 * totals[i]! * totals[j]! * distance(i, j);
    }
    return expected === 0 ? NaN : 1 - ((n - 1) * observed) / expected;
  };
  const estimate = jackknife(
    coded.length,
    level,
    alpha,
    clusters && Int32Array.from(kept, (i) => clusters[i]!),
  );
  if (estimate.mean !== 1) return estimate;
  const counts = new Float64Array(values.length);
  for (const unit of coded) for (const value of unit) counts[value]!++;
  const n = counts.reduce((a, b) => a + b, 0);
  return perfectAgreement(
    estimate,
    counts.reduce((sum, count) => sum + (count / n) ** 2, 0),
  );
}

/** Krippendorff's squared differences. Ordinal ones count the ratings between two values, half of either end. */
function distances(
  measure: AlphaMeasure,
  values: Float64Array,
  totals: Float64Array,
): (a: number, b: number) => number {
  if (measure === 'nominal') return (a, b) => Number(a !== b);
  if (measure === 'interval') return (a, b) => (values[a]! - values[b]!) ** 2;
  const upTo = new Float64Array(totals.length + 1);
  for (let i = 0; i < totals.length; i++) upTo[i + 1] = upTo[i]! + totals[i]!;
  return (a, b) => {
    const [low, high] = a < b ? [a, b] : [b, a];
    return (upTo[high + 1]! - upTo[low]! - (totals[low]! + totals[high]!) / 2) ** 2;
  };
}
