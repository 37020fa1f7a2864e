import type { OutcomeMatrix } from '../api/index.ts';

/**
 * The same outcomes with failed calls as what they are to whoever waits: no answer, score 0, no signal; a cascade goes
 * on to its next attempt. A failed call of unknown cost counts as costing what the candidate's others cost on average,
 * since it may have been charged. Absent outcomes stay absent. Returns `matrix` itself where nothing failed.
 */
export function countFailures(matrix: OutcomeMatrix): OutcomeMatrix {
  if (matrix.failed.every((failed) => !failed.includes(1))) return matrix;
  const numbers = (values: Float64Array, failed: Uint8Array, put: (x: number) => number): Float64Array =>
    values.map((x, row) => (failed[row] === 1 ? put(x) : x));
  return {
    ...matrix,
    scores: matrix.scores.map((scores, c) => numbers(scores, matrix.failed[c]!, () => 0)),
    costs: matrix.costs.map((costs, c) => {
      const usual = meanOf(costs);
      return numbers(costs, matrix.failed[c]!, (cost) => (Number.isNaN(cost) ? usual : cost));
    }),
    answers: matrix.answers.map((answers, c) =>
      answers.map((code, row) => (matrix.failed[c]![row] === 1 ? -1 : code)),
    ),
    signals: matrix.signals.map((signal) => {
      const failed =
        signal.candidate === null ? null : matrix.failed[matrix.candidates.indexOf(signal.candidate)];
      if (failed === null || failed === undefined || !failed.includes(1)) return signal;
      return {
        ...signal,
        values:
          signal.values instanceof Float64Array
            ? numbers(signal.values, failed, () => NaN)
            : signal.values.map((x, row) => (failed[row] === 1 ? null : x)),
      };
    }),
  };
}

/** Mean of what is known; NaN where nothing is. */
function meanOf(values: Float64Array): number {
  let n = 0;
  let sum = 0;
  for (const x of values) {
    if (!(x >= 0 && x < Infinity)) continue;
    n++;
    sum += x;
  }
  return sum / n;
}
