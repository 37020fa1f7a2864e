/** Finding columns by name, with help when there is none. */
import { WorkbenchError } from '../engine/api/index.ts';
import { type OpenedSource, valueAt } from './records.ts';

/** Throws dataset.column_unknown for the first asked column that the source does not have. */
export async function requireColumns(
  source: Pick<OpenedSource, 'columns' | 'name' | 'format' | 'records'>,
  asked: Record<string, string | undefined>,
): Promise<void> {
  for (const [role, column] of Object.entries(asked)) {
    if (column === undefined || source.columns.includes(column)) continue;
    const [root = ''] = column.split('.');
    if (column.includes('.') && source.columns.includes(root)) continue;
    if (await appearsLater(source, column)) continue;
    const near = nearest(column, source.columns);
    throw new WorkbenchError(
      'dataset.column_unknown',
      `${source.name} has no column "${column}" (${role}).`,
      {
        hint: `${near === null ? '' : `Did you mean "${near}"? `}The columns are: ${source.columns.slice(0, 40).join(', ')}.`,
        details: { column, role, columns: source.columns.slice(0, 200) },
      },
    );
  }
}

/** JSON rows need not be alike: a column may first appear after the rows that were looked at. */
async function appearsLater(
  source: Pick<OpenedSource, 'format' | 'records'>,
  column: string,
): Promise<boolean> {
  if (source.format !== 'jsonl' && source.format !== 'json') return false;
  for await (const { fields } of source.records())
    if (fields !== null && valueAt(fields, column) !== undefined) return true;
  return false;
}

/** The closest name within a third of its length, by edit distance; null when none is near. */
export function nearest(wanted: string, names: string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        (next[j - 1] ?? 0) + 1,
        (row[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
