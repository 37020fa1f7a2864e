import type { Estimate } from '../api/index.ts';
import { denseClusters } from './clusters.ts';
import { studentTwoSided } from './normal.ts';
import { wilsonInterval } from './wilson.ts';

/** Units are left out one at a time up to this many, beyond it in this many groups of about equal size. */
const GROUPS = 200;

/**
 * A statistic of n units with its jackknife interval, value ± t(g−1)·se (Efron & Tibshirani 1993, ch. 11), cut off at 1.
 * `without(out)` is the statistic where `out(i)` says which units are left out (none: `null`). Units must come in no
 * particular order where there are more than 200: group g holds units g, g + 200, … The whole statistic undefined: NaN.
 * With `clusters` (an id a unit) the units of a cluster, which resemble each other, are left out together.
 */
export function jackknife(
  n: number,
  level: number,
  without: (out: ((unit: number) => boolean) | null) => number,
  clusters?: Int32Array,
): Estimate {
  const mean = without(null);
  const dense = clusters && denseClusters(clusters, n);
  const counted = dense ? { groups: dense.count } : {};
  const estimate = (lo: number, hi: number): Estimate => ({ mean, lo, hi, n, level, ...counted });
  const groups = Math.min(dense?.count ?? n, GROUPS);
  if (groups < 2 || Number.isNaN(mean)) return estimate(NaN, NaN);
  const values = Array.from({ length: groups }, (_, g) =>
    without((unit) => (dense ? dense.of[unit]! : unit) % groups === g),
  );
  // Without its only other category the statistic is undefined: that group says nothing of the spread.
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length < 2) return estimate(NaN, NaN);
  const centre = known.reduce((a, b) => a + b, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const half =
    studentTwoSided(level, known.length - 1) * Math.sqrt(((known.length - 1) / known.length) * squares);
  return estimate(mean - half, Math.min(1, mean + half));
}

/**
 * Perfect agreement has no spread to measure: the share of agreement may still be as low as Wilson's bound says, and
 * each disagreement that was not seen would have been as large as chance makes them.
 */
export function perfectAgreement(estimate: Estimate, chance: number): Estimate {
  const n = estimate.groups ?? estimate.n;
  const { lo } = wilsonInterval(n, n, estimate.level);
  return { ...estimate, lo: 1 - (1 - lo) / (1 - chance), hi: 1 };
}
