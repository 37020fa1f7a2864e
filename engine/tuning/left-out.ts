/** Rows that not every candidate answered: calls that failed, and outcomes that are not there. */
import type { OutcomeMatrix, Warning } from '../api/index.ts';
import { normalQuantile } from '../math/index.ts';

/** Fewer scores than this on the rows left out tell nothing of them. */
const leastScores = 10;
/** Two means that differ more than chance would in one of a hundred fits are no accident. */
const byAccident = 0.01;

export function failedCallsWarning(matrix: OutcomeMatrix, kept: readonly number[]): Warning[] {
  const failures = kept
    .map((c) => ({ name: matrix.candidates[c]!, n: matrix.failed[c]!.reduce((sum, one) => sum + one, 0) }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => b.n - a.n);
  const count = failures.reduce((sum, { n }) => sum + n, 0);
  if (count === 0) return [];
  return [
    {
      code: 'fit.failed_calls',
      message: `${count} failed calls count as no answer: score 0, and a cascade goes on. Where they are no part of the usual day, repeat them with \`kneepoint run resume --failed\` and fit again.`,
      count,
      examples: failures.slice(0, 5).map(({ name, n }) => `${name}: ${n}`),
    },
  ];
}

export interface LeftOut {
  warnings: Warning[];
  /** Why nothing can be promised: which rows lack an outcome depends on how hard they are. Null: no sign of that. */
  reason: string | null;
}

/** `rows`: those on which all of `kept` have a score and a cost, ascending. */
export function checkLeftOut(matrix: OutcomeMatrix, kept: readonly number[], rows: Int32Array): LeftOut {
  const count = matrix.examples.length - rows.length;
  if (count === 0) return { warnings: [], reason: null };
  const paired = new Uint8Array(matrix.examples.length);
  for (const row of rows) paired[row] = 1;
  const examples = matrix.examples.filter((_, row) => paired[row] === 0).slice(0, 5);
  const warnings: Warning[] = [
    {
      code: 'fit.rows_left_out',
      message: `${count} examples lack a score or a cost of some candidate; they are left out.`,
      count,
      examples,
    },
  ];
  const farApart = normalQuantile(1 - byAccident / 2 / kept.length);
  const differing = kept
    .map((c) => ({ name: matrix.candidates[c]!, ...compare(matrix.scores[c]!, paired) }))
    .filter(({ distance }) => distance > farApart)
    .sort((a, b) => b.distance - a.distance);
  const [most] = differing;
  if (most === undefined) return { warnings, reason: null };
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
  const reason = `Which rows lack an outcome is no accident: ${most.name} scores ${percent(most.left)} on ${most.n} rows left out and ${percent(most.kept)} on those kept, so that nothing can be promised for all requests. Run the missing outcomes.`;
  warnings.push({
    code: 'fit.left_out_differ',
    message: reason,
    count,
    examples: differing.map(({ name }) => name),
  });
  return { warnings, reason };
}

/** A candidate's mean score on either side, and how many standard errors (Welch) lie between them. */
function compare(
  scores: Float64Array,
  paired: Uint8Array,
): { left: number; kept: number; n: number; distance: number } {
  const moments = [0, 1].map((side) => {
    let n = 0;
    let sum = 0;
    let squares = 0;
    for (let row = 0; row < scores.length; row++) {
      const score = scores[row]!;
      if (paired[row] !== side || !(score >= 0 && score <= 1)) continue;
      n++;
      sum += score;
      squares += score * score;
    }
    const mean = sum / n;
    // One success and one failure more, so that a side without spread is not taken for certain.
    const smooth = (sum + 1) / (n + 2);
    return { n, mean, variance: ((squares + 1) / (n + 2) - smooth * smooth) / n };
  });
  const [left, kept] = [moments[0]!, moments[1]!];
  const known = left.n >= leastScores && kept.n >= leastScores;
  return {
    left: left.mean,
    kept: kept.mean,
    n: left.n,
    distance: known ? Math.abs(left.mean - kept.mean) / Math.sqrt(left.variance + kept.variance) : 0,
  };
}
