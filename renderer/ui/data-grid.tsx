/** A grid of any number of rows: only what is in view is in the page; one cell at a time can be tabbed to. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useColumnWidths } from './column-widths.ts';
import { GridHeader } from './grid-header.tsx';
import { minWidthPx } from './grid-track.ts';
import { type GridPlace, moveFocus } from './roving-focus.ts';

export interface GridColumn {
  id: string;
  header: string;
  /** What several columns have in common, such as whose they are: a line above the header. */
  over?: string;
  /** CSS grid track, e.g. `90px` or `minmax(200px, 2fr)`, until somebody gives it a width. */
  width: string;
  align?: 'right';
  sorted?: 'ascending' | 'descending';
  /** Makes the column sortable. */
  onSort?: () => void;
  cell: (row: number) => ReactNode;
}

interface Props {
  label: string;
  columns: GridColumn[];
  rows: number;
  /** Called with the rows in view, to fetch them. */
  onShow?: (first: number, last: number) => void;
  /** Enter or double click on a row. */
  onOpen?: (row: number) => void;
  /** The row that is open elsewhere: it is kept in view. */
  openRow?: number | null;
  height?: number;
}

const ROW_PX = 30;

export function DataGrid({ label, columns, rows, onShow, onOpen, openRow = null, height = 420 }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState<GridPlace>({ row: 0, column: 0 });
  const widths = useColumnWidths(label);
  // oxlint-disable-next-line react/incompatible-library -- there is no React compiler in this build
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onShow?.(first, last), [onShow, first, last]);
  useEffect(() => {
    if (openRow !== null) virtual.scrollToIndex(openRow);
  }, [virtual, openRow]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') return focus.row >= 0 ? onOpen?.(focus.row) : undefined;
    const next = moveFocus(focus, event, {
      rows,
      columns: columns.length,
      page: Math.floor(height / ROW_PX) - 2,
      head: true,
    });
    if (next === null) return;
    event.preventDefault();
    setFocus(next);
    if (next.row >= 0) virtual.scrollToIndex(next.row);
    // The row may enter the page only with the next frame.
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        frame.current?.querySelector<HTMLElement>(`[data-cell="${next.row}:${next.column}"]`)?.focus(),
      ),
    );
  };

  const tracks = columns.map((column) => {
    const given = widths[column.id];
    return given === undefined ? column.width : `${given}px`;
  });
  const minWidth = tracks.reduce((sum, track) => sum + minWidthPx(track), 0);
  const template = { gridTemplateColumns: tracks.join(' ') };
  // The focused row may be scrolled out of the page; the first one in view then takes the tab stop.
  const tabRow = focus.row === -1 || (focus.row >= first && focus.row <= last) ? focus.row : first;
  const tabColumn = Math.min(focus.column, columns.length - 1);
  const tabIndex = (row: number, column: number): 0 | -1 => (tabRow === row && tabColumn === column ? 0 : -1);
  return (
    <div
      ref={frame}
      className="kp-grid"
      role="grid"
      aria-label={label}
      aria-rowcount={rows + 1}
      aria-colcount={columns.length}
      style={{ height: Math.min(height, (rows + 1) * ROW_PX + 20) }}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="kp-grid-head" style={{ minWidth }}>
        <div role="row" aria-rowindex={1} className="kp-grid-row" style={template}>
          {columns.map((column, index) => (
            <GridHeader
              key={column.id}
              grid={label}
              column={column}
              tabIndex={tabIndex(-1, index)}
              place={`-1:${index}`}
              onFocus={() => setFocus({ row: -1, column: index })}
            />
          ))}
        </div>
      </div>
      <div role="rowgroup" className="kp-grid-body" style={{ height: virtual.getTotalSize(), minWidth }}>
        {items.map((item) => (
          <div
            key={item.key}
            role="row"
            aria-rowindex={item.index + 2}
            className="kp-grid-row"
            data-open={openRow === item.index ? '' : undefined}
            style={{ ...template, position: 'absolute', top: item.start, height: ROW_PX }}
            onDoubleClick={() => onOpen?.(item.index)}
          >
            {columns.map((column, index) => (
              <div
                key={column.id}
                role="gridcell"
                className="kp-grid-cell"
                data-align={column.align}
                data-cell={`${item.index}:${index}`}
                tabIndex={tabIndex(item.index, index)}
                onFocus={() => setFocus({ row: item.index, column: index })}
              >
                {column.cell(item.index)}
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
