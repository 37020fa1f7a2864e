import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { DatasetShown } from '../../../engine/api/index.ts';
import { openPanel } from '../../app/panels.ts';
import { usePagedRows } from '../../data/paged-rows.ts';
import { datasetRows, datasetShown } from '../../data/queries.ts';
import { count, when } from '../../ui/format.ts';
import { type PagedColumn, PagedGrid } from '../../ui/paged-grid.tsx';
import { Facts, Loaded, Screen, Section } from '../../ui/screen.tsx';
import { Findings } from './findings.tsx';
import { RejectedGrid } from '../../ui/rejected-grid.tsx';
import { SaveRejected } from '../../ui/save-rejected.tsx';
import { Balance } from './balance.tsx';
import { ColumnTable } from './column-table.tsx';
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
  const { rejected } = shown;
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
            {
              label: 'Left out by the import',
              value: rejected === null ? 'not recorded' : count(rejected.count),
            },
          ]}
        />
      </Section>
      <Section title="Columns" flush>
        <ColumnTable columns={shown.columns} rows={shown.rows} />
      </Section>
      <div className="kp-two">
        <Section
          title="Labels"
          note={shown.labelCount > 12 ? `the 12 most frequent of ${count(shown.labelCount)}` : undefined}
        >
          <Balance shown={shown} />
        </Section>
        <Findings dataset={shown.name} />
      </div>
      {rejected !== null && rejected.count > 0 && (
        <Section
          title="Rows left out"
          flush
          actions={<SaveRejected rows={rejected.rows} total={rejected.count} />}
          note={
            rejected.rows.length < rejected.count
              ? `the first ${count(rejected.rows.length)} of ${count(rejected.count)}`
              : `${count(rejected.count)} of ${count(shown.rows + rejected.count)} in ${shown.source}`
          }
        >
          <RejectedGrid rows={rejected.rows} />
        </Section>
      )}
    </>
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
