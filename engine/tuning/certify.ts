import type { FitInput, OutcomeMatrix } from '../api/index.ts';
import { lossUpperBound } from '../math/index.ts';
import { gather, mean, outcomesOf, type Plan } from './plan.ts';
import type { Point } from './search.ts';

export const certificateMethods = {
  paired: 'fixed-sequence, exact paired binomial',
  student: 'fixed-sequence, one-sided Student, clustered, with a worst-case group',
} as const;

/** What policies are tested on and against. */
export interface Calibration {
  rows: Int32Array;
  reference: number;
  rivals: readonly number[];
  input: FitInput;
  bound: keyof typeof certificateMethods;
  /** Rows of the largest group of the whole dataset. */
  largestCluster: number;
}

export interface Tested {
  plan: Plan;
  /**
   * Upper bound of the loss on the calibrating rows, at the asked confidence: against the reference, or, where that is
   * "the best single", against each of the rivals (the largest).
   */
  bound: number;
  /** The rival of the largest bound, and the mean loss to it. */
  against: { rival: number; loss: number };
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
export function testSequence(matrix: OutcomeMatrix, points: readonly Point[], at: Calibration): Tested[] {
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
  { rows, reference, rivals, input, bound: method, largestCluster }: Calibration,
): Tested {
  const groups = Int32Array.from(rows, (row) => matrix.groups[row]!);
  const { score, cost } = outcomesOf(plan, matrix, rows);
  const lossesTo = (rival: number): Float64Array => {
    const rivalScore = gather(matrix.scores[rival]!, rows);
    return score.map((s, i) => rivalScore[i]! - s);
  };
  const options = { method, groups, largestCluster };
  // The true best is one of the rivals: its null falls only where every rival's does, so each is tested at full level.
  const bounds = rivals.map((rival) =>
    plan.steps.length === 0 && plan.last === rival
      ? 0
      : lossUpperBound(lossesTo(rival), input.confidence, options),
  );
  const bound = Math.max(...bounds);
  const hardest = rivals[bounds.indexOf(bound)]!;
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
    against: { rival: hardest, loss: mean(lossesTo(hardest)) },
    loss: mean(lossesTo(reference)),
    score: mean(score),
    cost: mean(cost),
    floor,
    passed: bound <= input.maxLoss && (input.minScore === undefined || floor >= input.minScore),
  };
}
