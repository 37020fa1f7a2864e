/** A table small enough to be whole in the page, sorted by its headers. */
import {
  createSortedRowModel,
  type ColumnDef,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import type { ReactNode } from 'react';
import { useMemo } from 'react';
import { Icon } from './icons.tsx';

export interface TableColumn<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** Makes the column sortable. */
  sortBy?: (row: T) => number | string;
  align?: 'right';
  /** A header cell for the row. */
  rowHeader?: boolean;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });

interface Props<T extends object> {
  label: string;
  columns: TableColumn<T>[];
  rows: T[];
  rowId: (row: T) => string;
  marked?: (row: T) => boolean;
  /** Stays above the others however they are sorted. */
  pinned?: (row: T) => boolean;
}

export function SortableTable<T extends object>({ label, columns, rows, rowId, marked, pinned }: Props<T>) {
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const definitions = useMemo(
    () =>
      columns.map((column): ColumnDef<typeof features, T> => ({
        id: column.id,
        header: column.header,
        accessorFn: (row: T) => column.sortBy?.(row) ?? '',
        enableSorting: column.sortBy !== undefined,
        sortFn: 'basic',
      })),
    [columns],
  );
  const table = useTable({ features, columns: definitions, data: rows, getRowId: rowId });
  const sorted = table.getRowModel().rows;
  const isPinned = (row: (typeof sorted)[number]): boolean => pinned?.(row.original) === true;
  const ordered = [...sorted.filter(isPinned), ...sorted.filter((row) => !isPinned(row))];
  return (
    <div className="kp-table-frame" tabIndex={0} role="group" aria-label={label}>
      <table className="kp-table">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const column = byId.get(header.column.id);
                const sorted = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    scope="col"
                    data-align={column?.align}
                    aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : undefined}
                  >
                    {column?.sortBy === undefined ? (
                      column?.header
                    ) : (
                      <button
                        type="button"
                        className="kp-sort"
                        onClick={header.column.getToggleSortingHandler()}
                      >
                        {column.header}
                        {sorted !== false && <Icon name={sorted === 'asc' ? 'up' : 'down'} size={12} />}
                      </button>
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {ordered.map((row) => (
            <tr key={row.id} data-marked={marked?.(row.original) === true ? '' : undefined}>
              {columns.map((column) =>
                column.rowHeader === true ? (
                  <th key={column.id} scope="row" data-align={column.align}>
                    {column.cell(row.original)}
                  </th>
                ) : (
                  <td key={column.id} data-align={column.align}>
                    {column.cell(row.original)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
