import type { Estimate } from '../api/index.ts';
import { resample } from './bootstrap.ts';
import { denseClusters } from './clusters.ts';
import { quantileSorted } from './quantile.ts';
import { seededRandom } from './random.ts';
import { checkLevel } from './wilson.ts';

export interface QuantileChange extends Estimate {
  /** The same as a share of b's quantile; null where that is not above 0 in every resample. */
  relative: { mean: number; lo: number; hi: number } | null;
}
export interface QuantileOptions {
  seed: number;
  level: number;
  groups?: Int32Array | undefined;
  /** Default 1,000. */
  resamples?: number;
  /** Up to so many rows are drawn one by one (default 10,000). */
  maxDrawn?: number;
}

const BLOCKS = 2048;

/**
 * Differences quantile(a) − quantile(b) for pairs of column indexes, paired by row, at each p: percentile bootstrap of
 * rows (whole clusters with `groups`; Efron & Tibshirani 1993). Above `maxDrawn` rows the ranks are drawn instead: the
 * share of a resample below a quantile is close to normal, with the covariance that the rows' indicators have (Bahadur
 * 1966), so a resample's quantile is the order statistic at that share. All on the same resamples.
 * Values must be finite. By pair, then p.
 */
export function quantileDifferences(
  columns: Float64Array[],
  pairs: readonly (readonly [number, number])[],
  ps: readonly number[],
  options: QuantileOptions,
): QuantileChange[][] {
  checkLevel(options.level);
  const n = columns[0]?.length ?? 0;
  const sorted = columns.map((column) => column.toSorted());
  const draws =
    n <= (options.maxDrawn ?? 10_000)
      ? drawRows(columns, sorted, ps, options)
      : drawRanks(columns, sorted, ps, options);
  const groups = options.groups ? { groups: denseClusters(options.groups, n).count } : {};
  return pairs.map(([a, b]) =>
    ps.map((p, k): QuantileChange => {
      const [atA, atB] = [quantileSorted(sorted[a]!, p), quantileSorted(sorted[b]!, p)];
      const [drawnA, drawnB] = [draws[a]![k]!, draws[b]![k]!];
      const difference = interval(
        drawnA.map((x, i) => x - drawnB[i]!),
        options.level,
      );
      const positive = atB > 0 && drawnB.every((x) => x > 0);
      const relative = positive
        ? {
            mean: atA / atB - 1,
            ...interval(
              drawnA.map((x, i) => x / drawnB[i]! - 1),
              options.level,
            ),
          }
        : null;
      return { mean: atA - atB, ...difference, n, level: options.level, ...groups, relative };
    }),
  );
}

function interval(draws: Float64Array, level: number): { lo: number; hi: number } {
  const sorted = draws.sort();
  const tail = (1 - level) / 2;
  return { lo: quantileSorted(sorted, tail), hi: quantileSorted(sorted, 1 - tail) };
}

/** By column, then p: one quantile a resample. */
type Draws = Float64Array[][];

const emptyDraws = (columns: unknown[], ps: readonly number[], resamples: number): Draws =>
  columns.map(() => ps.map(() => new Float64Array(resamples)));

function drawRows(
  columns: Float64Array[],
  sorted: Float64Array[],
  ps: readonly number[],
  options: QuantileOptions,
): Draws {
  const resamples = options.resamples ?? 1000;
  const draws = emptyDraws(columns, ps, resamples);
  const n = columns[0]?.length ?? 0;
  const orders = columns.map((column) =>
    Int32Array.from({ length: n }, (_, i) => i).sort((i, j) => column[i]! - column[j]!),
  );
  const places = ps.map((_, k) => k).sort((i, j) => ps[i]! - ps[j]!);
  resample(n, { seed: options.seed, resamples, groups: options.groups }, (weights, index) => {
    let total = 0;
    for (let i = 0; i < n; i++) total += weights[i]!;
    orders.forEach((order, c) => {
      const values = sorted[c]!;
      let i = -1;
      let passed = 0;
      const upTo = (rank: number): number => {
        while (passed <= rank) passed += weights[order[++i]!]!;
        return values[i]!;
      };
      for (const k of places) {
        const h = (total - 1) * ps[k]!;
        const whole = Math.floor(h);
        const below = upTo(whole);
        const [beforeI, beforePassed] = [i, passed];
        const above = h > whole ? upTo(whole + 1) : below;
        draws[c]![k]![index] = below + (h - whole) * (above - below);
        // The next quantile may lie between the two.
        [i, passed] = [beforeI, beforePassed];
      }
    });
  });
  return draws;
}

function drawRanks(
  columns: Float64Array[],
  sorted: Float64Array[],
  ps: readonly number[],
  options: QuantileOptions,
): Draws {
  const resamples = options.resamples ?? 1000;
  const draws = emptyDraws(columns, ps, resamples);
  const n = columns[0]!.length;
  const random = seededRandom(options.seed);
  const clusters = options.groups && denseClusters(options.groups, n);
  const blockOf = Int32Array.from({ length: clusters?.count ?? n }, () => random.int(BLOCKS));
  /** By block, then column and p: how many more values than expected lie at or below the quantile. */
  const width = columns.length * ps.length;
  const beyond = new Float64Array(BLOCKS * width);
  columns.forEach((column, c) => {
    ps.forEach((p, k) => {
      const quantile = quantileSorted(sorted[c]!, p);
      let below = 0;
      for (let i = 0; i < n; i++) if (column[i]! <= quantile) below++;
      const expected = below / n;
      const place = c * ps.length + k;
      for (let i = 0; i < n; i++) {
        const block = blockOf[clusters ? clusters.of[i]! : i]!;
        beyond[block * width + place]! += (column[i]! <= quantile ? 1 : 0) - expected;
      }
    });
  });
  const shift = new Float64Array(width);
  for (let index = 0; index < resamples; index++) {
    shift.fill(0);
    // Each block's part with a random sign: sums with the covariance that the blocks show.
    for (let block = 0; block < BLOCKS; block++) {
      const sign = random.int(2) === 0 ? 1 : -1;
      for (let w = 0, at = block * width; w < width; w++, at++) shift[w]! += sign * beyond[at]!;
    }
    columns.forEach((_, c) => {
      ps.forEach((p, k) => {
        const share = p + shift[c * ps.length + k]! / n;
        draws[c]![k]![index] = quantileSorted(sorted[c]!, Math.max(0, Math.min(1, share)));
      });
    });
  }
  return draws;
}
