/** The header of a grid: a press sorts where the column can, its edge is dragged to give it a width. */
import type { KeyboardEvent, PointerEvent } from 'react';
import { setColumnWidth, STEP_PX } from './column-widths.ts';
import type { GridColumn } from './data-grid.tsx';
import { Icon } from './icons.tsx';

interface Props {
  grid: string;
  column: GridColumn;
  tabIndex: 0 | -1;
  place: string;
  onFocus: () => void;
}

export function GridHeader({ grid, column, tabIndex, place, onFocus }: Props) {
  const { sorted, onSort } = column;
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const step = event.key === 'ArrowLeft' ? -STEP_PX : event.key === 'ArrowRight' ? STEP_PX : 0;
    if (event.shiftKey && step !== 0) {
      setColumnWidth(grid, column.id, event.currentTarget.offsetWidth + step);
    } else if ((event.key === 'Enter' || event.key === ' ') && onSort !== undefined) onSort();
    else return;
    event.preventDefault();
    // The grid would move the focus, or open a row.
    event.stopPropagation();
  };
  return (
    <div
      role="columnheader"
      className="kp-grid-cell kp-grid-header"
      data-align={column.align}
      data-sortable={onSort === undefined ? undefined : ''}
      data-cell={place}
      title={column.over === undefined ? column.header : `${column.over}: ${column.header}`}
      tabIndex={tabIndex}
      aria-sort={sorted ?? (onSort === undefined ? undefined : 'none')}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
      onClick={onSort}
    >
      <span className="kp-grid-label">
        {column.over !== undefined && <span className="kp-grid-over">{column.over}</span>} {column.header}
        {sorted !== undefined && (
          <>
            {' '}
            <Icon name={sorted === 'ascending' ? 'up' : 'down'} size={12} />
          </>
        )}
      </span>
      <span
        className="kp-grid-edge"
        aria-hidden="true"
        title="Drag to set the width; double click to set it back"
        onClick={(event) => event.stopPropagation()}
        onDoubleClick={() => setColumnWidth(grid, column.id, null)}
        onPointerDown={(event) => drag(event, (px) => setColumnWidth(grid, column.id, px))}
      />
    </div>
  );
}

/** Follows the pointer until it is let go, wherever it goes. */
function drag(event: PointerEvent<HTMLElement>, onWidth: (px: number) => void): void {
  const edge: HTMLElement = event.currentTarget;
  const cell = edge.parentElement;
  if (cell === null || event.button !== 0) return;
  event.preventDefault();
  const from = event.clientX;
  const width = cell.offsetWidth;
  const stop = new AbortController();
  const { signal } = stop;
  edge.setPointerCapture(event.pointerId);
  edge.addEventListener('pointermove', (moved) => onWidth(width + moved.clientX - from), { signal });
  for (const end of ['pointerup', 'pointercancel'] as const)
    edge.addEventListener(end, () => stop.abort(), { signal });
}
