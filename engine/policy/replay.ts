import type { OutcomeMatrix, Policy, PolicyDraft } from '../api/index.ts';
import { countFailures } from './count-failures.ts';
import { compilePolicy } from './evaluator.ts';
import { matrixRequests } from './matrix-requests.ts';

/** Arrays of length n, one entry a replayed row. */
export interface Replay {
  n: number;
  /** Rows left out: an attempted candidate has no score there, or the policy serves nobody (`rejected` of them). */
  skipped: number;
  rejected: number;
  /** Row indices in the matrix, in the order given. */
  rows: Int32Array;
  /** Index in `matrix.candidates` of the candidate served. */
  served: Int32Array;
  /** USD over every attempt; NaN when one of them is unknown. */
  cost: Float64Array;
  score: Float64Array;
  /** ms over every attempt, one after the other; NaN when one of them is unknown. */
  latency: Float64Array;
  /** Index in `policy.routes`. */
  route: Int32Array;
  /** Candidates in the order called; equal sequences share one array. */
  attempts: string[][];
}

/**
 * Applies a policy to recorded outcomes, through the evaluator that ships to production.
 *
 * A row needs the outcome of every candidate the policy would call there; nothing is imputed.
 * A call that failed when recorded is no answer with score 0 (`countFailures`).
 * `rows`: indices to replay, in any order; null for all.
 */
export function replayPolicy(
  policy: PolicyDraft | Policy,
  recorded: OutcomeMatrix,
  rows: Int32Array | null,
): Replay {
  const matrix = countFailures(recorded);
  const compiled = compilePolicy(policy);
  const requestOf = matrixRequests(policy.signals, matrix);
  const candidates = new Map(matrix.candidates.map((id, i) => [id, i]));
  const routes = new Map(policy.routes.map((route, i) => [route.id, i]));
  const sequences = new Map<string, { names: string[]; at: number[] | null }>();
  const total = rows?.length ?? matrix.examples.length;
  const replay = {
    rows: new Int32Array(total),
    served: new Int32Array(total),
    cost: new Float64Array(total),
    score: new Float64Array(total),
    latency: new Float64Array(total),
    route: new Int32Array(total),
  };
  const attempts: string[][] = [];
  let n = 0;
  let rejected = 0;

  const intern = (names: string[]): { names: string[]; at: number[] | null } => {
    const key = names.length === 1 ? (names[0] ?? '') : JSON.stringify(names);
    let known = sequences.get(key);
    if (known === undefined) {
      const at = names.map((name) => candidates.get(name) ?? -1);
      known = { names, at: at.includes(-1) ? null : at };
      sequences.set(key, known);
    }
    return known;
  };

  for (let i = 0; i < total; i++) {
    const row = rows === null ? i : (rows[i] ?? 0);
    const decision = compiled.decide(requestOf(row));
    if (decision.served === null || decision.route === null) {
      rejected++;
      continue;
    }
    const called = intern(decision.attempts);
    if (called.at === null) continue;
    let cost = 0;
    let latency = 0;
    let complete = true;
    for (const candidate of called.at) {
      cost += matrix.costs[candidate]?.[row] ?? NaN;
      latency += matrix.latencies[candidate]?.[row] ?? NaN;
      if (Number.isNaN(matrix.scores[candidate]?.[row] ?? NaN)) complete = false;
    }
    if (!complete) continue;
    const served = candidates.get(decision.served) ?? -1;
    replay.rows[n] = row;
    replay.served[n] = served;
    replay.cost[n] = cost;
    replay.latency[n] = latency;
    replay.score[n] = matrix.scores[served]?.[row] ?? NaN;
    replay.route[n] = routes.get(decision.route) ?? -1;
    attempts.push(called.names);
    n++;
  }
  return {
    n,
    skipped: total - n,
    rejected,
    rows: replay.rows.slice(0, n),
    served: replay.served.slice(0, n),
    cost: replay.cost.slice(0, n),
    score: replay.score.slice(0, n),
    latency: replay.latency.slice(0, n),
    route: replay.route.slice(0, n),
    attempts,
  };
}
