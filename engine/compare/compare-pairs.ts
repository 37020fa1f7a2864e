import {
  type Compared,
  type ComparedPair,
  type CompareInput,
  type Estimate,
  type GateResult,
  type OutcomeMatrix,
  type Warning,
  WorkbenchError,
} from '../api/index.ts';
import { holmAdjust, normalQuantile, normalTwoSided } from '../math/index.ts';
import { type Gate, judgeGates, parseGate } from './gates.ts';
import { type ComparedOn, compareOn, type PairedRows, type RawPair } from './compare-on.ts';

/** Up to here every pair is compared; above, every candidate with the baseline only. */
const maxForAllPairs = 8;
const maxSlices = 100;

/**
 * Candidates side by side on the rows where all of them have a score; rows that lack one are left out and
 * counted, never taken for wrong. Intervals and tests respect `matrix.groups` where rows share one.
 * Pairs against the baseline come first. p-values are Holm-adjusted over all pairs shown (over all slices, apart).
 * Throws `candidate.unknown`, `compare.no_pairs` and, for an unknown tag, `dataset.column_unknown`.
 */
export function comparePairs(matrix: OutcomeMatrix, input: CompareInput): Compared {
  const gates = (input.failIf ?? []).map(parseGate);
  const candidates = chosenCandidates(matrix, input.candidates);
  const rows = pairedRows(matrix, candidates);
  const n = rows ? rows.length : matrix.examples.length;
  if (n === 0) {
    throw new WorkbenchError(
      'compare.no_pairs',
      'There is no example for which every candidate has a score.',
      {
        hint: 'Compare fewer candidates, or runs that cover the same examples.',
        details: { candidates: candidates.map((index) => matrix.candidates[index]) },
      },
    );
  }
  const baseline = baselineOf(matrix, candidates, input, rows);
  const paired: PairedRows = { matrix, rows, candidates, level: input.level, seed: input.seed };
  const pairs = matrix.versions ? pairsOverTime(matrix.versions, candidates) : pairsOf(candidates, baseline);
  const whole = compareOn(paired, pairs);
  const warnings = warningsOf(matrix, candidates, rows, whole);
  const compared = {
    n,
    groups: whole.groups,
    leftOut: matrix.examples.length - n,
    baseline: matrix.candidates[baseline]!,
    prices: null,
    overTime: null,
    candidates: whole.candidates,
    pairs: judge([whole], input)[0]!,
    by: input.by === undefined ? null : slices(paired, pairs, { ...input, by: input.by }, warnings),
    warnings,
  };
  const against = matrix.versions ? pairs : pairs.filter(([, b]) => b === baseline);
  const plain = gates.filter(({ within }) => within === null);
  const judged = {
    candidates: compared.candidates,
    pairs: compared.pairs.slice(0, against.length),
    slice: null,
  };
  return {
    ...compared,
    gates: [...judgeGates(judged, plain), ...gates.flatMap((gate) => judgeWithin(gate, paired, against))],
  };
}

/** Within each value of a tag the level is shared out (Bonferroni), so that many slices do not fail by chance. */
function judgeWithin(gate: Gate, paired: PairedRows, pairs: [number, number][]): GateResult[] {
  if (gate.within === null) return [];
  const { tag, value } = gate.within;
  const { ordered } = rowsByTag(paired, tag);
  const chosen = ordered.filter(([name]) => value === null || name === value).slice(0, maxSlices);
  if (chosen.length === 0) {
    throw new WorkbenchError(
      'input.invalid',
      `No compared row has ${tag}${value === null ? '' : ` = ${value}`}.`,
      {
        hint: `Its values: ${
          ordered
            .slice(0, 10)
            .map(([name]) => name)
            .join(', ') || 'none'
        }.`,
      },
    );
  }
  const level = 1 - (1 - paired.level) / chosen.length;
  return chosen.flatMap(([name, rows]) => {
    const part = compareOn({ ...paired, level, rows: Int32Array.from(rows) }, pairs);
    return judgeGates({ ...part, slice: { tag, value: name } }, [gate]);
  });
}

/** Indexes of the candidates asked for, in their order. Duplicates count once. */
export function chosenCandidates(matrix: OutcomeMatrix, asked: string[] | undefined): number[] {
  return [...new Set(asked ?? matrix.candidates)].map((id) => indexOf(matrix, id));
}

