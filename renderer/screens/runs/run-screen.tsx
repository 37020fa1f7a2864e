import { Button, SegmentedControl, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { CandidateSummary, RunSummary } from '../../../engine/api/index.ts';
import { workbench } from '../../data/connection.ts';
import { type Cell, usePagedRows } from '../../data/paged-rows.ts';
import { runRows, runStatus } from '../../data/queries.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { EstimateText } from '../../ui/estimate.tsx';
import { count, duration, milliseconds, percent, UNKNOWN, usd, when } from '../../ui/format.ts';
import { type PagedColumn, PagedGrid } from '../../ui/paged-grid.tsx';
import { Facts, Loaded, Screen, Section } from '../../ui/screen.tsx';
import { SortableTable, type TableColumn } from '../../ui/sortable-table.tsx';
import { StatusTag } from '../../ui/tag.tsx';
import { Warnings } from '../../ui/warnings.tsx';
import { AgreementSection } from './judging/agreement.tsx';
import { ClassReportSection } from './judging/class-report.tsx';
import { ScoreAgainButton } from './judging/score-again.tsx';
import { LiveProgress } from './live-progress.tsx';
import { LinkButton } from '../../ui/link-button.tsx';

export function RunScreen() {
  const { run } = useParams({ from: '/runs/$run' });
  const query = useQuery({
    ...runStatus(run),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? 2000 : false),
  });
  const summary = query.data;
  return (
    <Screen
      title={summary?.name ?? 'Run'}
      about={
        summary === undefined ? undefined : (
          <>
            <StatusTag status={summary.status} />
            <span>
              Run on{' '}
              <Link className="kp-link" to="/datasets/$dataset" params={{ dataset: summary.dataset }}>
                {summary.dataset}
              </Link>{' '}
              · started {when(summary.created)} · <code>{summary.run}</code>
            </span>
          </>
        )
      }
      actions={summary === undefined ? undefined : <RunActions run={summary} />}
    >
      <Loaded query={query} what="Reading the run…">
        {(data) => <RunBody run={data} />}
      </Loaded>
    </Screen>
  );
}

function RunActions({ run }: { run: RunSummary }) {
  const queries = useQueryClient();
  const settle = { onSettled: () => queries.invalidateQueries({ queryKey: ['runs'] }) };
  const cancel = useMutation({ mutationFn: () => workbench.runs.cancel({ run: run.run }), ...settle });
  const resume = useMutation({
    mutationFn: (failed: boolean) => workbench.runs.resume({ run: run.run, failed }),
    ...settle,
  });
  const resumable = run.kind === 'pipeline' && run.status !== 'running';
  return (
    <>
      {(cancel.error ?? resume.error) !== null && <ErrorPanel error={cancel.error ?? resume.error} />}
      {run.status === 'running' && (
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel
        </Button>
      )}
      {resumable && run.status !== 'done' && (
        <Button variant="default" loading={resume.isPending} onClick={() => resume.mutate(false)}>
          Resume
        </Button>
      )}
      {resumable && run.failed > 0 && (
        <Button variant="default" loading={resume.isPending} onClick={() => resume.mutate(true)}>
          Retry the failed
        </Button>
      )}
      {run.status !== 'running' && (
        <>
          <ScoreAgainButton run={run} />
          <LinkButton variant="default" to="/compare" search={{ runs: [run.run] }}>
            Compare
          </LinkButton>
          <LinkButton to="/tune" search={{ run: run.run }}>
            Tune a policy
          </LinkButton>
        </>
      )}
    </>
  );
}

function RunBody({ run }: { run: RunSummary }) {
  const [classes, setClasses] = useState(false);
  return (
    <>
      {run.reason !== null && (
        <div className="kp-error" role="status">
          <div className="kp-error-body">
            <p className="kp-error-message">{run.reason.message}</p>
            <p className="kp-error-code">{run.reason.code}</p>
          </div>
        </div>
      )}
      {run.status === 'running' ? (
        <LiveProgress run={run} />
      ) : (
        <Section title="Summary">
          <Facts
            facts={[
              { label: 'Done', value: `${count(run.done)} of ${count(run.total)}` },
              { label: 'Failed', value: count(run.failed) },
              { label: 'From the ledger', value: count(run.cached) },
              {
                label: 'Cost',
                value: run.costUsd === null ? 'not known' : usd(run.costUsd),
                note: run.freshCostUsd === null ? undefined : `${usd(run.freshCostUsd)} paid by this run`,
              },
              ...(run.budgetUsd === null ? [] : [{ label: 'Budget', value: usd(run.budgetUsd) }]),
              { label: 'Took', value: run.wallMs > 0 ? duration(run.wallMs) : '–' },
            ]}
          />
        </Section>
      )}
      <Section title="Candidates" flush note="95 % intervals">
        <SortableTable
          label="Candidates of the run"
          columns={candidateColumns}
          rows={run.candidates}
          rowId={(row) => row.id}
        />
      </Section>
      {run.ambiguous.length > 0 && (
        <Section title="Calls that started and never finished" note="they may have been paid for">
          <p>
            {count(run.ambiguous.length)} calls, e.g. {run.ambiguous[0]?.candidate} on{' '}
            {run.ambiguous[0]?.example}. Resume repeats them.
          </p>
        </Section>
      )}
      {run.warnings.length > 0 && (
        <Section title="Warnings">
          <Warnings warnings={run.warnings} />
        </Section>
      )}
      {classes ? (
        <ClassReportSection run={run.run} />
      ) : (
        run.status !== 'running' && (
          <Section
            title="Classes"
            note="precision, recall and F1 by class, where answers are labels"
            flush
            actions={
              <Button variant="default" onClick={() => setClasses(true)}>
                Count the classes
              </Button>
            }
          >
            {null}
          </Section>
        )
      )}
      {run.status !== 'running' && <AgreementSection run={run} />}
      <RunRowsSection run={run} />
    </>
  );
}

