/** One comparison on one set of paired rows: the whole, or one value of a tag. */
import type { ComparedCandidate, ComparedPair, Estimate, OutcomeMatrix } from '../api/index.ts';
import { known, subtract } from './known.ts';
import { latenciesOf, latencyChanges } from './latency.ts';
import {
  bootstrapDifferences,
  type BootstrapMean,
  bootstrapMeans,
  denseClusters,
  mcnemarMidP,
  meanInterval,
  newcombePaired,
} from '../math/index.ts';

export interface PairedRows {
  matrix: OutcomeMatrix;
  /** Indexes of rows on which every candidate has a score; null: all of them, in order. */
  rows: Int32Array | null;
  /** Indexes of the candidates in the matrix. */
  candidates: number[];
  level: number;
  seed: number;
}
/** A pair before its p is adjusted for the others. */
export type RawPair = Omit<ComparedPair, 'verdict' | 'test' | 'detectable' | 'rowsNeeded'> & {
  test: { kind: ComparedPair['test']['kind']; p: number };
};
export interface ComparedOn {
  n: number;
  groups: number;
  candidates: ComparedCandidate[];
  pairs: RawPair[];
}

/** Columns hold only the paired rows, by candidate index. Clustered where `groups` is there. */
interface Columns {
  n: number;
  scores: Map<number, Float64Array>;
  costs: Map<number, Float64Array>;
  latencies: Map<number, Float64Array>;
  groups: Int32Array | undefined;
  groupCount: number;
  /** Rows' worth of independent information when rows of a group are copies (Kish). */
  effective: number;
}

export function compareOn(paired: PairedRows, pairs: [number, number][]): ComparedOn {
  const { matrix, candidates } = paired;
  const columns = gather(paired);
  return {
    n: columns.n,
    groups: columns.groupCount,
    candidates: candidates.map((index) => summarise(paired, columns, index)),
    pairs: comparePairsOn(paired, columns, pairs),
  };
  function summarise(
    { level }: PairedRows,
    { scores, costs, latencies, groups }: Columns,
    index: number,
  ): ComparedCandidate {
    const id = matrix.candidates[index]!;
    const cost = known(costs.get(index)!, groups);
    const latency = known(latencies.get(index)!, groups);
    return {
      id,
      score: meanInterval(scores.get(index)!, level, groups),
      costUsd: cost.values.length === 0 ? null : meanInterval(cost.values, level, cost.groups, 'amount'),
      priceNominal: matrix.nominal.has(id),
      latencyMs: latenciesOf(latency.values, level, latency.groups),
    };
  }
}

function gather({ matrix, rows, candidates }: PairedRows): Columns {
  const n = rows ? rows.length : matrix.examples.length;
  const ids = rows ? Int32Array.from(rows, (row) => matrix.groups[row]!) : matrix.groups;
  const clusters = denseClusters(ids, n);
  let squares = 0;
  for (const size of clusters.sizes) squares += size * size;
  return {
    n,
    scores: new Map(candidates.map((index) => [index, pick(matrix.scores[index]!, rows)])),
    costs: new Map(candidates.map((index) => [index, pick(matrix.costs[index]!, rows)])),
    latencies: new Map(candidates.map((index) => [index, pick(matrix.latencies[index]!, rows)])),
    groups: clusters.count < n ? clusters.of : undefined,
    groupCount: clusters.count,
    effective: (n * n) / squares,
  };
}

function pick(column: Float64Array, rows: Int32Array | null): Float64Array {
  if (!rows) return column;
  const picked = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = column[rows[i]!]!;
  return picked;
}

/** Where every value is there, all pairs share one set of resamples; else each pair draws on its own rows. */
function differences(
  columns: Map<number, Float64Array>,
  pairs: [number, number][],
  groups: Int32Array | undefined,
  options: { seed: number; level: number },
): (BootstrapMean | null)[] {
  if (pairs.length === 0) return [];
  const ids = [...columns.keys()];
  const values = [...columns.values()];
  if (!values.some((column) => column.includes(NaN))) {
    const places = pairs.map(([a, b]): [number, number] => [ids.indexOf(a), ids.indexOf(b)]);
    return bootstrapDifferences(values, places, { ...options, groups });
  }
  return pairs.map(([a, b]) => {
    const both = known(subtract(columns.get(a)!, columns.get(b)!), groups);
    return both.values.length === 0
      ? null
      : bootstrapMeans([both.values], { ...options, groups: both.groups })[0]!;
  });
}

