import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import { wilsonInterval } from './wilson.ts';

/** Up to so many successes (or failures) Wilson's near bound is not trusted alone. */
const FEW = 3;

/**
 * Interval of a proportion: Wilson's, with two mendings at the ends, where it covers in as little as 84 % of samples:
 *
 * - 1 to 3 successes: the lower bound is no higher than the exact one-sided one (Clopper & Pearson 1934), as in the
 *   modified Wilson interval of Brown, Cai & DasGupta 2001 (Statistical Science 16:101, 4.1.1); failures alike.
 * - none or all: only one side can err, so that side gets the whole error, exactly: α^(1/n) of n (the "rule of three",
 *   Hanley & Lippman-Hand 1983; the mid-p bound of Clopper and Pearson).
 *
 * `successes` and `n` may be fractional (an effective sample size). n = 0 gives [0, 1]. Throws as `wilsonInterval`.
 */
export function rateInterval(successes: number, n: number, level: number): { lo: number; hi: number } {
  const { lo, hi } = wilsonInterval(successes, n, level);
  return {
    lo: lowerBound(lo, successes, n, level),
    hi: 1 - lowerBound(1 - hi, n - successes, n, level),
  };
}

function lowerBound(wilson: number, successes: number, n: number, level: number): number {
  if (n === 0 || successes === 0) return 0;
  if (successes === n) return (1 - level) ** (1 / n);
  if (successes > FEW) return wilson;
  return Math.min(wilson, betaQuantile(1 - level, successes, n - successes + 1));
}