const candidateColumns: TableColumn<CandidateSummary>[] = [
  { id: 'id', header: 'Candidate', rowHeader: true, sortBy: (row) => row.id, cell: (row) => row.id },
  {
    id: 'score',
    header: 'Score',
    align: 'right',
    sortBy: (row) => row.score?.mean ?? -1,
    cell: (row) => <EstimateText value={row.score} kind="score" />,
  },
  {
    id: 'cost',
    header: 'Cost per thousand',
    align: 'right',
    sortBy: (row) => row.costUsd?.mean ?? -1,
    cell: (row) => <EstimateText value={row.costUsd} kind="costPerThousand" nominal={row.priceNominal} />,
  },
  {
    id: 'latency',
    header: 'Latency p50 / p95',
    align: 'right',
    sortBy: (row) => row.latencyMs?.p50 ?? -1,
    cell: (row) =>
      row.latencyMs === null
        ? '–'
        : `${milliseconds(row.latencyMs.p50)} / ${milliseconds(row.latencyMs.p95)}`,
  },
  {
    id: 'failed',
    header: 'Failed',
    align: 'right',
    sortBy: (row) => row.failed,
    cell: (row) => count(row.failed),
  },
  {
    id: 'unparsed',
    header: 'Unparsed',
    align: 'right',
    sortBy: (row) => row.unparsed,
    cell: (row) => count(row.unparsed),
  },
];

/** How the columns of an outcome are headed and written. */
const figureOf =
  (write: (value: number) => string) =>
  (value: Cell): string =>
    typeof value === 'number' ? write(value) : UNKNOWN;
const known: Record<string, Omit<PagedColumn, 'id'>> = {
  example: { header: 'Example', width: 'minmax(90px, 1fr)' },
  candidate: { header: 'Candidate', width: 'minmax(110px, 1fr)' },
  input: { header: 'Input', width: 'minmax(200px, 3fr)' },
  output: { header: 'Answer', width: 'minmax(140px, 2fr)' },
  expected: { header: 'Expected', width: 'minmax(100px, 1fr)' },
  score: { header: 'Score', width: '75px', align: 'right', show: figureOf((score) => percent(score, 0)) },
  unparsed: {
    header: 'Unparsed',
    width: '100px',
    show: figureOf((unparsed) => (unparsed > 0 ? 'yes' : 'no')),
  },
  costUsd: { header: 'Cost', width: '120px', align: 'right', show: figureOf(usd) },
  freshCostUsd: { header: 'Paid', width: '120px', align: 'right', show: figureOf(usd) },
  latencyMs: { header: 'Latency', width: '90px', align: 'right', show: figureOf(milliseconds) },
  inputTokens: { header: 'Tokens in', width: '95px', align: 'right', show: figureOf(count) },
  outputTokens: { header: 'Tokens out', width: '100px', align: 'right', show: figureOf(count) },
  cached: { header: 'From ledger', width: '120px', show: figureOf((cached) => (cached > 0 ? 'yes' : 'no')) },
  answeredBy: { header: 'Answered by', width: 'minmax(110px, 1fr)' },
  error: { header: 'Failure', width: 'minmax(120px, 1.5fr)' },
};

function RunRowsSection({ run }: { run: RunSummary }) {
  const { candidate, only = 'all' } = useSearch({ from: '/runs/$run' });
  const navigate = useNavigate({ from: '/runs/$run' });
  const rows = usePagedRows((offset, limit) =>
    runRows({ run: run.run, offset, limit, only, ...(candidate === undefined ? {} : { candidate }) }),
  );
  const columns = rows.columns.map((id): PagedColumn => ({
    id,
    ...(known[id] ?? { header: id, width: '110px' }),
  }));
  return (
    <Section
      title="Outcomes"
      flush
      actions={
        <>
          <Select
            aria-label="Candidate"
            placeholder="All candidates"
            data={run.candidates.map((one) => one.id)}
            value={candidate ?? null}
            clearable
            onChange={(value) =>
              void navigate({ search: (was) => ({ ...was, candidate: value ?? undefined }), replace: true })
            }
          />
          <SegmentedControl
            aria-label="Which outcomes"
            data={[
              { value: 'all', label: 'All' },
              { value: 'wrong', label: 'Wrong' },
              { value: 'unparsed', label: 'Unparsed' },
              { value: 'failed', label: 'Failed' },
            ]}
            value={only}
            onChange={(value) =>
              void navigate({
                search: (was) => ({
                  ...was,
                  only: value === 'all' ? undefined : value,
                }),
                replace: true,
              })
            }
          />
        </>
      }
    >
      <PagedGrid
        key={`${candidate} ${only}`}
        label="Outcomes of the run"
        rows={rows}
        columns={columns}
        empty={{
          title: 'No outcome',
          text:
            run.status === 'running' ? 'The first answers are on their way.' : 'No outcome fits this choice.',
        }}
      />
    </Section>
  );
}
