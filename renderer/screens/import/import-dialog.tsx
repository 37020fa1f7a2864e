import { Button, Group, Modal, NumberInput, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { closePanel, usePanel } from '../../app/panels.ts';
import { workbench } from '../../data/connection.ts';
import { useProgress } from '../../data/progress.ts';
import { bytes, count } from '../../ui/format.ts';
import { ColumnParts } from './column-parts.tsx';
import { type ChosenScorer, DatasetScorer, scorerChosen, unchosen } from './dataset-scorer.tsx';
import { FileStep, previewTable, type Uploaded } from './file-step.tsx';
import { draftFrom, draftProblem, mappingOf, type Role, withRole } from './import-draft.ts';
import { RefusedRows } from './refused-rows.tsx';

export function ImportDialog() {
  const open = usePanel((state) => state.open === 'import');
  return (
    <Modal
      opened={open}
      onClose={closePanel}
      title="Import a dataset"
      size="xl"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {open && <FileStep preview={previewTable}>{mappingStep}</FileStep>}
    </Modal>
  );
}

const mappingStep = (uploaded: Uploaded, other: () => void) => (
  <Mapping key={uploaded.upload} uploaded={uploaded} onOther={other} />
);

const roleWords: Record<Role, string> = {
  input: 'Input',
  expected: 'Expected answer',
  id: 'Row id',
  group: 'Group (never split apart)',
  tag: 'Tag',
  split: 'Split',
  ignore: 'Leave out',
};

function Mapping({ uploaded, onOther }: { uploaded: Uploaded; onOther: () => void }) {
  const { upload, file, preview } = uploaded;
  const [draft, setDraft] = useState(() => draftFrom(file.name, preview));
  const source = { kind: 'upload', upload, format: preview.format } as const;
  const [scorer, setScorer] = useState<ChosenScorer>(unchosen);
  const judged = scorerChosen(scorer);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const progress = useProgress((state) => state.imports[draft.name]);
  const submit = useMutation({
    mutationFn: (maxRejected: number) =>
      workbench.datasets.import({
        source,
        name: draft.name.trim(),
        maxRejected,
        ...mappingOf(draft),
        ...('scorer' in judged ? { scorer: judged.scorer } : {}),
      }),
    onSuccess: async (imported) => {
      await queries.invalidateQueries({ queryKey: ['datasets'] });
      closePanel();
      notifications.show({
        title: `${imported.dataset}: ${count(imported.rows)} rows`,
        message: imported.unchanged
          ? 'The same content was there already.'
          : imported.rejections > 0
            ? `${count(imported.rejections)} rows were left out.`
            : 'Imported.',
      });
      await navigate({ to: '/datasets/$dataset', params: { dataset: imported.dataset } });
    },
  });
  const problem = draftProblem(draft) ?? ('problem' in judged ? judged.problem : null);
  return (
    <form
      className="kp-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null) submit.mutate(draft.maxRejected);
      }}
    >
      <Group align="flex-start" grow preventGrowOverflow={false}>
        <TextInput
          label="Name"
          value={draft.name}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
        />
        <NumberInput
          label="Rows that may be left out"
          description="Bad rows beyond this refuse the import"
          inputWrapperOrder={['label', 'input', 'description']}
          min={0}
          allowDecimal={false}
          value={draft.maxRejected}
          onChange={(value) => setDraft({ ...draft, maxRejected: typeof value === 'number' ? value : 0 })}
        />
      </Group>
      <p className="kp-note">
        {file.name}: {preview.format.toUpperCase()}, {bytes(file.size)}, {count(preview.columns.length)}{' '}
        columns. The parts below are a suggestion from its first {count(preview.rows.length)} rows.
      </p>
      <ColumnParts
        preview={preview}
        parts={roleWords}
        chosen={draft.roles}
        ignored="ignore"
        onPart={(column, role) => setDraft(withRole(draft, column, role))}
      />
      <DatasetScorer chosen={scorer} onChosen={setScorer} />
      {submit.error !== null && (
        <RefusedRows
          error={submit.error}
          busy={submit.isPending}
          all={() => workbench.datasets.rejections({ source, ...mappingOf(draft) })}
          onTolerate={(rows) => {
            setDraft({ ...draft, maxRejected: rows });
            submit.mutate(rows);
          }}
        />
      )}
      <Group justify="space-between">
        <Button variant="default" onClick={onOther}>
          Another file
        </Button>
        <Group>
          <span className="kp-note" role="status">
            {submit.isPending && progress !== undefined ? `${count(progress.rows)} rows read` : problem}
          </span>
          <Button type="submit" disabled={problem !== null} loading={submit.isPending}>
            Import
          </Button>
        </Group>
      </Group>
    </form>
  );
}
