import { denseClusters, largestCluster } from './clusters.ts';
import { hoeffdingBentkusBound } from './hoeffding-bentkus.ts';
import { normalQuantile, studentTwoSided } from './normal.ts';
import { pairedUpperBound } from './paired-bound.ts';

export type LossBound = 'paired' | 'student' | 'betting' | 'hoeffding-bentkus' | 'normal';

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
 * - `paired`: for losses that are −1, 0 or 1, rows as drawn independently: exact over the trinomial
 *   (`pairedUpperBound`). A few small groups are allowed for: its distance from the mean is widened by the root of the
 *   design effect, as estimated and at least that of groups of copies (Kish 1965), Σ n_g²/n.
 * - `betting`: the hedged capital of Waudby-Smith & Ramdas (2024), theorem 3, predictable plug-in bets, valid at every
 *   n for rows drawn independently. Clusters are scaled into their own range, which costs power where sizes differ.
 * - `hoeffding-bentkus`: `hoeffdingBentkusBound` of the losses scaled the same way.
 * - `normal`: mean + z·s/√n over the clusters. Too narrow for rare losses: to compare with, not to certify by.
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
  if (options.method === 'paired') return pairedBound(losses, units, confidence, options.groups);
  if (options.method === 'betting') return bettingBound(units, confidence);
  if (options.method === 'hoeffding-bentkus') {
    const [lo, hi] = rangeOf(units);
    return lo + hoeffdingBentkusBound(scaledInto(units, lo, hi), confidence) * (hi - lo);
  }
  if (options.method === 'normal') {
    const { mean, deviation } = momentsOf(units);
    return Math.min(1, mean + (normalQuantile(confidence) * deviation) / Math.sqrt(units.length));
  }
  const worst = ((options.largestCluster ?? 1) * units.length) / losses.length;
  return studentBound(units, confidence, Math.max(1, worst));
}

const smallGroup = 5;
const fewCopies = 1.1;

/**
 * Which bound certifies: `paired` where every loss can only be −1, 0 or 1 (`binary` scores) and rows are independent but
 * for a few small groups (repeated inputs); else `student`. By what can be known before any loss is looked at, so the
 * choice cannot favour a result. The power of all of them is measured by `npm run bench -- certificates`.
 */
export function chooseBound(binary: boolean, groups: Int32Array): 'paired' | 'student' {
  if (!binary || largestCluster(groups) > smallGroup) return 'student';
  return copiesEffect(groups, groups.length) <= fewCopies ? 'paired' : 'student';
}

/** Design effect were the rows of a group copies of one another: Σ n_g²/n. */
function copiesEffect(groups: Int32Array, n: number): number {
  const { sizes } = denseClusters(groups, n);
  return sizes.reduce((sum, size) => sum + size * size, 0) / n;
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
export function rowsWithoutLoss(
  maxLoss: number,
  confidence: number,
  method: 'paired' | 'student' = 'student',
): number {
  if (method === 'paired') {
    const rows = Math.ceil(Math.log1p(-confidence) / Math.log1p(-maxLoss));
    return rows > 1e7 ? Infinity : Math.max(1, rows);
  }
  const enough = (n: number): boolean =>
    lossUpperBound(new Float64Array(n), confidence, { method }) <= maxLoss;
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

function pairedBound(
  losses: Float64Array,
  units: Float64Array,
  confidence: number,
  groups: Int32Array | undefined,
): number {
  let lost = 0;
  let won = 0;
  for (const x of losses) {
    if (x === 1) lost++;
    else if (x === -1) won++;
    else if (x !== 0) throw new RangeError(`A paired loss is −1, 0 or 1, not ${x}.`);
  }
  const n = losses.length;
  const bound = pairedUpperBound({ lost, won, n }, confidence);
  if (units === losses || groups === undefined) return bound;
  const mean = (lost - won) / n;
  const among = momentsOf(losses).deviation ** 2 / n;
  const estimated = among === 0 ? 1 : momentsOf(units).deviation ** 2 / units.length / among;
  return Math.min(1, mean + (bound - mean) * Math.sqrt(Math.max(estimated, copiesEffect(groups, n), 1)));
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
  const [lo, hi] = rangeOf(units);
  const scaled = scaledInto(units, lo, hi);
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

function rangeOf(units: Float64Array): [number, number] {
  let low = -1;
  let high = 1;
  for (const x of units) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return [low, high];
}

const scaledInto = (units: Float64Array, lo: number, hi: number): Float64Array =>
  units.map((x) => (x - lo) / (hi - lo));

function momentsOf(units: Float64Array): { mean: number; deviation: number } {
  let sum = 0;
  for (const x of units) sum += x;
  const mean = sum / units.length;
  let squares = 0;
  for (const x of units) squares += (x - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / Math.max(1, units.length - 1)) };
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
