import { Button, Group, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { OutcomesPreviewed } from '../../../engine/api/index.ts';
import { datasetList } from '../../data/queries.ts';
import { bytes, count } from '../../ui/format.ts';
import { SortableTable, type TableColumn } from '../../ui/sortable-table.tsx';
import { Warnings } from '../../ui/warnings.tsx';
import type { Uploaded } from './file-step.tsx';
import { nameFromFile } from './import-draft.ts';
import { ImportedStep } from './imported-step.tsx';
import { RefusedRows } from './refused-rows.tsx';
import { useImportOutcomes } from './use-import-outcomes.ts';

type Candidate = OutcomesPreviewed['candidates'][number];

const tools: Record<OutcomesPreviewed['format'], string> = {
  promptfoo: 'promptfoo',
  inspect: 'Inspect',
  'lm-eval': 'lm-evaluation-harness',
  'openai-evals': 'OpenAI evals',
  langfuse: 'Langfuse',
  langsmith: 'LangSmith',
  table: 'a table',
};

const NEW = 'A new dataset, made from this file';

const columns: TableColumn<Candidate>[] = [
  { id: 'id', header: 'Candidate', rowHeader: true, sortBy: ({ id }) => id, cell: ({ id }) => id },
  {
    id: 'rows',
    header: 'Answers',
    align: 'right',
    sortBy: ({ rows }) => rows,
    cell: ({ rows }) => count(rows),
  },
  {
    id: 'scored',
    header: 'With a score',
    align: 'right',
    sortBy: ({ scored }) => scored,
    cell: ({ scored }) => count(scored),
  },
  {
    id: 'failed',
    header: 'Failed',
    align: 'right',
    sortBy: ({ failed }) => failed,
    cell: ({ failed }) => count(failed),
  },
];

/** The results of another tool: what they hold is shown, and which dataset they belong to is asked. */
export function ForeignStep({
  uploaded: { upload, file, preview },
  onOther,
}: {
  uploaded: Uploaded<OutcomesPreviewed>;
  onOther: () => void;
}) {
  const datasets = useQuery(datasetList()).data ?? [];
  const makes = preview.inputs !== null;
  const [picked, setPicked] = useState<string | null>(makes ? NEW : null);
  const [name, setName] = useState(() => nameFromFile(file.name));
  const [candidateName, setCandidateName] = useState('');
  const [score, setScore] = useState('');
  const create = picked === NEW;
  const dataset = create ? name.trim() : picked;
  const { submit, open } = useImportOutcomes();
  const send = (into: string, maxRejected: number): void =>
    submit.mutate({
      source: { kind: 'upload', upload },
      foreign: preview.format,
      dataset: into,
      create,
      name: name.trim() || 'outcomes',
      maxRejected,
      ...(candidateName.trim() === '' ? {} : { candidateName: candidateName.trim() }),
      ...(score.trim() === '' ? {} : { score: score.trim() }),
    });
  const { data: imported } = submit;
  if (imported !== undefined) return <ImportedStep imported={imported} onOpen={() => void open(imported)} />;
  return (
    <form
      className="kp-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (dataset !== null && dataset !== '') send(dataset, preview.rejected);
      }}
    >
      <p className="kp-note">
        {file.name}: results of {tools[preview.format]}, {bytes(file.size)}; {count(preview.examples)}{' '}
        {preview.examples === 1 ? 'example' : 'examples'}
        {preview.inputs === null ? ', without their inputs' : ` with ${preview.inputs.join(', ')}`}
        {preview.expected ? ' and expected answers' : ''}.
        {preview.rejected > 0 && ` ${count(preview.rejected)} rows cannot be used and are left out.`}
      </p>
      <div className="kp-boxed-grid">
        <SortableTable
          label="Candidates in the file"
          columns={columns}
          rows={preview.candidates}
          rowId={({ id }) => id}
        />
      </div>
      <Warnings warnings={preview.warnings} />
      <Group grow align="flex-start">
        <Select
          label="Belongs to"
          placeholder={datasets.length === 0 ? 'no dataset yet' : 'choose the dataset'}
          data={[...(makes ? [NEW] : []), ...datasets.map((one) => one.name)]}
          value={picked}
          onChange={setPicked}
        />
        <TextInput
          label={create ? 'Name of the dataset and of the run' : 'Name of the run'}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </Group>
      <Group grow align="flex-start">
        <TextInput
          label="Candidate"
          description="What to call it, where the file does not"
          inputWrapperOrder={['label', 'input', 'description']}
          value={candidateName}
          onChange={(event) => setCandidateName(event.currentTarget.value)}
        />
        <TextInput
          label="Score"
          description="Which one, where the file has several"
          inputWrapperOrder={['label', 'input', 'description']}
          value={score}
          onChange={(event) => setScore(event.currentTarget.value)}
        />
      </Group>
      {submit.error !== null && (
        <RefusedRows
          error={submit.error}
          busy={submit.isPending}
          onTolerate={(rows) => dataset !== null && send(dataset, rows)}
        />
      )}
      <Group justify="space-between">
        <Button variant="default" onClick={onOther}>
          Another file
        </Button>
        <Button type="submit" disabled={dataset === null || dataset === ''} loading={submit.isPending}>
          Import
        </Button>
      </Group>
    </form>
  );
}
