import type { Estimate } from '../api/index.ts';
import { denseClusters } from './clusters.ts';
import { copiesEffect, designEffect } from './design-effect.ts';
import { studentTwoSided } from './normal.ts';
import { rateInterval } from './rate-interval.ts';
import { checkLevel, wilsonInterval } from './wilson.ts';

/**
 * The mean of `values` with its two-sided confidence interval.
 *
 * - All values 0 or 1: `rateInterval` (Wilson's, mended at the ends), unless they are amounts (costs), which may be 0
 *   or 1 by chance.
 * - Otherwise: Student's interval, mean ± t(n−1)·s/√n, within [0, 1] where all values are. Its width is 0 where all
 *   values are equal.
 * - `groups` (a cluster id a row, fewer clusters than rows): cluster-robust (linearised) standard error with
 *   t(G−1); for 0/1 values Wilson on the effective sample size n/deff (Korn & Graubard 1998; Dean & Pagano 2015; Franco
 *   et al. 2019), with deff as in `designEffect`. Where the sample cannot tell deff (all 0 or all 1, or one cluster)
 *   rows of a cluster count as copies: n_eff = n²/Σ n_g² (Kish 1965), so the interval never collapses.
 *
 * n = 0: mean, lo and hi are NaN. One row (or one cluster) of values other than 0/1: lo and hi are NaN, unknown.
 * Throws RangeError for a NaN or infinite value, or a level outside (0, 1): filter missing rows before.
 */
export function meanInterval(
  values: Float64Array,
  level: number,
  groups?: Int32Array,
  kind: 'score' | 'amount' = 'score',
): Estimate {
  checkLevel(level);
  const n = values.length;
  let sum = 0;
  let binary = kind === 'score';
  let bounded = kind === 'score';
  for (let i = 0; i < n; i++) {
    const x = values[i]!;
    if (!Number.isFinite(x)) throw new RangeError(`meanInterval: the value at row ${i} is ${x}.`);
    if (x !== 0 && x !== 1) binary = false;
    if (x < 0 || x > 1) bounded = false;
    sum += x;
  }
  const clusters = groups && denseClusters(groups, n);
  const counted = clusters ? { groups: clusters.count } : {};
  if (n === 0) return { mean: NaN, lo: NaN, hi: NaN, n, level, ...counted };
  const mean = sum / n;
  const estimate = (lo: number, hi: number): Estimate =>
    bounded
      ? { mean, lo: Math.max(0, lo), hi: Math.min(1, hi), n, level, ...counted }
      : { mean, lo, hi, n, level, ...counted };

  if (!clusters || clusters.count === n) {
    if (binary) {
      const { lo, hi } = rateInterval(sum, n, level);
      return estimate(lo, hi);
    }
    return around(estimate, mean, n, Math.sqrt(squares(values, mean) / (n - 1) / n), level);
  }

  const g = clusters.count;
  const sums = new Float64Array(g);
  for (let i = 0; i < n; i++) sums[clusters.of[i]!]! += values[i]!;
  if (!binary) {
    const residuals = sums.map((x, cluster) => x - mean * clusters.sizes[cluster]!);
    return around(estimate, mean, g, Math.sqrt((g / (g - 1)) * squares(residuals, 0)) / n, level);
  }
  if (g === 1 || sum === 0 || sum === n) {
    const copies = copiesEffect(clusters, n);
    const { lo, hi } = rateInterval(sum / copies, n / copies, level);
    return estimate(lo, hi);
  }
  const effect = designEffect(sums, clusters, n);
  const { lo, hi } = wilsonInterval(sum / effect, n / effect, level);
  return estimate(lo, hi);
}

function around(
  estimate: (lo: number, hi: number) => Estimate,
  mean: number,
  units: number,
  standardError: number,
  level: number,
): Estimate {
  if (units < 2) return estimate(NaN, NaN);
  const half = studentTwoSided(level, units - 1) * standardError;
  return estimate(mean - half, mean + half);
}

function squares(values: ArrayLike<number>, centre: number): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += (values[i]! - centre) ** 2;
  return total;
}
