import { logFactorials } from './log-factorials.ts';
import { normalCdf } from './normal.ts';

/** With more rows that differ than this the statistic is normal to the third digit, and exact sums take long. */
const mostSummed = 2000;

/** Rows on which the policy lost the reference's point, and on which it won one the reference missed; ties make up n. */
export interface PairedLosses {
  lost: number;
  won: number;
  n: number;
}

/**
 * Upper confidence bound, one-sided, of P(lost) − P(won) for rows drawn independently: the largest difference at which
 * `pairedChance` is above 1 − confidence. With no wins it is Clopper–Pearson's exact binomial bound. It errs in at most
 * 1.01 δ of samples, by exact sums for confidences of .9 and .95, n from 50 to 1,000 and differences from .01 to .1
 * (test/math/loss-bounds.test.ts has some of them).
 *
 * n = 0: 1.
 */
export function pairedUpperBound(counts: PairedLosses, confidence: number): number {
  const { lost, won, n } = counts;
  if (n === 0) return 1;
  const delta = 1 - confidence;
  let from = delta < 0.5 ? (lost - won) / n : -1;
  let to = 1;
  for (let step = 0; step < 40 && to - from > 1e-7; step++) {
    const middle = (from + to) / 2;
    if (pairedChance(counts, middle) <= delta) to = middle;
    else from = middle;
  }
  return to;
}

/**
 * The chance of counts that speak as much for a difference below `difference`, or more, were it just that. How much they
 * speak is Tango's score statistic (Statistics in Medicine 17, 1998); its chance is summed exactly over the trinomial, at
 * the most likely P(won) given the difference: an unconditional exact test with an estimated nuisance parameter
 * (Lloyd, Biometrics 64, 2008). Above 2,000 rows that differ: the normal distribution.
 */
export function pairedChance({ lost, won, n }: PairedLosses, difference: number): number {
  const win = likelyWin({ lost, won, n }, difference);
  const loss = Math.max(0, win + difference);
  const seen = score(lost, won, n, difference);
  if (lost + won > mostSummed) return normalCdf(seen);
  return chanceBelow(n, { loss, win }, (l, w) => score(l, w, n, difference) <= seen + 1e-9);
}

/** Maximises lost·ln(p + Δ) + won·ln p + rest·ln(1 − 2p − Δ) over p. */
function likelyWin({ lost, won, n }: PairedLosses, difference: number): number {
  const b = -lost - won + difference * (2 * n - lost + won);
  const c = -won * difference * (1 - difference);
  const root = (Math.sqrt(Math.max(0, b * b - 8 * n * c)) - b) / (4 * n);
  return Math.min(Math.max(root, 0, -difference), (1 - difference) / 2);
}

/** (losses − wins − nΔ) over its standard deviation were the difference Δ. */
function score(lost: number, won: number, n: number, difference: number): number {
  const win = likelyWin({ lost, won, n }, difference);
  const variance = n * (2 * win + difference - difference * difference);
  const excess = lost - won - n * difference;
  return variance <= 1e-12 ? (excess >= 0 ? Infinity : -Infinity) : excess / Math.sqrt(variance);
}

/**
 * P(within(L, W)) for (L, W) trinomial, where of m = L + W rows that differ at most k(m) are losses: over m, binomial,
 * the chance of at most k(m) losses. From m to m + 1 that chance changes by few terms. Sums reach nine standard deviations.
 */
function chanceBelow(
  n: number,
  { loss, win }: { loss: number; win: number },
  within: (lost: number, won: number) => boolean,
): number {
  const either = Math.min(1, loss + win);
  if (either <= 0) return within(0, 0) ? 1 : 0;
  const share = Math.min(1, loss / either);
  const reach = 9 * Math.sqrt(n * either * (1 - either)) + 12;
  const first = Math.max(0, Math.floor(n * either - reach));
  const last = Math.min(n, Math.ceil(n * either + reach));
  const log = logFactorials(n);
  const chance = (k: number, trials: number, p: number): number => {
    if (k < 0 || k > trials) return 0;
    const hits = k === 0 ? 0 : k * Math.log(p);
    const misses = k === trials ? 0 : (trials - k) * Math.log1p(-p);
    return Math.exp(log[trials]! - log[k]! - log[trials - k]! + hits + misses);
  };
  let k = mostWithin(first, within);
  let below = 0;
  for (let j = 0; j <= k; j++) below += chance(j, first, share);
  let total = 0;
  for (let m = first; m <= last; m++) {
    total += chance(m, n, either) * below;
    if (m === last) break;
    below -= share * chance(k, m, share);
    while (k <= m && within(k + 1, m - k)) below += chance(++k, m + 1, share);
    while (k >= 0 && !within(k, m + 1 - k)) below -= chance(k--, m + 1, share);
  }
  return Math.min(1, Math.max(0, total));
}

/** The largest number of losses among m rows that differ that is within; −1 where none is. */
function mostWithin(m: number, within: (lost: number, won: number) => boolean): number {
  let from = -1;
  let to = m;
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    if (within(middle, m - middle)) from = middle;
    else to = middle - 1;
  }
  return from;
}
