import type { Estimate } from '../api/index.ts';
import { jackknife, perfectAgreement } from './jackknife.ts';

/** How far apart two ranks are: any difference alike (Cohen 1960), by ranks between, or by their square (1968). */
export type KappaWeights = 'none' | 'linear' | 'quadratic';

/**
 * Cohen's kappa of two raters (Cohen 1960, Educ. Psychol. Meas. 20:37; weighted: Cohen 1968, Psychol. Bull. 70:213):
 * 1 − observed / expected disagreement. Ratings of equal length; a unit that either did not rate (NaN) is left out.
 * `clusters`: an id a unit, for units that resemble each other. Categories are the ratings that occur, ranked by value. NaN where both used one and the same category only.
 */
export function cohenKappa(
  a: Float64Array,
  b: Float64Array,
  {
    weights = 'none',
    level = 0.95,
    clusters,
  }: { weights?: KappaWeights; level?: number; clusters?: Int32Array | undefined } = {},
): Estimate {
  if (a.length !== b.length) throw new RangeError(`${a.length} ratings against ${b.length}.`);
  const units: number[] = [];
  for (let i = 0; i < a.length; i++) if (!Number.isNaN(a[i]) && !Number.isNaN(b[i])) units.push(i);
  const ranks = rankOf(units.flatMap((i) => [a[i]!, b[i]!]));
  const k = ranks.size;
  const first = Int32Array.from(units, (i) => ranks.get(a[i]!)!);
  const second = Int32Array.from(units, (i) => ranks.get(b[i]!)!);
  const distance = (i: number, j: number): number =>
    weights === 'none' ? Number(i !== j) : weights === 'linear' ? Math.abs(i - j) : (i - j) ** 2;

  const kappa = (out: ((unit: number) => boolean) | null): number => {
    const rows = new Float64Array(k);
    const columns = new Float64Array(k);
    let observed = 0;
    let n = 0;
    for (let u = 0; u < first.length; u++) {
      if (out?.(u)) continue;
      n++;
      rows[first[u]!]!++;
      columns[second[u]!]!++;
      observed += distance(first[u]!, second[u]!);
    }
    let expected = 0;
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) expected += rows[i]! * columns[j]! * distance(i, j);
    return expected === 0 ? NaN : 1 - (observed * n) / expected;
  };
  const estimate = jackknife(
    first.length,
    level,
    kappa,
    clusters && Int32Array.from(units, (i) => clusters[i]!),
  );
  if (estimate.mean !== 1) return estimate;
  const shares = new Float64Array(k);
  for (const rank of first) shares[rank]! += 1 / first.length;
  return perfectAgreement(
    estimate,
    shares.reduce((sum, share) => sum + share * share, 0),
  );
}

/** Values in ascending order with their places. At most 2,000: beyond that ratings are measurements, not categories. */
export function rankOf(values: readonly number[]): Map<number, number> {
  const distinct = [...new Set(values)].sort((x, y) => x - y);
  if (distinct.length > 2000)
    throw new RangeError(`${distinct.length} different ratings: round them to at most 2,000.`);
  return new Map(distinct.map((value, rank) => [value, rank]));
}
