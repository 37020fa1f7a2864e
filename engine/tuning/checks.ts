/** What is wrong with outcomes before anything is fitted to them: each with its count. */
import { type FitInput, type OutcomeMatrix, type Warning, WorkbenchError } from '../api/index.ts';
import { nearNamesHint } from '../text/index.ts';

/** A candidate that scores under this share of its peers' median is broken, where the peers do succeed. */
const brokenShare = 0.1;
const peersSucceed = 0.2;
const mostlyMissing = 0.5;

export interface CandidateCheck {
  /** Indices in the matrix, ascending. */
  kept: number[];
  warnings: Warning[];
}

export function checkCandidates(matrix: OutcomeMatrix, input: FitInput): CandidateCheck {
  const warnings = [...invalidOutcomes(matrix)];
  const asked = (input.candidates ?? matrix.candidates).map((id) => {
    const at = matrix.candidates.indexOf(id);
    if (at < 0) throw unknownCandidate(id, matrix.candidates);
    return at;
  });
  const reference = input.reference === 'best' ? -1 : matrix.candidates.indexOf(input.reference);
  if (input.reference !== 'best' && reference < 0) throw unknownCandidate(input.reference, matrix.candidates);
  const all = [...new Set(reference < 0 ? asked : [...asked, reference])].sort((a, b) => a - b);
  const leave = (code: string, why: string, left: Map<number, string>): void => {
    if (left.size === 0) return;
    warnings.push({
      code,
      message: `${left.size === 1 ? 'One candidate is' : `${left.size} candidates are`} left out: ${why}.`,
      count: left.size,
      examples: [...left].slice(0, 10).map(([c, note]) => `${matrix.candidates[c]} (${note})`),
    });
  };

  const broken = brokenCandidates(matrix, all, reference);
  leave('fit.candidate_broken', 'it fails on nearly everything where its peers succeed', broken);
  const silent = new Map(
    all
      .filter((c) => !broken.has(c) && count(matrix.scores[c]!, (s) => s >= 0 && s <= 1) === 0)
      .map((c): [number, string] => [c, `${count(matrix.failed[c]!, (one) => one === 1)} failed calls`]),
  );
  leave('fit.candidate_without_scores', 'it has no scored outcome', silent);
  const working = all.filter((c) => !broken.has(c) && !silent.has(c));
  if (working.length === 0 || silent.has(reference)) {
    throw new WorkbenchError(
      'fit.no_paired_rows',
      silent.has(reference)
        ? `The reference ${input.reference} has no scored outcome.`
        : 'No candidate has a scored outcome.',
      { hint: 'Look at the failures of the run, mend their cause, and `kneepoint run resume --failed`.' },
    );
  }

  const unpriced = new Map<number, string>();
  for (const c of working) {
    const scored = count(matrix.scores[c]!, (s) => s >= 0 && s <= 1);
    const priced = count(
      matrix.costs[c]!,
      (x, row) => x >= 0 && x < Infinity && matrix.scores[c]![row]! >= 0,
    );
    if (priced < mostlyMissing * scored) {
      unpriced.set(c, `${scored - priced} of ${scored} rows without a cost`);
    }
  }
  leave('fit.cost_unknown', 'its cost is unknown on most rows', unpriced);
  const priced = working.filter((c) => !unpriced.has(c));
  if (priced.length === 0 || unpriced.has(reference)) {
    throw new WorkbenchError(
      'fit.cost_unknown',
      reference >= 0 && unpriced.has(reference)
        ? `The cost of the reference ${input.reference} is unknown.`
        : 'No candidate is left whose cost is known.',
      { hint: 'Give costs with the outcomes, or prices for the candidates.' },
    );
  }
  const sparse = input.candidates === undefined ? sparseCandidates(matrix, priced, reference) : new Map();
  leave('fit.candidate_sparse', 'it has outcomes for less than half of the rows its peers have', sparse);
  return { kept: priced.filter((c) => !sparse.has(c)), warnings };
}

function invalidOutcomes(matrix: OutcomeMatrix): Warning[] {
  const found = (
    code: string,
    message: string,
    columns: Float64Array[],
    bad: (x: number) => boolean,
  ): Warning[] => {
    let total = 0;
    const examples: string[] = [];
    columns.forEach((column, c) => {
      column.forEach((x, row) => {
        if (!bad(x)) return;
        total++;
        if (examples.length < 5) examples.push(`${matrix.examples[row]} × ${matrix.candidates[c]}: ${x}`);
      });
    });
    return total === 0 ? [] : [{ code, message: `${total} ${message}`, count: total, examples }];
  };
  return [
    ...found(
      'fit.score_range',
      'scores lie outside [0, 1]; their rows are left out.',
      matrix.scores,
      (x) => x < 0 || x > 1,
    ),
    ...found(
      'fit.cost_negative',
      'costs are negative or infinite; their rows are left out.',
      matrix.costs,
      (x) => x < 0 || x === Infinity,
    ),
  ];
}

/** Compared on rows where the peers have scores: an outcome that failed counts as nothing gained. */
function brokenCandidates(
  matrix: OutcomeMatrix,
  candidates: number[],
  reference: number,
): Map<number, string> {
  const stats = candidates.map((c) => {
    const scored = count(matrix.scores[c]!, (s) => s >= 0 && s <= 1);
    const usable = count(matrix.answers[c]!, (code) => code >= 0);
    let sum = 0;
    for (const s of matrix.scores[c]!) if (s >= 0 && s <= 1) sum += s;
    const failed = count(matrix.failed[c]!, (one) => one === 1);
    return { c, scored, failed, usable, mean: sum / Math.max(1, scored + failed) };
  });
  const broken = new Map<number, string>();
  for (const own of stats) {
    if (own.c === reference) continue;
    const peers = stats
      .filter((other) => other !== own && other.scored > 0)
      .map((other) => other.mean)
      .sort((a, b) => a - b);
    const median = peers[peers.length >> 1];
    if (median === undefined || median < peersSucceed || own.mean > brokenShare * median) continue;
    if (own.scored + own.failed < 10) continue;
    const failures = own.failed > 0 ? `, ${own.failed} failed calls` : '';
    broken.set(
      own.c,
      `scores ${percent(own.mean)} on ${own.scored + own.failed} rows${failures}, its peers ${percent(median)}`,
    );
  }
  return broken;
}

function sparseCandidates(
  matrix: OutcomeMatrix,
  candidates: number[],
  reference: number,
): Map<number, string> {
  const covered = candidates.map((c) => count(matrix.scores[c]!, (s) => s >= 0 && s <= 1));
  const most = Math.max(...covered);
  return new Map(
    candidates.flatMap((c, i): [number, string][] =>
      c !== reference && covered[i]! < mostlyMissing * most ? [[c, `${covered[i]} of ${most} rows`]] : [],
    ),
  );
}

export const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

function count(values: ArrayLike<number>, holds: (x: number, i: number) => boolean): number {
  let n = 0;
  for (let i = 0; i < values.length; i++) if (holds(values[i]!, i)) n++;
  return n;
}

export const unknownCandidate = (candidate: string, known: readonly string[]): WorkbenchError =>
  new WorkbenchError('candidate.unknown', `There are no outcomes of a candidate "${candidate}".`, {
    hint: nearNamesHint(candidate, known, 'candidate'),
    details: { candidate },
  });
