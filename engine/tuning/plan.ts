/** A policy while it is being searched for: a list of "serve this where the signal says so", then a last candidate. */
import type { Family, OutcomeMatrix, PolicySignal } from '../api/index.ts';

/** A signal as numbers a matrix row, exactly as the evaluator will see it; NaN where it will see none. */
export interface Source {
  id: string;
  /** The policy's signal, once it is known where a missing value leads. */
  make: (onMissing: PolicySignal['onMissing']) => PolicySignal;
  values: Float64Array;
  /** Out-of-fold values on the fit rows, where the signal itself was learnt on them. */
  fold?: Float64Array;
  /** Labels the numbers stand for: the test then names the labels, not the number. */
  labels?: Map<string, number>;
  /** Bigger is less simple; the simpler of two that are within noise wins. */
  complexity: number;
  family: Family;
}

export interface Threshold {
  source: Source;
  op: 'gte' | 'lte';
  threshold: number;
  gap: [number, number];
}
/** Candidates are indices in the matrix. */
export type Step =
  | ({ kind: 'before'; candidate: number } & Threshold)
  | ({ kind: 'after'; candidate: number } & Threshold)
  /** Both of the pair are called; the second one's answer is served where they agree. */
  | { kind: 'agree'; pair: [number, number] };

export interface Plan {
  steps: Step[];
  last: number;
}

export interface Outcomes {
  score: Float64Array;
  cost: Float64Array;
  latency: Float64Array;
  served: Int32Array;
}

export const single = (candidate: number): Plan => ({ steps: [], last: candidate });

function passes(step: Threshold, row: number, fold: boolean): boolean {
  const values = fold && step.source.fold !== undefined ? step.source.fold : step.source.values;
  const value = values[row]!;
  return step.op === 'gte' ? value >= step.threshold : value <= step.threshold;
}

const agrees = (matrix: OutcomeMatrix, [a, b]: [number, number], row: number): boolean =>
  matrix.answers[a]![row]! >= 0 && matrix.answers[a]![row] === matrix.answers[b]![row];

/**
 * What the plan gives on paired rows, as `replayPolicy` of its draft would: every call counted, each candidate once.
 * `fold`: use out-of-fold values of learnt signals (the fit rows).
 */
export function outcomesOf(plan: Plan, matrix: OutcomeMatrix, rows: Int32Array, fold = false): Outcomes {
  const n = rows.length;
  const out: Outcomes = {
    score: new Float64Array(n),
    cost: new Float64Array(n),
    latency: new Float64Array(n),
    served: new Int32Array(n),
  };
  const called: number[] = [];
  let cost = 0;
  let latency = 0;
  const call = (candidate: number, row: number): void => {
    if (called.includes(candidate)) return;
    called.push(candidate);
    cost += matrix.costs[candidate]![row]!;
    latency += matrix.latencies[candidate]![row]!;
  };
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    called.length = 0;
    cost = 0;
    latency = 0;
    let served = -1;
    for (const step of plan.steps) {
      if (step.kind === 'agree') {
        call(step.pair[0], row);
        call(step.pair[1], row);
        if (agrees(matrix, step.pair, row)) served = step.pair[1];
      } else {
        if (step.kind === 'after') call(step.candidate, row);
        if (passes(step, row, fold)) served = step.candidate;
      }
      if (served >= 0) break;
    }
    if (served < 0) served = plan.last;
    call(served, row);
    out.score[i] = matrix.scores[served]![row]!;
    out.cost[i] = cost;
    out.latency[i] = latency;
    out.served[i] = served;
  }
  return out;
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** The values of some rows. A loop: `from` with a function is five times as slow, and the search lives on this. */
export function gather(values: ArrayLike<number>, rows: Int32Array): Float64Array {
  const gathered = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) gathered[i] = values[rows[i]!]!;
  return gathered;
}

/** All candidates the plan may call, in calling order. */
export function candidatesOf(plan: Plan): number[] {
  const all = plan.steps.flatMap((step) => (step.kind === 'agree' ? step.pair : [step.candidate]));
  return [...new Set([...all, plan.last])];
}
