import { denseClusters } from './clusters.ts';
import { normalQuantile, studentTwoSided } from './normal.ts';

export type LossBound = 'student' | 'betting';

/** Sum of each cluster over the mean cluster size, so that their mean is the mean over rows; rows where all differ. */
export function clusterMeans(values: Float64Array, groups?: Int32Array): Float64Array {
  const clusters = groups && denseClusters(groups, values.length);
  if (!clusters || clusters.count === values.length) return values;
  const sums = new Float64Array(clusters.count);
  for (let i = 0; i < values.length; i++) sums[clusters.of[i]!]! += values[i]!;
  return sums.map((sum) => (sum * clusters.count) / values.length);
}

/**
 * Upper confidence bound of the mean of paired losses in [−1, 1] at `confidence`, one-sided.
 *
 * - `student`: mean + t·s/√n over the clusters and `worstUnits(confidence)` more that lose all they can: 1, or as many
 *   rows as the largest cluster there is has. Rare losses make the mean skew, and a sample without a single loss would
 *   claim a bound of 0; with them the bound misses a share of 0/1 losses in at most 1.006 δ of samples, by exact sums
 *   for confidences from .5 to .999 and n from 30 to 3,000. `largestCluster` is the size of the largest known, also
 *   outside this sample, in rows: where sizes differ, few samples hold the large ones, which are those that matter.
 * - `betting`: the hedged capital of Waudby-Smith & Ramdas (2024), theorem 3, predictable plug-in bets, valid at every
 *   n for rows drawn independently. Clusters are scaled into their own range, which costs power where sizes differ.
 *
 * Empty: 1. Throws RangeError for a NaN.
 */
export function lossUpperBound(
  losses: Float64Array,
  confidence: number,
  options: { method: LossBound; groups?: Int32Array | undefined; largestCluster?: number },
): number {
  const units = clusterMeans(losses, options.groups);
  for (const x of units) if (!Number.isFinite(x)) throw new RangeError('A loss is not a number.');
  if (units.length === 0) return 1;
  if (options.method === 'betting') return bettingBound(units, confidence);
  const worst = ((options.largestCluster ?? 1) * units.length) / losses.length;
  return studentBound(units, confidence, Math.max(1, worst));
}

/** t with P(T ≤ t) = confidence ≥ 1/2. */
export function studentOneSided(confidence: number, degrees: number): number {
  if (confidence <= 0.5) return 0;
  return degrees > 1000 ? normalQuantile(confidence) : studentTwoSided(2 * confidence - 1, degrees);
}

/**
 * The weight w with w + t·√w = ln(1/δ), at which n rows without a loss are bounded as by the exact binomial
 * 1 − δ^(1/n), times 1.2 (δ = .1) to 1.5 (δ ≤ .025) for samples that do hold a few. From 0.8 at 50 % to 3.4 at 99.9 %.
 */
export function worstUnits(confidence: number): number {
  const t = Math.max(0, normalQuantile(confidence));
  const delta = 1 - confidence;
  const margin = Math.min(1.5, Math.max(1.2, 1.2 + 0.15 * Math.log2(0.1 / delta)));
  return margin * ((Math.sqrt(t * t - 4 * Math.log(delta)) - t) / 2) ** 2;
}

/** Fewest rows, each a cluster of its own, on which not one loss certifies `maxLoss`; Infinity above ten million. */
export function rowsWithoutLoss(maxLoss: number, confidence: number): number {
  const enough = (n: number): boolean =>
    lossUpperBound(new Float64Array(n), confidence, { method: 'student' }) <= maxLoss;
  let high = 1;
  while (!enough(high)) {
    high *= 2;
    if (high > 1e7) return Infinity;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function studentBound(units: Float64Array, confidence: number, worst: number): number {
  const weight = worstUnits(confidence);
  const n = units.length + weight;
  let sum = weight * worst;
  for (const x of units) sum += x;
  const mean = sum / n;
  let squares = weight * (worst - mean) ** 2;
  for (const x of units) squares += (x - mean) ** 2;
  const t = studentOneSided(confidence, units.length);
  return Math.min(1, mean + t * Math.sqrt(squares / (n - 1) / n));
}

/** The largest mean m at which betting on "the mean is below m" has not multiplied its capital by 1/δ. */
function bettingBound(units: Float64Array, confidence: number): number {
  const lo = Math.min(-1, ...extremes(units));
  const hi = Math.max(1, ...extremes(units));
  const scaled = units.map((x) => (x - lo) / (hi - lo));
  const target = Math.log(1 / (1 - confidence));
  const bets = plugInBets(scaled, target);
  let from = scaled.reduce((sum, x) => sum + x, 0) / scaled.length;
  let to = 1;
  if (logCapital(scaled, bets, 1 - 1e-9) < target) return hi;
  for (let step = 0; step < 40; step++) {
    const middle = (from + to) / 2;
    if (logCapital(scaled, bets, middle) >= target) to = middle;
    else from = middle;
  }
  return lo + to * (hi - lo);
}

function extremes(units: Float64Array): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const x of units) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return [low, high];
}

/** λ_t = √(2 log(1/δ) / (σ̂²_{t−1} n)), from the rows before t only. */
function plugInBets(values: Float64Array, target: number): Float64Array {
  const bets = new Float64Array(values.length);
  let sum = 0.5;
  let squares = 0.25;
  for (let t = 0; t < values.length; t++) {
    const variance = squares / (t + 1);
    bets[t] = Math.sqrt((2 * target) / (Math.max(variance, 1e-6) * values.length));
    sum += values[t]!;
    const mean = sum / (t + 2);
    squares += (values[t]! - mean) ** 2;
  }
  return bets;
}

function logCapital(values: Float64Array, bets: Float64Array, m: number): number {
  let log = 0;
  let most = -Infinity;
  const cap = 0.75 / (1 - m);
  for (let t = 0; t < values.length; t++) {
    log += Math.log1p(-Math.min(bets[t]!, cap) * (values[t]! - m));
    if (log > most) most = log;
  }
  return most;
}
