import { Button, MultiSelect, Select, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useRef } from 'react';
import { type Compared, type DatasetShown, pricings, type RunSummary } from '../../../engine/api/index.ts';
import { openPanel } from '../../app/panels.ts';
import { compared, datasetShown, runList } from '../../data/queries.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { count } from '../../ui/format.ts';
import { Empty, Loaded, Screen, Section, Waiting } from '../../ui/screen.tsx';
import { Warnings } from '../../ui/warnings.tsx';
import { CandidateTable, PairTable } from './compared-tables.tsx';
import { ComparedRows } from './compared-rows.tsx';
import { type CompareSearch, pricingWords, rowsAsked, waysAsked } from './search.ts';

export function CompareScreen() {
  const runs = useQuery(runList());
  return (
    <Screen title="Compare" about="Candidates side by side on the rows that all of them answered.">
      <Loaded query={runs} what="Reading runs…">
        {(list) =>
          list.length === 0 ? (
            <Section title="Comparison">
              <Empty
                title="Nothing to compare yet"
                action={<Button onClick={() => openPanel('run')}>Start a run</Button>}
              >
                A comparison needs a run with at least one candidate.
              </Empty>
            </Section>
          ) : (
            <Comparison list={list} />
          )
        }
      </Loaded>
    </Screen>
  );
}

function Comparison({ list }: { list: RunSummary[] }) {
  const search = useSearch({ from: '/compare' });
  const navigate = useNavigate({ from: '/compare' });
  const newest = list.toSorted((a, b) => b.created.localeCompare(a.created))[0];
  const runs = search.runs ?? (newest === undefined ? [] : [newest.run]);
  const chosen = list.filter((run) => runs.includes(run.run));
  const ids = [...new Set(chosen.flatMap((run) => run.candidates.map((candidate) => candidate.id)))].sort();
  const candidates = search.candidates?.filter((id) => ids.includes(id)) ?? ids.slice(0, 6);
  const change = useCallback(
    (next: Partial<CompareSearch>): void =>
      void navigate({ search: (was) => ({ ...was, ...next }), replace: true }),
    [navigate],
  );
  const { baseline, by, pricing } = search;
  // One run has no time.
  const overTime = search.time === true && runs.length > 1;
  const dataset = useQuery({
    ...datasetShown(chosen[0]?.dataset ?? ''),
    enabled: chosen[0] !== undefined,
  }).data;
  const tags = dataset?.mapping.tags ?? [];
  const query = useQuery({
    ...compared({
      runs,
      candidates,
      ...(baseline !== undefined && candidates.includes(baseline) ? { baseline } : {}),
      ...(by === undefined ? {} : { by }),
      ...waysAsked({ ...search, time: overTime }),
    }),
    enabled: runs.length > 0 && candidates.length > 0,
  });
  return (
    <>
      <Section title="What is compared">
        <div className="kp-choose">
          <MultiSelect
            label="Runs"
            data={list.map((run) => ({ value: run.run, label: `${run.name} · ${run.dataset}` }))}
            value={runs}
            onChange={(value) => change({ runs: value, candidates: undefined, baseline: undefined })}
          />
          <MultiSelect
            label="Candidates"
            data={ids}
            value={candidates}
            onChange={(value) => change({ candidates: value })}
            searchable
          />
          {!overTime && (
            <Select
              label="Baseline"
              data={candidates}
              value={baseline ?? query.data?.baseline ?? null}
              onChange={(value) => change({ baseline: value ?? undefined })}
            />
          )}
          {tags.length > 0 && (
            <Select
              label="Within each"
              placeholder="whole"
              data={tags}
              value={by ?? null}
              clearable
              onChange={(value) => change({ by: value ?? undefined })}
            />
          )}
          <Select
            label="Costs"
            placeholder="as paid"
            data={pricings.map((value) => ({ value, label: pricingWords[value] }))}
            value={pricing ?? null}
            clearable
            onChange={(value) => change({ pricing: pricings.find((one) => one === value) })}
          />
          {runs.length > 1 && (
            <Switch
              label="Over time"
              description="each candidate against itself in the first run"
              checked={overTime}
              onChange={(event) =>
                change({ time: event.currentTarget.checked || undefined, baseline: undefined, of: undefined })
              }
            />
          )}
        </div>
      </Section>
      {query.error !== null && <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && query.fetchStatus !== 'idle' && <Waiting what="Comparing…" />}
      {query.data !== undefined && query.error === null && (
        <Figures compared={query.data} runs={runs} dataset={dataset} search={search} onSearch={change} />
      )}
    </>
  );
}

function Figures({
  compared,
  runs,
  dataset,
  search,
  onSearch,
}: {
  compared: Compared;
  runs: string[];
  dataset: DatasetShown | undefined;
  search: CompareSearch;
  onSearch: (next: Partial<CompareSearch>) => void;
}) {
  const { baseline, by } = compared;
  const rows = useRef<HTMLDivElement>(null);
  const show = (next: Partial<CompareSearch>): void => {
    onSearch({ sort: undefined, q: undefined, ...next });
    rows.current?.scrollIntoView({ block: 'start' });
  };
  return (
    <>
      <Section
        title="Candidates"
        flush
        note={`${compared.overTime === null ? '' : 'each against itself in the first run · '}${count(compared.n)} paired rows${compared.groups === compared.n ? '' : ` in ${count(compared.groups)} groups`}${compared.leftOut > 0 ? ` · ${count(compared.leftOut)} left out: some candidate has no score there` : ''} · 95 % intervals`}
        actions={
          <Link className="kp-link" to="/tune" search={{ run: runs[0] }}>
            Tune a policy on this
          </Link>
        }
      >
        <CandidateTable
          candidates={compared.candidates}
          baseline={baseline}
          onPin={compared.overTime === null ? (id) => onSearch({ baseline: id }) : undefined}
        />
      </Section>
      {compared.pairs.length > 0 && (
        <Section
          title="Differences"
          flush
          note="a minus b on the same rows; p after Holm over the pairs shown"
        >
          <PairTable
            pairs={compared.pairs}
            candidates={compared.candidates}
            baseline={baseline}
            onRows={(only, of) => show({ only, of, tag: undefined })}
          />
        </Section>
      )}
      {by?.slices.map((slice) => (
        <Section
          key={slice.value}
          title={`${by.tag}: ${slice.value}`}
          flush
          note={`${count(slice.n)} rows`}
          actions={
            <Button
              variant="subtle"
              onClick={() =>
                show({ tag: { column: by.tag, value: slice.value }, only: undefined, of: undefined })
              }
            >
              Show its rows
            </Button>
          }
        >
          <CandidateTable candidates={slice.candidates} baseline={baseline} />
          {slice.pairs.length > 0 && (
            <PairTable
              pairs={slice.pairs}
              candidates={slice.candidates}
              baseline={baseline}
              onRows={(only, of) => show({ only, of, tag: { column: by.tag, value: slice.value } })}
            />
          )}
        </Section>
      ))}
      {compared.warnings.length > 0 && (
        <Section title="Warnings">
          <Warnings warnings={compared.warnings} />
        </Section>
      )}
      <div ref={rows}>
        <ComparedRows
          asked={{
            ...rowsAsked(search, { runs, candidates: compared.candidates.map((one) => one.id), baseline }),
            baseline,
          }}
          tags={(dataset?.mapping.tags ?? []).map((name) => ({
            name,
            values:
              dataset?.columns
                .find((column) => column.role === 'tag' && column.name === name)
                ?.top.map(({ value }) => value) ?? [],
          }))}
          search={search}
          onSearch={onSearch}
        />
      </div>
    </>
  );
}
