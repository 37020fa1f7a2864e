/** What labels known before any call tell of a target, as terms of a logit: the base that a text score is learnt upon. */
import type { LabelColumn } from './sources.ts';

export interface LabelTable {
  field: string;
  /** Sorted by label. */
  table: [string, number][];
  /** For a label not in the table, and for none. */
  default: number;
}

const shrinkWeight = 10;

/**
 * Column by column in the order given, each on what the ones before leave unexplained: a label's mean residual, shrunk
 * to 0 with the weight of ten rows, times 4 (the slope of the logit at one half). Rounded to 5 digits, as the policy
 * carries it. `target` in [0, 1].
 */
export function learnLabelOffsets(
  columns: readonly LabelColumn[],
  rows: Int32Array,
  target: (row: number) => number,
): { tables: LabelTable[]; offset: (row: number) => number } {
  let overall = 0;
  for (const row of rows) overall += target(row) / Math.max(1, rows.length);
  const residual = new Map(Array.from(rows, (row) => [row, target(row) - overall]));
  const tables = columns.map(({ field, values }): LabelTable => {
    const sums = new Map<string, { n: number; sum: number }>();
    for (const row of rows) {
      const label = values[row] ?? null;
      if (label === null) continue;
      const entry = sums.get(label) ?? { n: 0, sum: 0 };
      entry.n++;
      entry.sum += residual.get(row)!;
      sums.set(label, entry);
    }
    const mean = new Map([...sums].map(([label, { n, sum }]) => [label, sum / (n + shrinkWeight)]));
    for (const row of rows) residual.set(row, residual.get(row)! - (mean.get(values[row] ?? '') ?? 0));
    const table = [...mean]
      .map(([label, x]): [string, number] => [label, Number((4 * x).toPrecision(5))])
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return { field, table, default: 0 };
  });
  return { tables, offset: offsetOf(columns, tables) };
}

function offsetOf(columns: readonly LabelColumn[], tables: readonly LabelTable[]): (row: number) => number {
  const known = tables.map(({ table }, i) => ({ of: new Map(table), values: columns[i]!.values }));
  return (row) => {
    let z = 0;
    for (const { of, values } of known) z += of.get(values[row] ?? '') ?? 0;
    return z;
  };
}
