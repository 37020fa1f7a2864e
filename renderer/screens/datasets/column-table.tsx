/** What the columns hold: type, what is missing, how many values, their range and shape, the most frequent ones. */
import type { ColumnSummary } from '../../../engine/api/index.ts';
import { count, percent } from '../../ui/format.ts';
import { SortableTable, type TableColumn } from '../../ui/sortable-table.tsx';

const columnsOf = (rows: number): TableColumn<ColumnSummary>[] => [
  {
    id: 'name',
    header: 'Column',
    rowHeader: true,
    cell: (row) => (
      <>
        {row.name} <span className="kp-note">{row.role}</span>
      </>
    ),
  },
  { id: 'type', header: 'Type', cell: (row) => row.type },
  {
    id: 'nulls',
    header: 'Empty',
    align: 'right',
    sortBy: (row) => row.nulls,
    cell: (row) => (
      <span className="kp-nowrap">
        {count(row.nulls)}
        {row.nulls > 0 && <span className="kp-note"> {percent(row.nulls / rows)}</span>}
      </span>
    ),
  },
  {
    id: 'distinct',
    header: 'Distinct',
    align: 'right',
    sortBy: (row) => row.distinct,
    cell: (row) => count(row.distinct),
  },
  {
    id: 'range',
    header: 'Least · median · p95 · most',
    align: 'right',
    cell: (row) => <Range column={row} />,
  },
  { id: 'shape', header: 'Shape', cell: (row) => <Sparkline column={row} /> },
  { id: 'top', header: 'Most frequent', cell: (row) => <TopValues column={row} /> },
];

export function ColumnTable({ columns, rows }: { columns: ColumnSummary[]; rows: number }) {
  return (
    <SortableTable
      label="Columns"
      columns={columnsOf(rows)}
      rows={columns}
      rowId={(row) => `${row.role} ${row.name}`}
    />
  );
}

const unitOf = ({ type }: ColumnSummary): string => (type === 'number' ? '' : ' characters');
const amount = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 6 });

function Range({ column }: { column: ColumnSummary }) {
  const { range } = column;
  if (range === null) return <span className="kp-note">empty</span>;
  return (
    <>
      {[range.min, range.median, range.p95, range.max].map(amount).join(' · ')}
      <span className="kp-note">{unitOf(column)}</span>
    </>
  );
}

const SHOWN = 3;

function TopValues({ column: { top, distinct } }: { column: ColumnSummary }) {
  if (top.length === 0)
    return <span className="kp-note">{distinct === 0 ? 'none' : 'every value is another'}</span>;
  const more = distinct - Math.min(SHOWN, top.length);
  return (
    <ul className="kp-values">
      {top.slice(0, SHOWN).map(({ value, count: rows }) => (
        <li key={value} title={value}>
          <span className="kp-value">{value.slice(0, 80)}</span>
          <span className="kp-note">{count(rows)}</span>
        </li>
      ))}
      {more > 0 && <li className="kp-note">{count(more)} other values</li>}
    </ul>
  );
}

function Sparkline({ column }: { column: ColumnSummary }) {
  const bins = column.histogram;
  if (bins.length === 0) return null;
  const most = Math.max(...bins.map((bin) => bin.count), 1);
  const width = 100 / bins.length;
  const label = `${bins[0]?.lo.toLocaleString('en-US')} to ${bins.at(-1)?.hi.toLocaleString('en-US')}${unitOf(column)}`;
  return (
    <svg
      className="kp-spark"
      width={110}
      height={20}
      viewBox="0 0 100 20"
      preserveAspectRatio="none"
      role="img"
      aria-label={`Histogram of ${column.name}: ${label}`}
    >
      <title>{label}</title>
      {bins.map((bin, index) => {
        const height = bin.count === 0 ? 0 : Math.max(1, (bin.count / most) * 20);
        return (
          <rect
            key={bin.lo}
            x={index * width}
            y={20 - height}
            width={Math.max(0.5, width - 0.8)}
            height={height}
          />
        );
      })}
    </svg>
  );
}
