import type { OutcomeMatrix, Page } from '../api/index.ts';
import { columnsOf, type RowTexts } from './compare-rows.ts';
import type { RowSelection } from './select-rows.ts';

/** Selected rows to be written somewhere, a batch at a time: all of them are never in memory with their texts. */
export interface ComparedTable {
  /** Names of the page's columns, in the order of the contract; known before the first batch. */
  columns: string[];
  rows: number;
  batches(): AsyncGenerator<Page['columns']>;
}

const BATCH = 2000;

/** The columns of a page (see `CompareRows`) over the rows selected, or the first `limit` of them. */
export async function comparedTable(
  matrix: OutcomeMatrix,
  selection: Pick<RowSelection, 'candidates' | 'baseline'>,
  selected: Int32Array,
  options: { texts: RowTexts; limit?: number },
): Promise<ComparedTable> {
  const rows = selected.subarray(0, options.limit ?? selected.length);
  const none = await columnsOf(matrix, selection, new Int32Array(0), options.texts);
  return {
    columns: Object.keys(none),
    rows: rows.length,
    async *batches() {
      for (let from = 0; from < rows.length; from += BATCH)
        yield columnsOf(matrix, selection, rows.subarray(from, from + BATCH), options.texts);
    },
  };
}

/** `score:a:b` → `score` of candidate `a:b`. The name's own colons stay. */
export function columnPart(name: string): { kind: string; of: string } {
  const colon = name.indexOf(':');
  return colon < 0 ? { kind: name, of: '' } : { kind: name.slice(0, colon), of: name.slice(colon + 1) };
}
