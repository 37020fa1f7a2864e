/**
 * Rows whose expected answer is probably wrong, judged by candidates' outcomes. Two signs: nearly all of several good
 * candidates miss the row; or they agree on another answer as firmly as they do on rows that carry that answer
 * (confident learning: Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels",
 * JAIR 70, 2021, section 3.1, with the share of candidates that give an answer as its predicted probability).
 */
import type { DatasetFinding, OutcomeMatrix } from '../../engine/api/index.ts';
import { finding } from './findings.ts';

/** Candidates whose mean score is lower say little about a label. */
export const GOOD = 0.7;
const FEW_ANSWERS = 3;
/** A row is missed where at most this share of the good candidates has it right. */
const MISSED = 0.1;
/** Classes of fewer rows share one threshold. */
const CLASS_ROWS = 5;

export type Votes = Pick<OutcomeMatrix, 'examples' | 'candidates' | 'scores' | 'answers'>;

export interface LabelSuspects {
  findings: DatasetFinding[];
  note: string;
}

/** At least three good candidates are needed: two that fail alike prove nothing. */
export function labelSuspects(matrix: Votes): LabelSuspects {
  const means = matrix.scores.map(meanScore);
  const good = means.flatMap((mean, candidate) => (mean >= GOOD ? [candidate] : []));
  if (good.length < FEW_ANSWERS)
    return {
      findings: [],
      note: `Label errors were not looked for: ${good.length} candidates of mean score ${GOOD} and more, ${FEW_ANSWERS} are needed.`,
    };
  const missed = missedRows(matrix, good);
  const agreed = confidentDisagreements(matrix, good);
  const id = (row: number): string => matrix.examples[row]!;
  const findings: DatasetFinding[] = [];
  if (missed.length > 0)
    findings.push(
      finding({
        code: 'label_suspect_missed',
        message: `Nearly all of ${good.length} candidates that score ${GOOD} and more miss these rows.`,
        count: missed.length,
        unit: 'rows',
        groups: missed.map((row) => [id(row)]),
      }),
    );
  if (agreed.length > 0)
    findings.push(
      finding({
        code: 'label_suspect_agreed',
        message: 'Candidates agree on another answer as firmly as they do where it is the expected one.',
        count: agreed.length,
        unit: 'rows',
        groups: agreed.map((row) => [id(row)]),
      }),
    );
  return {
    findings,
    note: `Label errors: judged by ${good.length} candidates of mean score ${GOOD} and more.`,
  };
}

function meanScore(scores: Float64Array): number {
  let sum = 0;
  let n = 0;
  for (const score of scores) {
    if (Number.isNaN(score)) continue;
    sum += score;
    n++;
  }
  return n === 0 ? Number.NaN : sum / n;
}

/** Rows that three candidates or more answered, at most a tenth of them well (score ≥ ½). Most answered first. */
function missedRows({ scores, examples }: Votes, good: number[]): number[] {
  const rows: { row: number; answered: number }[] = [];
  for (let row = 0; row < examples.length; row++) {
    const known = good.map((candidate) => scores[candidate]![row]!).filter((score) => !Number.isNaN(score));
    const right = known.filter((score) => score >= 0.5).length;
    if (known.length >= FEW_ANSWERS && right <= known.length * MISSED)
      rows.push({ row, answered: known.length });
  }
  return rows.sort((a, b) => b.answered - a.answered || a.row - b.row).map(({ row }) => row);
}

/**
 * p(row, answer): the share of good candidates that give it. The threshold of an answer is the mean of p over the rows
 * that carry it (the expected answer is known as the one that scored 1); a row is a suspect where another answer
 * reaches its threshold, is given by most candidates, and by more than give the expected one.
 */
export function confidentDisagreements({ scores, answers, examples }: Votes, good: number[]): number[] {
  const n = examples.length;
  const top: { answer: number; share: number; own: number }[] = [];
  const carried = new Map<number, { sum: number; rows: number }>();
  let pooled = { sum: 0, rows: 0 };
  for (let row = 0; row < n; row++) {
    const counts = new Map<number, number>();
    let voters = 0;
    let expected = -1;
    for (const candidate of good) {
      const answer = answers[candidate]![row]!;
      if (answer < 0) continue;
      voters++;
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
      if (scores[candidate]![row] === 1) expected = answer;
    }
    const own = expected < 0 ? 0 : (counts.get(expected) ?? 0) / voters;
    if (voters >= FEW_ANSWERS && expected >= 0) {
      const seen = carried.get(expected) ?? { sum: 0, rows: 0 };
      carried.set(expected, { sum: seen.sum + own, rows: seen.rows + 1 });
      pooled = { sum: pooled.sum + own, rows: pooled.rows + 1 };
    }
    const others = [...counts]
      .filter(([answer]) => answer !== expected)
      .sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const [best] = others;
    top.push(
      best === undefined || voters < FEW_ANSWERS
        ? { answer: -1, share: 0, own }
        : { answer: best[0], share: best[1] / voters, own },
    );
  }
  const threshold = (answer: number): number => {
    const own = carried.get(answer);
    const of = own !== undefined && own.rows >= CLASS_ROWS ? own : pooled;
    return of.rows === 0 ? Number.POSITIVE_INFINITY : of.sum / of.rows;
  };
  return top
    .map((vote, row) => ({ ...vote, row }))
    .filter(
      ({ answer, share, own }) => answer >= 0 && share > 0.5 && share > own && share >= threshold(answer),
    )
    .sort((a, b) => b.share - b.own - (a.share - a.own) || a.row - b.row)
    .map(({ row }) => row);
}