export function indexOf(matrix: OutcomeMatrix, id: string): number {
  const index = matrix.candidates.indexOf(id);
  if (index >= 0) return index;
  const known = matrix.candidates.slice(0, 10).join(', ');
  throw new WorkbenchError('candidate.unknown', `These runs have no candidate ${id}.`, {
    hint: `Name one of: ${known}${matrix.candidates.length > 10 ? ', …' : ''}.`,
    details: { candidate: id },
  });
}

export function tagColumn(matrix: OutcomeMatrix, tag: string): (string | null)[] {
  const values = Object.hasOwn(matrix.tags, tag) ? matrix.tags[tag] : undefined;
  if (values) return values;
  const known = Object.keys(matrix.tags);
  throw new WorkbenchError('dataset.column_unknown', `The dataset has no tag column ${tag}.`, {
    hint: known.length > 0 ? `Its tags: ${known.join(', ')}.` : 'Import it again with `--tags COLUMN`.',
    details: { column: tag },
  });
}

/** Null where every row is paired. */
function pairedRows(matrix: OutcomeMatrix, candidates: number[]): Int32Array | null {
  const n = matrix.examples.length;
  const rows = new Int32Array(n);
  let count = 0;
  for (let row = 0; row < n; row++) {
    if (candidates.every((index) => !Number.isNaN(matrix.scores[index]![row]!))) rows[count++] = row;
  }
  return count === n ? null : rows.slice(0, count);
}

function baselineOf(
  matrix: OutcomeMatrix,
  candidates: number[],
  input: CompareInput,
  rows: Int32Array | null,
): number {
  if (input.baseline !== undefined) {
    const index = indexOf(matrix, input.baseline);
    if (candidates.includes(index)) return index;
    throw new WorkbenchError(
      'candidate.unknown',
      `The baseline ${input.baseline} is not among those compared.`,
      {
        hint: 'Add it to the candidates, or choose another baseline.',
      },
    );
  }
  if (input.candidates || matrix.versions) return candidates[0]!;
  let best = candidates[0]!;
  let most = -Infinity;
  for (const index of candidates) {
    const scores = matrix.scores[index]!;
    let sum = 0;
    if (rows) for (const row of rows) sum += scores[row]!;
    else for (const score of scores) sum += score;
    if (sum > most) {
      most = sum;
      best = index;
    }
  }
  return best;
}

/** Each candidate as `a` against the baseline as `b`, then the others among themselves. */
function pairsOf(candidates: number[], baseline: number): [number, number][] {
  const others = candidates.filter((index) => index !== baseline);
  const pairs = others.map((index): [number, number] => [index, baseline]);
  if (candidates.length > maxForAllPairs) return pairs;
  others.forEach((a, i) => {
    for (const b of others.slice(i + 1)) pairs.push([a, b]);
  });
  return pairs;
}

/** Each candidate in a later run against itself in the first of those compared. */
function pairsOverTime(
  versions: NonNullable<OutcomeMatrix['versions']>,
  candidates: number[],
): [number, number][] {
  const first = new Map<string, number>();
  const pairs: [number, number][] = [];
  for (const index of candidates.toSorted((a, b) => a - b)) {
    const { candidate } = versions[index]!;
    const before = first.get(candidate);
    if (before === undefined) first.set(candidate, index);
    else pairs.push([index, before]);
  }
  return pairs;
}

/** Verdicts after Holm over all pairs of all parts. */
function judge(
  parts: { pairs: RawPair[] }[],
  { level, detect }: Pick<CompareInput, 'level' | 'detect'>,
): ComparedPair[][] {
  const adjusted = holmAdjust(parts.flatMap((part) => part.pairs.map((pair) => pair.test.p)));
  let next = 0;
  return parts.map((part) =>
    part.pairs.map((pair): ComparedPair => {
      const pAdjusted = adjusted[next++]!;
      const told = pAdjusted <= 1 - level && pair.delta.mean !== 0;
      const verdict = told ? (pair.delta.mean > 0 ? 'better' : 'worse') : 'tied';
      return {
        ...pair,
        test: { ...pair.test, pAdjusted },
        verdict,
        detectable: detectable(pair.delta),
        rowsNeeded: rowsNeeded(pair.delta, detect),
      };
    }),
  );
}

/**
 * (z of the level + z of 80 % power) standard errors, the standard error being that of the interval (Cohen 1988, 2.2;
 * for evaluations Miller 2024, "Adding Error Bars to Evals", 5).
 */
