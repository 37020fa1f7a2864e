/** Rows that not every candidate answered: how many, and whether they are like the others. */
import type { OutcomeMatrix, Warning } from '../api/index.ts';

/** Fewer scores than this on the rows left out tell nothing of them. */
const leastScores = 10;
/** Standard errors between the two means that chance is not asked to explain: two-sided 1 %. */
const farApart = 2.58;

/** `rows`: those on which all of `kept` have a score and a cost, ascending. */
export function leftOutWarnings(matrix: OutcomeMatrix, kept: readonly number[], rows: Int32Array): Warning[] {
  const count = matrix.examples.length - rows.length;
  if (count === 0) return [];
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
  const differing = kept
    .map((c) => ({ name: matrix.candidates[c]!, ...compare(matrix.scores[c]!, paired) }))
    .filter(({ distance }) => distance > farApart)
    .sort((a, b) => b.distance - a.distance);
  const [most] = differing;
  if (most === undefined) return warnings;
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
  warnings.push({
    code: 'fit.left_out_differ',
    message: `Which rows lack an outcome is no accident: ${most.name} scores ${percent(most.left)} on ${most.n} rows left out and ${percent(most.kept)} on those kept. What is certified holds for requests like those kept; run the missing outcomes.`,
    count,
    examples: differing.map(({ name }) => name),
  });
  return warnings;
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
