/** Rows of the same input: repeats, conflicting answers, inputs that stand in more than one split. */
import type { DatasetFinding } from '../../engine/api/index.ts';
import { finding } from './findings.ts';

/** Columns of equal length: what is kept of every row. */
export interface RowFacts {
  ids: string[];
  /** Dense numbers: equal inputs have equal ones. */
  exact: number[];
  /** The same after normalisation. */
  normalised: number[];
  /** Of the answer as written, and after normalisation; −1: none. */
  answers: number[];
  plainAnswers: number[];
  /** 0 fit, 1 calibrate, 2 test, −1 none. */
  parts: number[];
}
export const parts = ['fit', 'calibrate', 'test'] as const;

export function repeats(rows: RowFacts): DatasetFinding[] {
  const exact = grouped(rows.exact);
  const normalised = grouped(rows.normalised);
  const ids = (group: number[]): string[] => group.map((row) => rows.ids[row]!);
  const findings: DatasetFinding[] = [];
  const repeated = exact.reduce((sum, group) => sum + group.length - 1, 0);
  if (repeated > 0)
    findings.push(
      finding({
        code: 'duplicates_exact',
        message: `${exact.length} inputs stand in more than one row; ${repeated} rows repeat an earlier one.`,
        count: repeated,
        unit: 'rows',
        groups: exact.map(ids),
      }),
    );
  const looser = normalised.filter((group) => distinct(group, rows.exact) > 1);
  const loosely = looser.reduce((sum, group) => sum + distinct(group, rows.exact) - 1, 0);
  if (loosely > 0)
    findings.push(
      finding({
        code: 'duplicates_normalised',
        message: 'Inputs equal an earlier one but for case, blanks, quotes or closing punctuation.',
        count: loosely,
        unit: 'inputs',
        groups: looser.map(ids),
      }),
    );
  const conflicting = exact.filter((group) => distinct(group, rows.plainAnswers) > 1);
  if (conflicting.length > 0)
    findings.push(
      finding({
        code: 'labels_conflicting',
        message: 'The same input has different expected answers.',
        count: conflicting.length,
        unit: 'inputs',
        groups: conflicting.map(ids),
      }),
    );
  // Only those that the exact inputs do not show already.
  const shown = new Set(conflicting.map(([row]) => rows.normalised[row!]!));
  const loose = looser.filter(
    (group) => distinct(group, rows.plainAnswers) > 1 && !shown.has(rows.normalised[group[0]!]!),
  );
  if (loose.length > 0)
    findings.push(
      finding({
        code: 'labels_conflicting_normalised',
        message:
          'Inputs that differ in case, blanks, quotes or closing punctuation alone have different answers.',
        count: loose.length,
        unit: 'inputs',
        groups: loose.map(ids),
      }),
    );
  const leaks = leaked(normalised, rows);
  if (leaks.length > 0)
    findings.push(
      finding({
        code: 'split_leakage',
        message: 'Rows of a later split have an input (normalised) that stands in an earlier split.',
        count: leaks.length,
        unit: 'rows',
        groups: leaks.map(({ row, earlier }) => ids([row, earlier])),
        examples: leaks.map(({ row, earlier }) => `${named(rows, row)} = ${named(rows, earlier)}`),
      }),
    );
  const variants = grouped(rows.plainAnswers).filter((group) => distinct(group, rows.answers) > 1);
  if (variants.length > 0)
    findings.push(
      finding({
        code: 'labels_case',
        message: 'Expected answers are written in more than one way (case, blanks, closing punctuation).',
        count: variants.length,
        unit: 'values',
        groups: variants.map(ids),
      }),
    );
  return findings;
}

export const named = (rows: RowFacts, row: number): string => {
  const part = parts[rows.parts[row]!];
  return part === undefined ? rows.ids[row]! : `${rows.ids[row]} (${part})`;
};

/** Each row whose input stands in an earlier part too, with the first such row: fit before calibrate before test. */
function leaked(groups: number[][], rows: RowFacts): { row: number; earlier: number }[] {
  return groups.flatMap((group) =>
    group.flatMap((row) => {
      const earlier = group.find((other) => rows.parts[other]! >= 0 && rows.parts[other]! < rows.parts[row]!);
      return earlier === undefined ? [] : [{ row, earlier }];
    }),
  );
}

/** Rows of equal number, in order, where there are at least two; −1 is no number. */
function grouped(numbers: number[]): number[][] {
  const first = new Map<number, number>();
  const groups = new Map<number, number[]>();
  for (let row = 0; row < numbers.length; row++) {
    const number = numbers[row]!;
    if (number < 0) continue;
    const earlier = first.get(number);
    if (earlier === undefined) {
      first.set(number, row);
      continue;
    }
    const group = groups.get(number);
    if (group === undefined) groups.set(number, [earlier, row]);
    else group.push(row);
  }
  return [...groups.values()];
}

const distinct = (group: number[], numbers: number[]): number =>
  new Set(group.map((row) => numbers[row]!)).size;
