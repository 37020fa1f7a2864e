import type { FitInput, OutcomeMatrix } from '../api/index.ts';
import { lossUpperBound } from '../math/index.ts';
import { gather, mean, outcomesOf, type Plan } from './plan.ts';
import type { Point } from './search.ts';

export const certificateMethod = 'fixed-sequence, one-sided Student, clustered, with a worst-case row';

export interface Tested {
  plan: Plan;
  /** Upper bound of the loss against the reference on the calibrating rows, at the asked confidence. */
  bound: number;
  loss: number;
  score: number;
  cost: number;
  /** Lower bound of the score at the same confidence. */
  floor: number;
  passed: boolean;
}

/**
 * Learn-then-Test along a fixed sequence (Angelopoulos et al. 2021): policies ordered safest to cheapest on the fit
 * rows are tested on the calibrating rows for "loss > maxLoss" (and "score < minScore" where asked: all nulls must
 * fall) at level 1 − confidence, up to the first that stands. Returns what was tested, in order; the policy to keep
 * is the last that passed. The chance that the kept one breaks its promise is at most 1 − confidence, whatever the
 * length of the sequence.
 */
export function testSequence(
  matrix: OutcomeMatrix,
  points: readonly Point[],
  at: { rows: Int32Array; reference: number; input: FitInput },
): Tested[] {
  const tested: Tested[] = [];
  for (const { plan } of points) {
    const result = testPlan(matrix, plan, at);
    tested.push(result);
    if (!result.passed) break;
  }
  return tested;
}

export function testPlan(
  matrix: OutcomeMatrix,
  plan: Plan,
  { rows, reference, input }: { rows: Int32Array; reference: number; input: FitInput },
): Tested {
  const groups = Int32Array.from(rows, (row) => matrix.groups[row]!);
  const { score, cost } = outcomesOf(plan, matrix, rows);
  const referenceScore = gather(matrix.scores[reference]!, rows);
  const losses = score.map((s, i) => referenceScore[i]! - s);
  const options = { method: 'student', groups } as const;
  const isReference = plan.steps.length === 0 && plan.last === reference;
  const bound = isReference ? 0 : lossUpperBound(losses, input.confidence, options);
  const floor =
    1 -
    lossUpperBound(
      score.map((s) => 1 - s),
      input.confidence,
      options,
    );
  return {
    plan,
    bound,
    loss: mean(losses),
    score: mean(score),
    cost: mean(cost),
    floor,
    passed: bound <= input.maxLoss && (input.minScore === undefined || floor >= input.minScore),
  };
}
