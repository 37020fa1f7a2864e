import type { OutcomeMatrix } from '../api/index.ts';
import { clusterMeans, hullCorners, lossUpperBound, mixAt } from '../math/index.ts';
import { gather, mean, type Outcomes } from './plan.ts';

export interface MixGain {
  /** Policy's score minus that of the mix of singles at the policy's own cost. */
  gain: number;
  /** Standard deviation of its rows (clusters), and how many of them. */
  deviation: number;
  units: number;
  /** What each of them gains; the mean is `gain`. */
  parts: Float64Array;
  mixScore: number;
  /** Matrix indices of the two corners mixed, and the share of the second. */
  corners: [number, number];
  share: number;
  /** Per row: the mix's expected score and cost. */
  score: Float64Array;
  cost: Float64Array;
}

/** Means of the singles on the rows, once for many policies. */
export interface Singles {
  candidates: readonly number[];
  rows: Int32Array;
  points: { cost: number; score: number }[];
  corners: number[];
  groups: Int32Array;
}

export function singlesOn(matrix: OutcomeMatrix, candidates: readonly number[], rows: Int32Array): Singles {
  const points = candidates.map((c) => ({
    cost: mean(gather(matrix.costs[c]!, rows)),
    score: mean(gather(matrix.scores[c]!, rows)),
  }));
  const groups = Int32Array.from(rows, (row) => matrix.groups[row]!);
  return { candidates, rows, points, corners: hullCorners(points), groups };
}

/**
 * The policy against the same-cost mix of singles, row by row.
 *
 * The mix's share is itself estimated from the costs, so a row's part in the gain is
 * (s_π − λc_π) − [(1−w)(s_a − λc_a) + w(s_b − λc_b)], λ the slope of the hull there (delta method): its mean is the
 * gain and its spread the gain's standard error.
 */
export function mixGain(matrix: OutcomeMatrix, outcomes: Outcomes, singles: Singles): MixGain {
  const { rows, points, corners } = singles;
  const n = rows.length;
  const { a, b, w, slope } = mixAt(points, corners, mean(outcomes.cost));
  const ca = singles.candidates[a]!;
  const cb = singles.candidates[b]!;
  const score = new Float64Array(n);
  const cost = new Float64Array(n);
  const parts = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    score[i] = (1 - w) * matrix.scores[ca]![row]! + w * matrix.scores[cb]![row]!;
    cost[i] = (1 - w) * matrix.costs[ca]![row]! + w * matrix.costs[cb]![row]!;
    parts[i] = outcomes.score[i]! - score[i]! - slope * (outcomes.cost[i]! - cost[i]!);
    sum += parts[i]!;
  }
  const gain = sum / n;
  const centred = clusterMeans(
    parts.map((x) => x - gain),
    singles.groups,
  );
  let squares = 0;
  for (const x of centred) squares += x * x;
  return {
    gain,
    deviation: Math.sqrt(squares / Math.max(1, centred.length - 1)),
    units: centred.length,
    parts: centred.map((x) => x + gain),
    mixScore: mean(score),
    corners: [ca, cb],
    share: w,
    score,
    cost,
  };
}

/**
 * The mean gain of the policies along a path, unit by unit: one test of whether what they share, the signal, is worth
 * anything. A cautious end of the path moves few rows, and by those alone a good signal is hard to tell from none.
 */
export function gainAlong(gains: readonly MixGain[]): Pick<MixGain, 'gain' | 'units' | 'parts'> {
  const units = gains[0]?.units ?? 0;
  const parts = new Float64Array(units);
  for (const gain of gains) for (let i = 0; i < units; i++) parts[i]! += gain.parts[i]! / gains.length;
  return { gain: mean(parts), units, parts };
}

/**
 * One-sided test at level 1 − confidence that the policy is better than the mix: pure noise passes that often. By the
 * bound of the certificate, since a handful of rows moved and none lost is a rare loss not yet met, not a gain.
 */
export function beatsMix(
  { gain, units, parts }: Pick<MixGain, 'gain' | 'units' | 'parts'>,
  confidence: number,
): boolean {
  if (units < 30 || !(gain > 1e-12)) return false;
  return (
    lossUpperBound(
      parts.map((x) => -x),
      confidence,
      { method: 'student' },
    ) < 0
  );
}
