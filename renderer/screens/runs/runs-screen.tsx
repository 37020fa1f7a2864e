import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RunSummary } from '../../../engine/api/index.ts';
import { openPanel } from '../../app/panels.ts';
import { useProgress } from '../../data/progress.ts';
import { runList } from '../../data/queries.ts';
import { count, usd, when } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Empty, Loaded, Screen, Section } from '../../ui/screen.tsx';
import { SortableTable, type TableColumn } from '../../ui/sortable-table.tsx';
import { StatusTag } from '../../ui/tag.tsx';

const columns: TableColumn<RunSummary>[] = [
  {
    id: 'name',
    header: 'Run',
    rowHeader: true,
    sortBy: (row) => row.name,
    cell: (row) => (
      <>
        <Link className="kp-link" to="/runs/$run" params={{ run: row.run }}>
          {row.name}
        </Link>{' '}
        <span className="kp-note">{row.kind === 'recorded' ? 'recorded' : ''}</span>
      </>
    ),
  },
  {
    id: 'status',
    header: 'Status',
    sortBy: (row) => row.status,
    cell: (row) => <StatusTag status={row.status} />,
  },
  { id: 'dataset', header: 'Dataset', sortBy: (row) => row.dataset, cell: (row) => row.dataset },
  {
    id: 'candidates',
    header: 'Candidates',
    align: 'right',
    sortBy: (row) => row.candidates.length,
    cell: (row) => count(row.candidates.length),
  },
  { id: 'done', header: 'Done', align: 'right', cell: (row) => <DoneCount run={row} /> },
  {
    id: 'failed',
    header: 'Failed',
    align: 'right',
    sortBy: (row) => row.failed,
    cell: (row) => count(row.failed),
  },
  {
    id: 'cost',
    header: 'Cost of the run',
    align: 'right',
    sortBy: (row) => row.costUsd ?? -1,
    cell: (row) => (row.costUsd === null ? 'not known' : usd(row.costUsd)),
  },
  { id: 'created', header: 'Started', sortBy: (row) => row.created, cell: (row) => when(row.created) },
];

function DoneCount({ run }: { run: RunSummary }) {
  const live = useProgress((state) => state.runs[run.run]);
  const done = run.status === 'running' ? (live?.done ?? run.done) : run.done;
  return `${count(done)} of ${count(run.total)}`;
}

export function RunsScreen() {
  const query = useQuery(runList());
  const start = (
    <>
      <Button variant="default" onClick={() => openPanel('outcomes')}>
        Import outcomes
      </Button>
      <Button leftSection={<Icon name="plus" size={14} />} onClick={() => openPanel('run')}>
        Start a run
      </Button>
    </>
  );
  return (
    <Screen
      title="Runs"
      about="Every candidate on every example, once. A run that stops can be resumed."
      actions={start}
    >
      <Section title="All runs" flush>
        <Loaded query={query} what="Reading runs…">
          {(runs) =>
            runs.length === 0 ? (
              <Empty title="No run yet" action={start}>
                Start one from a pipeline and a dataset, or open the sample from Home.
              </Empty>
            ) : (
              <SortableTable label="Runs" columns={columns} rows={runs} rowId={(row) => row.run} />
            )
          }
        </Loaded>
      </Section>
    </Screen>
  );
}
