/** A DataGrid over rows that the engine pages; a row opens in a drawer with its whole text. */
import { Button, Drawer } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Cell, PagedRows } from '../data/paged-rows.ts';
import { DataGrid, type GridColumn } from './data-grid.tsx';
import { ErrorPanel } from './error-panel.tsx';
import { count, UNKNOWN } from './format.ts';
import { Keys } from '../app/keys.tsx';
import { Empty, Waiting } from './screen.tsx';

export interface PagedColumn {
  id: string;
  header: string;
  over?: string;
  width: string;
  align?: 'right';
  sorted?: 'ascending' | 'descending';
  onSort?: () => void;
  show?: (value: Cell, row: number) => string;
}

interface Props {
  label: string;
  rows: PagedRows;
  columns: PagedColumn[];
  empty: { title: string; text: string };
  height?: number;
  /** What the drawer shows of a row, where it is more than a list of its columns. */
  renderRow?: (row: number) => ReactNode;
}

const plain = (value: Cell): string => (value === null ? UNKNOWN : String(value));
/** Line breaks and long texts stay out of a one-line cell. */
const oneLine = (text: string): string => text.slice(0, 300).replaceAll(/\s+/g, ' ');

export function PagedGrid({ label, rows, columns, empty, height, renderRow }: Props) {
  const [open, setOpen] = useState<number | null>(null);
  if (rows.error !== null) return <ErrorPanel error={rows.error} />;
  if (rows.total === 0)
    return rows.pending ? <Waiting what="Reading rows…" /> : <Empty title={empty.title}>{empty.text}</Empty>;
  const grid = columns.map(({ show = plain, ...column }): GridColumn => ({
    ...column,
    cell: (row) => {
      const value = rows.cell(row, column.id);
      return value === undefined ? '…' : oneLine(show(value, row));
    },
  }));
  const go = (step: number): void =>
    setOpen((was) => (was === null ? null : Math.max(0, Math.min(rows.total - 1, was + step))));
  return (
    <>
      <DataGrid
        label={label}
        columns={grid}
        rows={rows.total}
        onShow={rows.show}
        onOpen={setOpen}
        openRow={open}
        {...(height === undefined ? {} : { height })}
      />
      <p className="kp-grid-foot">
        {count(rows.total)} rows · arrow keys move, Enter opens a row
        {columns.some((column) => column.onSort !== undefined) && ' or sorts by a heading'}; in the headings
        Shift and an arrow set the width
      </p>
      <Drawer
        opened={open !== null}
        onClose={() => setOpen(null)}
        position="right"
        size="lg"
        title={open === null ? '' : `Row ${count(open + 1)}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          if (event.key === 'j') go(1);
          if (event.key === 'k') go(-1);
        }}
      >
        {open !== null && (
          <>
            <div className="kp-step">
              <Button
                variant="default"
                size="compact-xs"
                disabled={open === 0}
                rightSection={<Keys keys="k" />}
                onClick={() => go(-1)}
              >
                Previous
              </Button>
              <Button
                variant="default"
                size="compact-xs"
                disabled={open >= rows.total - 1}
                rightSection={<Keys keys="j" />}
                onClick={() => go(1)}
              >
                Next
              </Button>
              <span className="kp-note">of {count(rows.total)}</span>
            </div>
            {renderRow === undefined ? <Record rows={rows} row={open} /> : renderRow(open)}
          </>
        )}
      </Drawer>
    </>
  );
}

function Record({ rows, row }: { rows: PagedRows; row: number }) {
  return (
    <dl className="kp-record">
      {rows.columns.map((column) => (
        <div key={column}>
          <dt>{column}</dt>
          <dd>{plain(rows.cell(row, column) ?? null)}</dd>
        </div>
      ))}
    </dl>
  );
}
