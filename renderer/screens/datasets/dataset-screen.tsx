import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { ColumnSummary, DatasetShown } from '../../../engine/api/index.ts';
import { openPanel } from '../../app/panels.ts';
import { usePagedRows } from '../../data/paged-rows.ts';
import { datasetRows, datasetShown } from '../../data/queries.ts';
import { count, percent, when } from '../../ui/format.ts';
import { type PagedColumn, PagedGrid } from '../../ui/paged-grid.tsx';
import { Facts, Loaded, Screen, Section } from '../../ui/screen.tsx';
import { SortableTable, type TableColumn } from '../../ui/sortable-table.tsx';
import { Findings } from './findings.tsx';
import { describeSplits } from './describe.ts';

export function DatasetScreen() {
  const { dataset } = useParams({ from: '/datasets/$dataset' });
  const query = useQuery(datasetShown(dataset));
  const shown = query.data;
  return (
    <Screen
      title={dataset}
      about={
        shown === undefined
          ? 'Dataset'
          : `Dataset · from ${shown.source} · imported ${when(shown.created)} · version ${shown.hash.slice(0, 10)}`
      }
      actions={<Button onClick={() => openPanel('run')}>Start a run</Button>}
    >
      <Loaded query={query} what="Summarising columns…">
        {(data) => <Summary shown={data} />}
      </Loaded>
      <Rows dataset={dataset} shown={shown} />
    </Screen>
  );
}

function Summary({ shown }: { shown: DatasetShown }) {
  return (
    <>
      <Section title="Summary">
        <Facts
          facts={[
            { label: 'Rows', value: count(shown.rows) },
            { label: 'Distinct labels', value: count(shown.labelCount) },
            {
              label: 'Rows that repeat an input',
              value: count(shown.duplicates.rows),
              note: shown.duplicates.rows > 0 ? `of ${count(shown.duplicates.inputs)} inputs` : undefined,
            },
            { label: 'Splits', value: describeSplits(shown.splits) },
            { label: 'Scorer', value: shown.scorer.kind },
          ]}
        />
      </Section>
      <div className="kp-columns">
        <Section title="Columns" flush>
          <SortableTable
            label="Columns"
            columns={columnColumns}
            rows={shown.columns}
            rowId={(row) => `${row.role} ${row.name}`}
          />
        </Section>
        <div className="kp-stack">
          <Section
            title="Labels"
            note={shown.labelCount > 12 ? `the 12 most frequent of ${count(shown.labelCount)}` : undefined}
          >
            <Labels shown={shown} />
          </Section>
          <Findings dataset={shown.name} />
        </div>
      </div>
    </>
  );
}

const columnColumns: TableColumn<ColumnSummary>[] = [
  { id: 'name', header: 'Column', rowHeader: true, cell: (row) => row.name },
  { id: 'role', header: 'Role', cell: (row) => row.role },
  { id: 'type', header: 'Type', cell: (row) => row.type },
  {
    id: 'nulls',
    header: 'Empty',
    align: 'right',
    sortBy: (row) => row.nulls,
    cell: (row) => count(row.nulls),
  },
  {
    id: 'distinct',
    header: 'Distinct',
    align: 'right',
    sortBy: (row) => row.distinct,
    cell: (row) => count(row.distinct),
  },
  { id: 'shape', header: 'Values, or lengths of text', cell: (row) => <Sparkline column={row} /> },
];

function Sparkline({ column }: { column: ColumnSummary }) {
  const bins = column.histogram;
  if (bins.length === 0) return null;
  const most = Math.max(...bins.map((bin) => bin.count), 1);
  const width = 100 / bins.length;
  const unit = column.type === 'number' ? '' : ' characters';
  const label = `${bins[0]?.lo.toLocaleString('en-US')} to ${bins.at(-1)?.hi.toLocaleString('en-US')}${unit}`;
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

function Labels({ shown }: { shown: DatasetShown }) {
  if (shown.labels.length === 0) return <p className="kp-note">No expected answers in this dataset.</p>;
  return (
    <div>
      {shown.labels.slice(0, 12).map(({ label, count: rows }) => (
        <div key={label} className="kp-bar">
          <span className="kp-bar-name" title={label}>
            {label}
          </span>
          <div className="kp-bar-track">
            <div className="kp-bar-fill" style={{ width: `${(rows / shown.rows) * 100}%` }} />
          </div>
          <span className="kp-bar-value">
            {count(rows)} <span className="kp-note">{percent(rows / shown.rows)}</span>
          </span>
        </div>
      ))}
    </div>
  );
}

function Rows({ dataset, shown }: { dataset: string; shown: DatasetShown | undefined }) {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 250);
  const rows = usePagedRows((offset, limit) =>
    datasetRows({ dataset, offset, limit, ...(search === '' ? {} : { search }) }),
  );
  const wide = new Set(shown?.mapping.input ?? []);
  const columns = rows.columns.map((name): PagedColumn => ({
    id: name,
    header: name,
    width: wide.has(name) ? 'minmax(220px, 3fr)' : 'minmax(110px, 1fr)',
  }));
  return (
    <Section
      title="Rows"
      flush
      actions={
        <TextInput
          aria-label="Search rows"
          placeholder="Search rows"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      }
    >
      <PagedGrid
        key={search}
        label={`Rows of ${dataset}`}
        rows={rows}
        columns={columns}
        empty={{
          title: 'No rows',
          text: search === '' ? 'This dataset is empty.' : 'No row contains this text.',
        }}
      />
    </Section>
  );
}
