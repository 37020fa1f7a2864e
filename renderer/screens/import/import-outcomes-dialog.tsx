import { Button, Group, Modal, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DatasetPreviewed, OutcomesPreviewed } from '../../../engine/api/index.ts';
import { closePanel, openPanel, usePanel } from '../../app/panels.ts';
import { workbench } from '../../data/connection.ts';
import { datasetList } from '../../data/queries.ts';
import { Empty } from '../../ui/screen.tsx';
import { ColumnParts } from './column-parts.tsx';
import { FileStep, previewTable, type Uploaded } from './file-step.tsx';
import { ForeignStep } from './foreign-step.tsx';
import { nameFromFile } from './import-draft.ts';
import { ImportedStep } from './imported-step.tsx';
import { guessParts, outcomeParts, outcomesMapping, withPart } from './outcomes-draft.ts';
import { RefusedRows } from './refused-rows.tsx';
import { useImportOutcomes } from './use-import-outcomes.ts';
import { WideColumns } from './wide-columns.tsx';
import { candidatesFound, guessWide, wideMapping } from './wide-draft.ts';

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
  const names = preview.columns.map((column) => column.name);
  const [wide, setWide] = useState(() => guessWide(preview));
  // No column of candidates and several columns that end alike: a column per candidate.
  const [shape, setShape] = useState<'long' | 'wide'>(() =>
    Object.values(parts).includes('candidate') || candidatesFound(names, wide).length < 2 ? 'long' : 'wide',
  );
  const drafted = shape === 'long' ? outcomesMapping(parts) : wideMapping(names, wide);
  const { submit, open } = useImportOutcomes();
  const { data: imported } = submit;
  const send = (maxRejected: number): void => {
    if (dataset === null || 'problem' in drafted) return;
    submit.mutate({
      source: { kind: 'upload', upload, format: preview.format },
      foreign: 'table',
      dataset,
      name: name.trim() || 'outcomes',
      maxRejected,
      ...drafted.mapping,
    });
  };
  if (imported !== undefined) return <ImportedStep imported={imported} onOpen={() => void open(imported)} />;
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
        send(0);
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
      <SegmentedControl
        aria-label="What a row of the file is"
        data={[
          { value: 'long', label: 'A row per example and candidate' },
          { value: 'wide', label: 'A row per example, columns per candidate' },
        ]}
        value={shape}
        onChange={setShape}
      />
      {shape === 'wide' ? (
        <WideColumns names={names} draft={wide} onDraft={setWide} />
      ) : (
        <ColumnParts
          preview={preview}
          parts={outcomeParts}
          chosen={parts}
          ignored="ignore"
          onPart={(column, part) => setParts(withPart(parts, column, part))}
        />
      )}
      {submit.error !== null && (
        <RefusedRows error={submit.error} busy={submit.isPending} onTolerate={send} />
      )}
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
