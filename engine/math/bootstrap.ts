import type { Estimate } from '../api/index.ts';
import { type Clusters, denseClusters } from './clusters.ts';
import { normalTwoSided, studentTwoSided } from './normal.ts';
import { quantileSorted } from './quantile.ts';
import { type Random, seededRandom, shuffle } from './random.ts';
import { checkLevel } from './wilson.ts';

export interface BootstrapOptions {
  seed: number;
  level: number;
  /** Default 2,000. */
  resamples?: number;
  /** A cluster id a row: clusters are drawn whole. */
  groups?: Int32Array | undefined;
}

const defaultResamples = 2000;
/** Above this many units means are resampled over random blocks of units; the standard error is then off by 1.1 % (1/√(2·4096)). */
const maxUnits = 4096;

/**
 * Draws resamples of n rows (whole clusters with `groups`) and shows each as the number of times a row was
 * drawn. `weights` is reused between calls: read it, do not keep it. O(resamples × n).
 */
export function resample(
  n: number,
  options: { seed: number; resamples?: number; groups?: Int32Array | undefined },
  visit: (weights: Int32Array, index: number) => void,
): void {
  const random = seededRandom(options.seed);
  const clusters = clustersIn(n, options.groups);
  const drawn = new Int32Array(clusters ? clusters.count : n);
  const weights = clusters ? new Int32Array(n) : drawn;
  for (let index = 0; index < (options.resamples ?? defaultResamples); index++) {
    draw(drawn, random);
    if (clusters) for (let i = 0; i < n; i++) weights[i] = drawn[clusters.of[i]!]!;
    visit(weights, index);
  }
}

/** Null where every row is its own cluster. */
function clustersIn(n: number, groups: Int32Array | undefined): Clusters | null {
  const clusters = groups && denseClusters(groups, n);
  return clusters && clusters.count < n ? clusters : null;
}

function draw(into: Int32Array, random: Random): void {
  into.fill(0);
  const n = into.length;
  for (let i = 0; i < n; i++) into[random.int(n)]!++;
}

/**
 * Percentile intervals of any statistics of a weighted sample (Efron & Tibshirani 1993, ch. 13), all computed
 * on the same resamples, so that differences between them are paired. `statistic` gets the times each row was
 * drawn (all 1 for the point estimate) and returns the same number of figures each time.
 * Resamples on which a figure is NaN are left out of its interval; NaN bounds when all are.
 */
export function bootstrapEstimates(
  n: number,
  statistic: (weights: Int32Array) => number[],
  options: BootstrapOptions,
): Estimate[] {
  checkLevel(options.level);
  const points = statistic(new Int32Array(n).fill(1));
  const resamples = options.resamples ?? defaultResamples;
  const draws = points.map(() => new Float64Array(resamples));
  resample(n, options, (weights, index) => {
    const figures = statistic(weights);
    for (let k = 0; k < draws.length; k++) draws[k]![index] = figures[k]!;
  });
  const size = { n, clusters: clustersIn(n, options.groups)?.count ?? n };
  return points.map((mean, k) => percentile(mean, draws[k]!, size, options));
}

export interface BootstrapMean {
  estimate: Estimate;
  /**
   * Two-sided p of "the mean is 0": share of resamples at least as far from the observed mean as that is from 0,
   * the observed one counted (Davison & Hinkley 1997, 4.4), and never below 2^(1−units), the least an exact test of
   * signs could give. 1 where all values are 0, and for a single unit.
   */
  p: number;
}

/**
 * Means of one or more columns of length n on the same resamples. Give differences between two candidates on
 * paired rows to compare them. O(n + resamples × min(units, 4096)). Throws RangeError for a value not finite.
 * Intervals and p allow for few units. n = 0: NaN figures and p = 1; one row or one cluster: NaN bounds and p = 1.
 */
export function bootstrapMeans(columns: Float64Array[], options: BootstrapOptions): BootstrapMean[] {
  const drawn = drawMeans(columns, options);
  return drawn.means.map((mean, k) => meanOf(mean, drawn.draws[k]!, drawn, options));
}

/**
 * Differences mean(a) − mean(b) for pairs of column indexes, all on the same resamples of the same rows: the
 * figures of `bootstrapMeans` on each pair's differences, for one drawing instead of one a pair.
 */
export function bootstrapDifferences(
  columns: Float64Array[],
  pairs: readonly (readonly [number, number])[],
  options: BootstrapOptions,
): BootstrapMean[] {
  const drawn = drawMeans(columns, options);
  return pairs.map(([a, b]) => {
    const left = drawn.draws[a]!;
    const right = drawn.draws[b]!;
    const draws = left.map((x, i) => x - right[i]!);
    return meanOf(drawn.means[a]! - drawn.means[b]!, draws, drawn, options);
  });
}

