import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import type { Estimate } from '../api/index.ts';
import { denseClusters } from './clusters.ts';
import { designEffect } from './design-effect.ts';
import { quantileSorted } from './quantile.ts';
import { checkLevel } from './wilson.ts';

/**
 * Quantiles (0 < p < 1) of values with intervals that assume nothing of their distribution: `mean` is the quantile
 * (type 7). Bounds are order statistics whose ranks hold the true quantile with at least `level` (David & Nagaraja 2003,
 * Order Statistics, 7.1). A bound is NaN where no order statistic reaches so far: too few rows.
 *
 * `groups`: ranks from the Clopper–Pearson interval of the share of values below, on the effective sample size
 * (Woodruff 1952; Korn & Graubard 1998). NaN values throw RangeError, as does a wrong level. No value: all NaN.
 */
export function quantileIntervals(
  values: Float64Array,
  ps: readonly number[],
  level: number,
  groups?: Int32Array,
): Estimate[] {
  checkLevel(level);
  if (values.includes(NaN)) throw new RangeError('quantileIntervals takes no NaN.');
  const n = values.length;
  const sorted = values.toSorted();
  const clusters = groups && denseClusters(groups, n);
  const counted = clusters ? { groups: clusters.count } : {};
  const at = (rank: number): number => (rank >= 1 && rank <= n ? sorted[rank - 1]! : NaN);
  return ps.map((p) => {
    const mean = quantileSorted(sorted, p);
    if (n === 0 || !clusters || clusters.count === n) {
      const [lo, hi] = ranks(n, p, level);
      return { mean, lo: at(lo), hi: at(hi), n, level, ...counted };
    }
    const below = new Float64Array(clusters.count);
    let total = 0;
    for (let i = 0; i < n; i++) {
      if (values[i]! > mean) continue;
      below[clusters.of[i]!]!++;
      total++;
    }
    // With one cluster, or all values equal, nothing tells how far the next may be: rows of a cluster are copies.
    const effective =
      clusters.count > 1 && total < n ? n / designEffect(below, clusters, n) : Math.min(n, clusters.count);
    const tail = (1 - level) / 2;
    const lo = betaQuantile(tail, effective * p, effective * (1 - p) + 1);
    const hi = betaQuantile(1 - tail, effective * p + 1, effective * (1 - p));
    return { mean, lo: at(Math.floor(n * lo)), hi: at(Math.floor(n * hi) + 1), n, level, ...counted };
  });
}

/** Ranks 1…n with P(X(lo) > quantile) and P(X(hi) < quantile) at most (1 − level)/2 each; 0 and n + 1: none. */
function ranks(n: number, p: number, level: number): [number, number] {
  const tail = (1 - level) / 2;
  const cdf = (k: number): number => (k < 0 ? 0 : binomialCdf(k, n, p));
  /** The first k in 0…n at which `holds`, which stays true from there; n + 1: nowhere. */
  const first = (holds: (k: number) => boolean): number => {
    let [from, to] = [0, n + 1];
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      if (holds(middle)) to = middle;
      else from = middle + 1;
    }
    return from;
  };
  return [first((k) => cdf(k) > tail), first((k) => cdf(k - 1) >= 1 - tail)];
}
