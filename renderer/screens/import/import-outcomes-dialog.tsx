import { Button, Group, Modal, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { DatasetPreviewed, OutcomesPreviewed } from '../../../engine/api/index.ts';
import { closePanel, openPanel, usePanel } from '../../app/panels.ts';
import { workbench } from '../../data/connection.ts';
import { datasetList } from '../../data/queries.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Empty } from '../../ui/screen.tsx';
import { ColumnParts } from './column-parts.tsx';
import { FileStep, previewTable, type Uploaded } from './file-step.tsx';
import { ForeignStep } from './foreign-step.tsx';
import { nameFromFile } from './import-draft.ts';
import { guessParts, outcomeParts, outcomesMapping, withPart } from './outcomes-draft.ts';

/** Outcomes recorded elsewhere become a run. */
export function ImportOutcomesDialog() {
  const open = usePanel((state) => state.open === 'outcomes');
  return (
    <Modal
      opened={open}
      onClose={closePanel}
      title="Import recorded outcomes"
      size="xl"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {open && (
        <FileStep
          preview={previewOutcomes}
          accepts="A table (CSV, TSV, JSON, JSONL, Parquet), or the results of promptfoo, Inspect (.json, .eval), lm-evaluation-harness, OpenAI evals, Langfuse or LangSmith."
        >
          {nextStep}
        </FileStep>
      )}
    </Modal>
  );
}

type Previewed = { foreign: OutcomesPreviewed } | { table: DatasetPreviewed };

/** A tool's file says itself what its columns are; a table's are named by hand. */
async function previewOutcomes(upload: string): Promise<Previewed> {
  const foreign = await workbench.outcomes.preview({ source: { kind: 'upload', upload } });
  return foreign.format === 'table' ? { table: await previewTable(upload) } : { foreign };
}

const nextStep = ({ preview, ...uploaded }: Uploaded<Previewed>, other: () => void) =>
  'table' in preview ? (
    <Mapping key={uploaded.upload} uploaded={{ ...uploaded, preview: preview.table }} onOther={other} />
  ) : (
    <ForeignStep key={uploaded.upload} uploaded={{ ...uploaded, preview: preview.foreign }} onOther={other} />
  );

function Mapping({ uploaded, onOther }: { uploaded: Uploaded; onOther: () => void }) {
  const { upload, file, preview } = uploaded;
  const datasets = useQuery(datasetList()).data;
  const [parts, setParts] = useState(() => guessParts(preview));
  const [name, setName] = useState(() => nameFromFile(file.name));
  const [picked, setPicked] = useState<string | null>(null);
  const dataset = picked ?? datasets?.toSorted((a, b) => b.created.localeCompare(a.created))[0]?.name ?? null;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const drafted = outcomesMapping(parts);
  const submit = useMutation({
    mutationFn: (input: Parameters<typeof workbench.outcomes.import>[0]) => workbench.outcomes.import(input),
    onSuccess: async ({ run }) => {
      await queries.invalidateQueries({ queryKey: ['runs'] });
      closePanel();
      await navigate({ to: '/runs/$run', params: { run } });
    },
  });
  if (datasets?.length === 0) {
    return (
      <Empty
        title="Outcomes belong to a dataset"
        action={<Button onClick={() => openPanel('import')}>Import a dataset</Button>}
      >
        Import the dataset first: outcomes name its rows.
      </Empty>
    );
  }
  return (
    <form
      className="kp-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (dataset === null || 'problem' in drafted) return;
        submit.mutate({
          source: { kind: 'upload', upload, format: preview.format },
          dataset,
          name: name.trim() || 'outcomes',
          ...drafted.mapping,
        });
      }}
    >
      <Group grow align="flex-start">
        <Select
          label="Dataset"
          data={(datasets ?? []).map((one) => one.name)}
          value={dataset}
          onChange={setPicked}
        />
        <TextInput
          label="Name of the run"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </Group>
      <ColumnParts
        preview={preview}
        parts={outcomeParts}
        chosen={parts}
        ignored="ignore"
        onPart={(column, part) => setParts(withPart(parts, column, part))}
      />
      {submit.error !== null && <ErrorPanel error={submit.error} />}
      <Group justify="space-between">
        <Button variant="default" onClick={onOther}>
          Another file
        </Button>
        <Group>
          <span className="kp-note">{'problem' in drafted ? drafted.problem : ''}</span>
          <Button
            type="submit"
            disabled={dataset === null || 'problem' in drafted}
            loading={submit.isPending}
          >
            Import
          </Button>
        </Group>
      </Group>
    </form>
  );
}
