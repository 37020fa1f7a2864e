import { orderOf } from './order.ts';

/** Per row, length n: what it gives when kept (the signal passes) and when not, and what the reference gives. */
export interface SweepRows {
  keptScore: Float64Array;
  keptCost: Float64Array;
  elseScore: Float64Array;
  elseCost: Float64Array;
  referenceScore: Float64Array;
}

/**
 * Every distinct decision of one threshold, from "keep no row" (index 0) on: ties move as one block.
 * At index k the rows with signal ≥ threshold (`gte`; ≤ for `lte`) are kept. Sums over all n rows.
 */
export interface ThresholdSweep {
  op: 'gte' | 'lte';
  n: number;
  /** Midpoint of the gap to the next value; NaN at index 0. Where no double lies between, the kept neighbour. */
  threshold: Float64Array;
  /** The neighbouring observed values, kept side and the other; equal at the last block. */
  gapLo: Float64Array;
  gapHi: Float64Array;
  kept: Int32Array;
  score: Float64Array;
  cost: Float64Array;
  /** Σ (reference − policy) and Σ (reference − policy)². */
  loss: Float64Array;
  lossSquares: Float64Array;
}

/** Exact sweep, O(n log n). Rows whose signal is NaN are never kept. */
export function sweepThreshold(values: Float64Array, op: 'gte' | 'lte', rows: SweepRows): ThresholdSweep {
  const n = values.length;
  const order = orderOf(values);
  if (op === 'gte') order.reverse();
  let blocks = 0;
  for (let i = 0; i < order.length; i++) if (i === 0 || values[order[i]!] !== values[order[i - 1]!]) blocks++;
  const size = blocks + 1;
  const sweep: ThresholdSweep = {
    op,
    n,
    threshold: new Float64Array(size).fill(NaN),
    gapLo: new Float64Array(size).fill(NaN),
    gapHi: new Float64Array(size).fill(NaN),
    kept: new Int32Array(size),
    score: new Float64Array(size),
    cost: new Float64Array(size),
    loss: new Float64Array(size),
    lossSquares: new Float64Array(size),
  };
  let score = 0;
  let cost = 0;
  let loss = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const d = rows.referenceScore[i]! - rows.elseScore[i]!;
    score += rows.elseScore[i]!;
    cost += rows.elseCost[i]!;
    loss += d;
    squares += d * d;
  }
  const put = (k: number, kept: number): void => {
    sweep.kept[k] = kept;
    sweep.score[k] = score;
    sweep.cost[k] = cost;
    sweep.loss[k] = loss;
    sweep.lossSquares[k] = squares;
  };
  put(0, 0);
  let k = 0;
  for (let i = 0; i < order.length;) {
    const value = values[order[i]!]!;
    for (; i < order.length && values[order[i]!] === value; i++) {
      const row = order[i]!;
      const before = rows.referenceScore[row]! - rows.elseScore[row]!;
      const after = rows.referenceScore[row]! - rows.keptScore[row]!;
      score += rows.keptScore[row]! - rows.elseScore[row]!;
      cost += rows.keptCost[row]! - rows.elseCost[row]!;
      loss += after - before;
      squares += after * after - before * before;
    }
    put(++k, i);
    const next = i < order.length ? values[order[i]!]! : value;
    const middle = value / 2 + next / 2;
    const between = op === 'gte' ? middle > next && middle <= value : middle < next && middle >= value;
    sweep.threshold[k] = between ? middle : value;
    sweep.gapLo[k] = Math.min(value, next);
    sweep.gapHi[k] = Math.max(value, next);
  }
  return sweep;
}