interface DrawnMeans {
  n: number;
  clusters: number;
  means: number[];
  /** Per column, one mean a resample; empty where n is 0. */
  draws: Float64Array[];
}

function drawMeans(columns: Float64Array[], options: BootstrapOptions): DrawnMeans {
  checkLevel(options.level);
  const n = columns[0]?.length ?? 0;
  const width = columns.length;
  const random = seededRandom(options.seed);
  const { of, count, sizes, clusters } = units(n, options.groups, random);
  /** Unit by unit, all columns of a unit side by side. */
  const sums = new Float64Array(count * width);
  const means = columns.map((column, k) => {
    if (column.length !== n)
      throw new RangeError(`Column ${k} has ${column.length} values, column 0 has ${n}.`);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const x = column[i]!;
      if (!Number.isFinite(x)) throw new RangeError(`A bootstrap takes no ${x} (row ${i}).`);
      sum += x;
      sums[(of ? of[i]! : i) * width + k]! += x;
    }
    return sum / n;
  });
  const resamples = n === 0 ? 0 : (options.resamples ?? defaultResamples);
  const draws = columns.map(() => new Float64Array(resamples));
  const total = new Float64Array(width);
  for (let index = 0; index < resamples; index++) {
    total.fill(0);
    let rows = 0;
    for (let j = 0; j < count; j++) {
      const unit = random.int(count);
      rows += sizes ? sizes[unit]! : 1;
      for (let k = 0, at = unit * width; k < width; k++, at++) total[k]! += sums[at]!;
    }
    for (let k = 0; k < width; k++) draws[k]![index] = total[k]! / rows;
  }
  return { n, clusters, means, draws };
}

function meanOf(
  mean: number,
  draws: Float64Array,
  drawn: DrawnMeans,
  options: BootstrapOptions,
): BootstrapMean {
  const units = drawn.clusters;
  // One unit tells nothing of how far the next may be.
  if (draws.length === 0 || units < 2) {
    const unknown = new Float64Array(draws.length).fill(NaN);
    return { estimate: percentile(mean, unknown, drawn, options), p: 1 };
  }
  const wider = expansion(units, options.level);
  const expanded = draws.map((x) => mean + (x - mean) * wider);
  // A hair of slack: sums in another order differ in the last bits.
  const far = Math.abs(mean) * (1 - 1e-9);
  let extreme = 1;
  for (const x of expanded) if (Math.abs(x - mean) >= far) extreme++;
  const p = Math.max(extreme / (draws.length + 1), 2 ** (1 - units));
  return { estimate: percentile(mean, expanded, drawn, options), p: mean === 0 ? 1 : p };
}

/**
 * By how much resamples of few units are too narrow: √(u/(u−1)), and Student's quantile over the normal one
 * (the expanded percentile interval of Hesterberg 2015, "What Teachers Should Know About the Bootstrap").
 */
const expansion = (units: number, level: number): number =>
  Math.sqrt(units / (units - 1)) * (studentTwoSided(level, units - 1) / normalTwoSided(level));

/** What is drawn: rows, clusters, or (above maxUnits) random blocks of either. `of` null: row i is unit i. */
function units(
  n: number,
  groups: Int32Array | undefined,
  random: Random,
): { of: Int32Array | null; count: number; sizes: Int32Array | null; clusters: number } {
  const clusters = clustersIn(n, groups);
  const count = clusters ? clusters.count : n;
  if (count <= maxUnits)
    return { of: clusters?.of ?? null, count, sizes: clusters?.sizes ?? null, clusters: count };
  const block = new Int32Array(count);
  for (let u = 0; u < count; u++) block[u] = u % maxUnits;
  shuffle(block, random);
  const of = new Int32Array(n);
  const sizes = new Int32Array(maxUnits);
  for (let i = 0; i < n; i++) {
    const unit = block[clusters ? clusters.of[i]! : i]!;
    of[i] = unit;
    sizes[unit]!++;
  }
  return { of, count: maxUnits, sizes, clusters: count };
}

function percentile(
  mean: number,
  draws: Float64Array,
  size: { n: number; clusters: number },
  options: BootstrapOptions,
): Estimate {
  const sorted = draws.filter((x) => !Number.isNaN(x)).sort();
  const tail = (1 - options.level) / 2;
  return {
    mean,
    lo: quantileSorted(sorted, tail),
    hi: quantileSorted(sorted, 1 - tail),
    n: size.n,
    level: options.level,
    ...(options.groups ? { groups: size.clusters } : {}),
  };
}
