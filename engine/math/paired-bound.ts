import { logFactorials } from './log-factorials.ts';

/** Rows on which the policy lost the reference's point, and on which it won one the reference missed; ties make up n. */
export interface PairedLosses {
  lost: number;
  won: number;
  n: number;
}

/**
 * Upper confidence bound, one-sided, of P(lost) − P(won) for rows drawn independently: the largest difference Δ at
 * which so few losses net of wins, or fewer, have a chance above 1 − confidence.
 *
 * The chance is summed exactly over the trinomial, at the most likely P(won) given Δ (the constrained maximum of Tango,
 * Statistics in Medicine 17, 1998): an unconditional test with an estimated nuisance parameter (Lloyd, Biometrics 64,
 * 2008). With no wins it is Clopper–Pearson's exact binomial bound. It errs in at most δ of samples, by exact
 * sums for confidences from .8 to .99, n from 50 to 1,000 and differences from .01 to .1 (test/math/loss-bounds.test.ts).
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

/** P(losses − wins ≤ those seen) where P(lost) − P(won) = `difference`, P(won) at its most likely. */
export function pairedChance({ lost, won, n }: PairedLosses, difference: number): number {
  const win = likelyWin({ lost, won, n }, difference);
  return netAtMost(lost - won, { n, loss: Math.max(0, win + difference), win });
}

/** Maximises lost·ln(p + Δ) + won·ln p + rest·ln(1 − 2p − Δ) over p. */
function likelyWin({ lost, won, n }: PairedLosses, difference: number): number {
  const b = -lost - won + difference * (2 * n - lost + won);
  const c = -won * difference * (1 - difference);
  const root = (Math.sqrt(Math.max(0, b * b - 8 * n * c)) - b) / (4 * n);
  return Math.min(Math.max(root, 0, -difference), (1 - difference) / 2);
}

/**
 * P(L − W ≤ s) for (L, W) trinomial: over m = L + W, binomial, the chance that at most ⌊(m + s)/2⌋ of the m are losses;
 * over the m within nine standard deviations. From m to m + 1 that chance changes by one or two terms.
 */
function netAtMost(s: number, { n, loss, win }: { n: number; loss: number; win: number }): number {
  const either = Math.min(1, loss + win);
  if (either <= 0) return s >= 0 ? 1 : 0;
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
  let k = Math.floor((first + s) / 2);
  let below = 0;
  for (let j = 0; j <= Math.min(k, first); j++) below += chance(j, first, share);
  let total = 0;
  for (let m = first; m <= last; m++) {
    total += chance(m, n, either) * below;
    below -= share * chance(k, m, share);
    const next = Math.floor((m + 1 + s) / 2);
    if (next > k) below += chance(next, m + 1, share);
    k = next;
  }
  return Math.min(1, Math.max(0, total));
}
