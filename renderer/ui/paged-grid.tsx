/** A DataGrid over rows that the engine pages; a row opens in a drawer with its whole text. */
import { Drawer } from '@mantine/core';
import { useState } from 'react';
import type { Cell, PagedRows } from '../data/paged-rows.ts';
import { DataGrid, type GridColumn } from './data-grid.tsx';
import { ErrorPanel } from './error-panel.tsx';
import { count, UNKNOWN } from './format.ts';
import { Empty, Waiting } from './screen.tsx';

export interface PagedColumn {
  id: string;
  header: string;
  width: string;
  align?: 'right';
  show?: (value: Cell) => string;
}

interface Props {
  label: string;
  rows: PagedRows;
  columns: PagedColumn[];
  empty: { title: string; text: string };
  height?: number;
}

const plain = (value: Cell): string => (value === null ? UNKNOWN : String(value));
/** Line breaks and long texts stay out of a one-line cell. */
const oneLine = (text: string): string => text.slice(0, 300).replaceAll(/\s+/g, ' ');

export function PagedGrid({ label, rows, columns, empty, height }: Props) {
  const [open, setOpen] = useState<number | null>(null);
  if (rows.error !== null) return <ErrorPanel error={rows.error} />;
  if (rows.total === 0)
    return rows.pending ? <Waiting what="Reading rows…" /> : <Empty title={empty.title}>{empty.text}</Empty>;
  const grid = columns.map((column): GridColumn => ({
    id: column.id,
    header: column.header,
    width: column.width,
    ...(column.align === undefined ? {} : { align: column.align }),
    cell: (row) => {
      const value = rows.cell(row, column.id);
      return value === undefined ? '…' : oneLine((column.show ?? plain)(value));
    },
  }));
  return (
    <>
      <DataGrid
        label={label}
        columns={grid}
        rows={rows.total}
        onShow={rows.show}
        onOpen={setOpen}
        {...(height === undefined ? {} : { height })}
      />
      <p className="kp-grid-foot">{count(rows.total)} rows · arrow keys move, Enter opens a row</p>
      <Drawer
        opened={open !== null}
        onClose={() => setOpen(null)}
        position="right"
        size="lg"
        title={open === null ? '' : `Row ${count(open + 1)}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {open !== null && (
          <dl className="kp-record">
            {rows.columns.map((column) => (
              <div key={column}>
                <dt>{column}</dt>
                <dd>{plain(rows.cell(open, column) ?? null)}</dd>
              </div>
            ))}
          </dl>
        )}
      </Drawer>
    </>
  );
}
