import type { RejectedRow } from '../../engine/api/index.ts';
import { DataGrid, type GridColumn } from './data-grid.tsx';
import { count } from './format.ts';
import { rejectionWords } from './rejections.ts';

/** Rows an import could not use: where each is, why, and what can be done. */
export function RejectedGrid({ rows, height = 260 }: { rows: RejectedRow[]; height?: number }) {
  const column = (
    id: string,
    header: string,
    width: string,
    textOf: (row: RejectedRow) => string,
  ): GridColumn => ({
    id,
    header,
    width,
    cell: (index) => titled(rows[index], textOf),
  });
  return (
    <DataGrid
      label="Rows left out"
      rows={rows.length}
      height={height}
      columns={[
        { ...column('line', 'Line', '80px', (row) => count(row.line)), align: 'right' },
        column('reason', 'Reason', '170px', (row) => rejectionWords[row.code].reason),
        column('message', 'What was found', 'minmax(180px, 1.4fr)', (row) => row.message),
        column('fix', 'What to do', 'minmax(200px, 2fr)', (row) => rejectionWords[row.code].fix),
      ]}
    />
  );
}

function titled(row: RejectedRow | undefined, textOf: (row: RejectedRow) => string) {
  const text = row === undefined ? '' : textOf(row);
  return <span title={text}>{text}</span>;
}