function comparePairsOn(
  { matrix, level, seed }: PairedRows,
  columns: Columns,
  pairs: [number, number][],
): RawPair[] {
  const { scores, groups, groupCount } = columns;
  const options = { seed, level };
  const costs = differences(columns.costs, pairs, groups, options);
  const counted = pairs.map(([a, b]) => count(scores.get(a)!, scores.get(b)!, groups, groupCount));
  const closed = (counts: Counts): boolean => counts.binary && (!groups || counts.onlyA + counts.onlyB === 0);
  const latencies = latencyChanges(columns.latencies, pairs, groups, options);
  const drawn = counted.every(closed) ? [] : differences(scores, pairs, groups, options);
  return pairs.map(([a, b], i): RawPair => {
    const counts = counted[i]!;
    const bootstrapped = closed(counts) ? null : drawn[i]!;
    return {
      a: matrix.candidates[a]!,
      b: matrix.candidates[b]!,
      delta: bootstrapped === null ? scoreInterval(counts, columns, level) : within(bootstrapped.estimate),
      deltaCostUsd: costs[i]?.estimate ?? null,
      deltaLatencyMs: latencies[i]!,
      onlyARight: counts.onlyA,
      onlyBRight: counts.onlyB,
      bothRight: counts.both,
      bothWrong: counts.neither,
      test:
        counts.binary && counts.discordantApart
          ? { kind: 'mcnemar-mid-p', p: mcnemarMidP(counts.onlyA, counts.onlyB) }
          : { kind: 'paired-bootstrap', p: bootstrapped?.p ?? 1 },
    };
  });
}

function scoreInterval(counts: Counts, columns: Columns, level: number): Estimate {
  const { n } = columns;
  // One only where rows are clustered: with no discordant row copies are all that is known of them.
  const shrink = columns.groups ? columns.effective / n : 1;
  const { both, onlyA, onlyB, neither } = counts;
  const interval = newcombePaired(
    { both: both * shrink, onlyA: onlyA * shrink, onlyB: onlyB * shrink, neither: neither * shrink },
    level,
  );
  const clustered = columns.groups ? { groups: columns.groupCount } : {};
  return { mean: (onlyA - onlyB) / n, ...interval, n, level, ...clustered };
}

/** Scores lie in [0, 1], so their differences in [−1, 1]. */
const within = (delta: Estimate): Estimate => ({
  ...delta,
  lo: Math.max(-1, delta.lo),
  hi: Math.min(1, delta.hi),
});

interface Counts {
  /** All scores of both are 0 or 1. */
  binary: boolean;
  both: number;
  onlyA: number;
  onlyB: number;
  neither: number;
  /** No group holds two discordant rows: McNemar's rows are then independent although others are not. */
  discordantApart: boolean;
}

/** Right is a score of at least one half, so that graded scores have their tallies too. */
function count(a: Float64Array, b: Float64Array, groups: Int32Array | undefined, groupCount: number): Counts {
  const counts: Counts = { binary: true, both: 0, onlyA: 0, onlyB: 0, neither: 0, discordantApart: true };
  const seen = groups ? new Uint8Array(groupCount) : null;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if ((x !== 0 && x !== 1) || (y !== 0 && y !== 1)) counts.binary = false;
    const rightA = x >= 0.5;
    const rightB = y >= 0.5;
    if (rightA === rightB) {
      if (rightA) counts.both++;
      else counts.neither++;
      continue;
    }
    if (rightA) counts.onlyA++;
    else counts.onlyB++;
    if (seen && groups) {
      if (seen[groups[i]!]! > 0) counts.discordantApart = false;
      seen[groups[i]!] = 1;
    }
  }
  return counts;
}
