import { Button, Group, MultiSelect, NumberInput, Select } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { FitResult, RunSummary } from '../../../engine/api/index.ts';
import { workbench } from '../../data/connection.ts';
import { useProgress } from '../../data/progress.ts';
import { fitResult } from '../../data/queries.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { count } from '../../ui/format.ts';
import { Section } from '../../ui/screen.tsx';
import { askOf, firstDraft, type FitDraft, fitInputOf } from './fit-draft.ts';

interface FitFormProps {
  runs: RunSummary[];
  firstRun: string | undefined;
  /** The fit beside the form; undefined while it is read, or when none is shown. */
  shown: FitResult | undefined;
}

export function FitForm({ runs, firstRun, shown }: FitFormProps) {
  const finished = runs
    .filter((run) => run.status !== 'running')
    .toSorted((a, b) => b.created.localeCompare(a.created));
  const [edits, setEdits] = useState<Partial<FitDraft>>({});
  const draft: FitDraft = {
    ...firstDraft,
    run: firstRun ?? null,
    ...(shown === undefined ? {} : askOf(shown)),
    ...edits,
  };
  const [job, setJob] = useState<string | null>(null);
  const run = finished.find((one) => one.run === draft.run)?.run ?? finished[0]?.run ?? null;
  const ids = runs.find((one) => one.run === run)?.candidates.map((candidate) => candidate.id) ?? [];
  const progress = useProgress((state) => (job === null ? undefined : state.fits[job]));
  const navigate = useNavigate();
  const queries = useQueryClient();
  const fit = useMutation({
    mutationFn: (input: { run: string; job: string }) =>
      workbench.fits.fit(fitInputOf({ ...draft, run: input.run }, input.job)),
    onSuccess: async (result) => {
      queries.setQueryData(fitResult(result.fit).queryKey, result);
      await Promise.all([
        queries.invalidateQueries({ queryKey: ['fits'], exact: true }),
        queries.invalidateQueries({ queryKey: ['policies'] }),
      ]);
      await navigate({ to: '/tune', search: { fit: result.fit } });
    },
  });
  const cancel = useMutation({ mutationFn: (id: string) => workbench.fits.cancel({ job: id }) });
  const origin = shown?.fit ?? firstRun;
  const [seen, setSeen] = useState(origin);
  if (origin !== undefined && origin !== seen) {
    setSeen(origin);
    // Another fit was opened: its ask, not what was typed for the last. One made here keeps what was typed.
    if (seen !== undefined && !fit.isPending && origin !== fit.data?.fit) setEdits({});
  }
  const set = (next: Partial<FitDraft>): void => setEdits({ ...edits, ...next });
  const number = <T,>(value: string | number, otherwise: T): number | T =>
    typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
  return (
    <Section title="Fit">
      <form
        className="kp-stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (run === null) return;
          const id = crypto.randomUUID();
          setJob(id);
          fit.mutate({ run, job: id });
        }}
      >
        <Select
          label="Run"
          data={finished.map((one) => ({ value: one.run, label: `${one.name} · ${one.dataset}` }))}
          value={run}
          onChange={(value) => set({ run: value, candidates: [], reference: null })}
        />
        <NumberInput
          label="Loss you accept (points)"
          description="One point is 0.01 of the score"
          inputWrapperOrder={['label', 'input', 'description']}
          min={0}
          max={100}
          step={0.25}
          decimalScale={4}
          value={draft.maxLossPoints}
          onChange={(value) => set({ maxLossPoints: number(value, draft.maxLossPoints) })}
        />
        <NumberInput
          label="Confidence (%)"
          min={50}
          max={99.9}
          step={1}
          decimalScale={2}
          value={draft.confidencePercent}
          onChange={(value) => set({ confidencePercent: number(value, draft.confidencePercent) })}
        />
        <NumberInput
          label="Score at least (%)"
          placeholder="no floor"
          min={0}
          max={100}
          decimalScale={4}
          value={draft.minScorePercent ?? ''}
          onChange={(value) => set({ minScorePercent: number(value, null) })}
        />
        <NumberInput
          label="Cost at most ($ per thousand)"
          description="As measured; not part of the certificate"
          inputWrapperOrder={['label', 'input', 'description']}
          placeholder="no cap"
          min={0}
          decimalScale={6}
          value={draft.maxCostPerThousandUsd ?? ''}
          onChange={(value) => set({ maxCostPerThousandUsd: number(value, null) })}
        />
        <MultiSelect
          label="Candidates"
          placeholder={draft.candidates.length === 0 ? `all ${ids.length}` : ''}
          data={ids}
          value={draft.candidates}
          onChange={(candidates) => set({ candidates })}
          searchable
          clearable
        />
        <Select
          label="Against"
          data={[
            { value: '', label: 'the best single candidate' },
            ...ids.map((id) => ({ value: id, label: id })),
          ]}
          value={draft.reference ?? ''}
          onChange={(value) => set({ reference: value === '' ? null : value })}
        />
        <NumberInput
          label="Seed"
          min={0}
          allowDecimal={false}
          value={draft.seed}
          onChange={(value) => set({ seed: number(value, draft.seed) })}
        />
        <Group gap="xs">
          <Button type="submit" disabled={run === null} loading={fit.isPending}>
            Fit
          </Button>
          {fit.isPending && job !== null && (
            <Button variant="default" onClick={() => cancel.mutate(job)}>
              Stop
            </Button>
          )}
        </Group>
        {fit.isPending && (
          <p className="kp-note" role="status">
            {progress === undefined
              ? 'Fitting…'
              : `${progress.stage}: ${count(progress.done)} of ${count(progress.total)}`}
          </p>
        )}
        {fit.error !== null && <ErrorPanel error={fit.error} />}
      </form>
    </Section>
  );
}
