import type { Estimate, OutcomeMatrix, Policy, PolicyDraft, PolicyReplayed } from '../api/index.ts';
import { meanInterval } from '../math/index.ts';
import type { Replay } from './replay.ts';

export interface SummaryOptions {
  /** Confidence level of the intervals. */
  level?: number;
  perExample?: boolean;
}

/**
 * A replay's figures with their intervals, clusters of rows counted as such.
 *
 * `shares` is by candidate served. Cost and latency are over the rows where they are known (their own `n` says
 * how many). The loss against the reference is score(reference) − score(policy) on the rows where both are known.
 */
export function summariseReplay(
  policy: PolicyDraft | Policy,
  matrix: OutcomeMatrix,
  replay: Replay,
  options: SummaryOptions = {},
): PolicyReplayed {
  const level = options.level ?? 0.95;
  const over = (values: Float64Array, kind?: 'amount'): Estimate =>
    intervalOfKnown(values, { rows: replay.rows, groups: matrix.groups, level, ...(kind && { kind }) });
  const reference = matrix.candidates.indexOf(policy.evidence.reference);
  const column = (columns: Float64Array[]): Float64Array =>
    Float64Array.from(replay.rows, (row) => columns[reference]?.[row] ?? NaN);
  const referenceScore = column(matrix.scores);
  const loss = referenceScore.map((score, i) => score - (replay.score[i] ?? NaN));
  const latency = over(replay.latency, 'amount');
  return {
    n: replay.n,
    skipped: replay.skipped,
    score: over(replay.score),
    costUsd: over(replay.cost, 'amount'),
    latencyMs: latency.n === 0 ? null : latency,
    shares: shareOf(replay.served, matrix.candidates),
    reference:
      reference < 0
        ? null
        : {
            id: policy.evidence.reference,
            score: over(referenceScore),
            costUsd: over(column(matrix.costs), 'amount'),
          },
    // Served itself, the reference loses nothing against itself, whatever the sample.
    lossVsReference:
      reference < 0 ? null : over(loss, replay.served.every((c) => c === reference) ? 'amount' : undefined),
    ...(options.perExample === true ? { examples: examplesOf(policy, matrix, replay) } : {}),
  };
}

/** Mean and interval of the values that are not NaN; `values[i]` belongs to matrix row `rows[i]`. */
export function intervalOfKnown(
  values: Float64Array,
  at: { rows: Int32Array; groups: Int32Array; level: number; kind?: 'score' | 'amount' },
): Estimate {
  let known = 0;
  const kept = new Float64Array(values.length);
  const groups = new Int32Array(values.length);
  for (const [i, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    kept[known] = value;
    groups[known++] = at.groups[at.rows[i] ?? 0] ?? 0;
  }
  return meanInterval(kept.subarray(0, known), at.level, groups.subarray(0, known), at.kind);
}

function shareOf(served: Int32Array, candidates: readonly string[]): Record<string, number> {
  const counts = new Map<number, number>();
  for (const candidate of served) counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
  return Object.fromEntries(
    [...counts].sort(([a], [b]) => a - b).map(([at, count]) => [candidates[at] ?? '', count / served.length]),
  );
}

function examplesOf(
  policy: PolicyDraft | Policy,
  matrix: OutcomeMatrix,
  replay: Replay,
): NonNullable<PolicyReplayed['examples']> {
  return replay.attempts.map((attempts, i) => ({
    id: matrix.examples[replay.rows[i] ?? 0] ?? '',
    route: policy.routes[replay.route[i] ?? 0]?.id ?? '',
    attempts,
    served: matrix.candidates[replay.served[i] ?? 0] ?? '',
    score: replay.score[i] ?? NaN,
    costUsd: replay.cost[i] ?? NaN,
  }));
}
