/** A confusion of many classes as a square small enough to read: the classes most often taken for another, and the rest. */
import type { ClassificationReport } from '../../../../engine/api/index.ts';

type Cell = ClassificationReport['confusion'][number];

export const OTHER = 'other classes';
/** Answers that name no class: columns of their own, never a row. */
const unnamed = new Set(['(unparsed)', '(failed)']);

export interface FoldedConfusion {
  /** Expected, top to bottom. */
  rows: string[];
  /** Answered, left to right: the rows, then classes nobody expected, then what could not be read. */
  columns: string[];
  /** Counts by row, then column. */
  counts: number[][];
  /** Classes that stand together under `OTHER`. */
  folded: number;
}

/**
 * The `most` classes with the most errors, as expected and as answered; every other one is counted under `OTHER`, so
 * that the counts add up to all answers. `by`: the order of those shown.
 */
export function foldConfusion(
  confusion: readonly Cell[],
  most: number,
  by: 'errors' | 'name' = 'errors',
): FoldedConfusion {
  const errors = new Map<string, number>();
  const classes = new Set<string>();
  const expectedSomewhere = new Set<string>();
  const marks = new Set<string>();
  const add = (label: string, count: number): void => {
    errors.set(label, (errors.get(label) ?? 0) + count);
  };
  for (const { expected, predicted, count } of confusion) {
    classes.add(expected);
    expectedSomewhere.add(expected);
    if (unnamed.has(predicted)) marks.add(predicted);
    else classes.add(predicted);
    if (expected === predicted) continue;
    add(expected, count);
    if (!unnamed.has(predicted)) add(predicted, count);
  }
  // A class of the very name of the rest is among the rest.
  const ranked = [...classes]
    .filter((label) => label !== OTHER)
    .sort((a, b) => (errors.get(b) ?? 0) - (errors.get(a) ?? 0) || (a < b ? -1 : a > b ? 1 : 0));
  // One class alone is not folded: its name says more than "other".
  const kept = ranked.length <= most + 1 ? ranked : ranked.slice(0, most);
  if (by === 'name') kept.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const folded = classes.size - kept.length;
  const shown = new Set(kept);
  const columns = [...kept, ...(folded > 0 ? [OTHER] : []), ...[...marks].sort()];
  const rows = [...kept.filter((label) => expectedSomewhere.has(label)), ...(folded > 0 ? [OTHER] : [])];
  const [rowAt, columnAt] = [placesOf(rows), placesOf(columns)];
  const counts = rows.map(() => columns.map(() => 0));
  for (const { expected, predicted, count } of confusion) {
    const row = counts[rowAt.get(shown.has(expected) ? expected : OTHER) ?? -1];
    const column = columnAt.get(shown.has(predicted) || marks.has(predicted) ? predicted : OTHER);
    if (row !== undefined && column !== undefined) row[column] = (row[column] ?? 0) + count;
  }
  return { rows, columns, counts, folded };
}

const placesOf = (labels: string[]): Map<string, number> =>
  new Map(labels.map((label, index) => [label, index]));
