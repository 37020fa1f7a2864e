import { csvLine } from '../text/index.ts';
import type { ComparedTable } from './compared-table.ts';

/** The rows as CSV with a header; an unknown number is an empty cell, as is an absent answer. */
export async function* csvOf({ columns, batches }: ComparedTable): AsyncGenerator<string> {
  yield csvLine(columns);
  for await (const batch of batches()) {
    const values = columns.map((name) => batch[name]!);
    const rows = values[0]?.length ?? 0;
    let text = '';
    for (let row = 0; row < rows; row++) text += csvLine(values.map((column) => column[row] ?? null));
    yield text;
  }
}
