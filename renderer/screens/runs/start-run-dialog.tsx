import { Button, Group, Modal, NumberInput, Select, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { PipelineChecked } from '../../../engine/api/index.ts';
import { closePanel, openPanel, usePanel } from '../../app/panels.ts';
import { workbench } from '../../data/connection.ts';
import { datasetList, modelList } from '../../data/queries.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { count, usd } from '../../ui/format.ts';
import { Empty } from '../../ui/screen.tsx';
import { Tag } from '../../ui/tag.tsx';
import { useRunDraft } from './run-draft.ts';
import { starterPipeline } from './starter-pipeline.ts';

export function StartRunDialog() {
  const open = usePanel((state) => state.open === 'run');
  return (
    <Modal
      opened={open}
      onClose={closePanel}
      title="Start a run"
      size="xl"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {open && <StartRun />}
    </Modal>
  );
}

function StartRun() {
  const datasets = useQuery(datasetList()).data;
  const { text, set } = useRunDraft();
  const [dataset, setDataset] = useState<string | null>(null);
  const [budgetUsd, setBudgetUsd] = useState<number | null>(null);
  const [checkedText] = useDebouncedValue(text, 300);
  const chosen = dataset ?? datasets?.toSorted((a, b) => b.created.localeCompare(a.created))[0]?.name ?? null;
  const check = useQuery({
    queryKey: ['pipelines', 'check', checkedText, chosen],
    queryFn: () =>
      workbench.pipelines.check({
        pipeline: { text: checkedText },
        ...(chosen === null ? {} : { dataset: chosen }),
      }),
    enabled: checkedText.trim() !== '',
  });
  const models = useQuery(modelList('local')).data?.models ?? [];
  const fields = datasets?.find((one) => one.name === chosen)?.mapping.input ?? [];
  const navigate = useNavigate();
  const queries = useQueryClient();
  const start = useMutation({
    mutationFn: (name: string) =>
      workbench.runs.start({
        pipeline: { text },
        dataset: name,
        ...(budgetUsd === null ? {} : { budgetUsd }),
      }),
    onSuccess: async (run) => {
      await queries.invalidateQueries({ queryKey: ['runs'] });
      closePanel();
      await navigate({ to: '/runs/$run', params: { run: run.run } });
    },
  });
  if (datasets !== undefined && datasets.length === 0) {
    return (
      <Empty
        title="A run needs a dataset"
        action={<Button onClick={() => openPanel('import')}>Import a dataset</Button>}
      >
        Import one first: the candidates answer its examples.
      </Empty>
    );
  }
  return (
    <form
      className="kp-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== null) start.mutate(chosen);
      }}
    >
      <Group grow align="flex-start">
        <Select
          label="Dataset"
          data={(datasets ?? []).map((one) => one.name)}
          value={chosen}
          onChange={setDataset}
        />
        <NumberInput
          label="Budget (USD, optional)"
          description="Reaching it pauses the run, whole"
          inputWrapperOrder={['label', 'input', 'description']}
          min={0}
          value={budgetUsd ?? ''}
          onChange={(value) => setBudgetUsd(typeof value === 'number' && value > 0 ? value : null)}
        />
      </Group>
      <Textarea
        label="Pipeline (YAML)"
        value={text}
        onChange={(event) => set(event.currentTarget.value)}
        autosize
        minRows={10}
        maxRows={22}
        spellCheck={false}
        styles={{
          input: {
            fontFamily: 'var(--mantine-font-family-monospace)',
            fontSize: 12,
            whiteSpace: 'pre',
            overflowX: 'auto',
          },
        }}
      />
      {text.trim() === '' && (
        <Group gap="xs">
          <Button variant="default" onClick={() => set(starterPipeline(fields, models))}>
            Insert a pipeline to start from
          </Button>
          <span className="kp-note">Candidates, a step that calls them, and the input of this dataset.</span>
        </Group>
      )}
      {check.error !== null && <ErrorPanel error={check.error} />}
      {check.data !== undefined && <CheckResult checked={check.data} />}
      {start.error !== null && <ErrorPanel error={start.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={closePanel}>
          Not now
        </Button>
        <Button
          type="submit"
          disabled={chosen === null || check.data?.valid !== true || checkedText !== text}
          loading={start.isPending}
        >
          Start
        </Button>
      </Group>
    </form>
  );
}

function CheckResult({ checked }: { checked: PipelineChecked }) {
  if (checked.valid) {
    return (
      <Group gap="xs">
        <Tag tone="good" icon="check">
          Valid
        </Tag>
        <span className="kp-note">
          {checked.candidates.length} candidates: {checked.candidates.join(', ')}
          {checked.calls !== null && ` · ${count(checked.calls)} calls`}
          {checked.estimatedCostUsd !== null && ` · at most ${usd(checked.estimatedCostUsd)}`}
        </span>
      </Group>
    );
  }
  return (
    <ul className="kp-problems" aria-label="Problems in the pipeline">
      {checked.problems.map((problem) => (
        <li key={`${problem.line}:${problem.column} ${problem.message}`}>
          <Tag tone="bad" icon="cross">
            line {problem.line}
          </Tag>
          <span>
            {problem.message} <span className="kp-note">{problem.hint}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