function detectable(delta: Estimate): number | null {
  const difference = shownInFourOfFive(delta);
  return difference > 0 ? Math.min(1, difference) : null;
}

/** Standard errors fall with the square root of the rows. */
function rowsNeeded(delta: Estimate, wanted: number | undefined): number | null {
  if (wanted === undefined) return null;
  const difference = shownInFourOfFive(delta);
  return difference > 0 ? Math.ceil(delta.n * (difference / wanted) ** 2) : null;
}

function shownInFourOfFive({ lo, hi, level }: Estimate): number {
  const z = normalTwoSided(level);
  return ((z + normalQuantile(0.8)) * (hi - lo)) / 2 / z;
}

/** Paired rows by value of a tag, the most frequent first; rows without one apart. */
function rowsByTag(paired: PairedRows, tag: string): { ordered: [string, number[]][]; untagged: number[] } {
  const values = tagColumn(paired.matrix, tag);
  const rowsOf = new Map<string, number[]>();
  const untagged: number[] = [];
  const total = paired.rows ? paired.rows.length : values.length;
  for (let i = 0; i < total; i++) {
    const row = paired.rows ? paired.rows[i]! : i;
    const value = values[row] ?? null;
    const rows = value === null ? untagged : rowsOf.get(value);
    if (rows) rows.push(row);
    else rowsOf.set(value!, [row]);
  }
  const ordered = [...rowsOf].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  return { ordered, untagged };
}

function slices(
  paired: PairedRows,
  pairs: [number, number][],
  input: { by: string } & Pick<CompareInput, 'level' | 'detect'>,
  warnings: Warning[],
): NonNullable<Compared['by']> {
  const { by: tag } = input;
  const { ordered, untagged } = rowsByTag(paired, tag);
  const shown = ordered.slice(0, maxSlices);
  if (untagged.length > 0) {
    warnings.push({
      code: 'compare.untagged',
      message: `${untagged.length} paired rows have no ${tag} and are in no slice.`,
      count: untagged.length,
      examples: untagged.slice(0, 3).map((row) => paired.matrix.examples[row]!),
    });
  }
  if (ordered.length > shown.length) {
    warnings.push({
      code: 'compare.slices_left_out',
      message: `${tag} has ${ordered.length} values; the ${maxSlices} most frequent are shown.`,
      count: ordered.length - shown.length,
      examples: ordered.slice(maxSlices, maxSlices + 3).map(([value]) => value),
    });
  }
  const parts = shown.map(([, rows]) => compareOn({ ...paired, rows: Int32Array.from(rows) }, pairs));
  const judged = judge(parts, input);
  return {
    tag,
    slices: shown.map(([value], i) => {
      const { n, candidates } = parts[i]!;
      return { value, n, candidates, pairs: judged[i]! };
    }),
  };
}

function warningsOf(
  matrix: OutcomeMatrix,
  candidates: number[],
  rows: Int32Array | null,
  whole: ComparedOn,
): Warning[] {
  const warnings: Warning[] = [];
  const leftOut = matrix.examples.length - whole.n;
  if (leftOut > 0) {
    const kept = new Set(rows);
    const examples: string[] = [];
    for (let row = 0; row < matrix.examples.length && examples.length < 3; row++) {
      if (!kept.has(row)) examples.push(matrix.examples[row]!);
    }
    const message = `${leftOut} examples lack a score of some candidate and are left out.`;
    warnings.push({ code: 'compare.left_out', message, count: leftOut, examples });
  }
  const failures = (index: number): number => matrix.failed[index]!.reduce((sum, one) => sum + one, 0);
  const failed = candidates.filter((index) => failures(index) > 0);
  if (failed.length > 0) {
    const count = failed.reduce((sum, index) => sum + failures(index), 0);
    warnings.push({
      code: 'compare.failed',
      message: `${count} outcomes of ${failed.length} candidates failed; a failed one has no score.`,
      count,
      examples: failed.slice(0, 3).map((index) => matrix.candidates[index]!),
    });
  }
  const unpriced = whole.candidates.filter((one) => (one.costUsd?.n ?? 0) < whole.n).map((one) => one.id);
  if (unpriced.length > 0) {
    warnings.push({
      code: 'compare.cost_unknown',
      message: `The cost of ${unpriced.length} candidates is not known on every row; their means are of the rows where it is.`,
      count: unpriced.length,
      examples: unpriced.slice(0, 3),
    });
  }
  return warnings;
}
