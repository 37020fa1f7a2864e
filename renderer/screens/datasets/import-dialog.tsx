import { Button, FileButton, Group, Modal, NumberInput, Select, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { DatasetPreviewed, Json } from '../../../engine/api/index.ts';
import { closePanel, usePanel } from '../../app/panels.ts';
import { workbench } from '../../data/connection.ts';
import { useProgress } from '../../data/progress.ts';
import { uploadFile } from '../../data/upload-file.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { bytes, count } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import {
  draftFrom,
  draftProblem,
  type ImportDraft,
  mappingOf,
  type Role,
  roles,
  withRole,
} from './import-draft.ts';

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
      {open && <ImportSteps />}
    </Modal>
  );
}

interface Uploaded {
  upload: string;
  file: File;
  preview: DatasetPreviewed;
}

function ImportSteps() {
  const [sent, setSent] = useState(0);
  const abort = useRef(new AbortController());
  // Closing the dialog stops an upload on its way.
  useEffect(() => {
    const controller = new AbortController();
    abort.current = controller;
    return () => controller.abort();
  }, []);
  const read = useMutation({
    mutationFn: async (file: File): Promise<Uploaded> => {
      const upload = await uploadFile(file, { signal: abort.current.signal, onProgress: setSent });
      return {
        upload,
        file,
        preview: await workbench.datasets.preview({ source: { kind: 'upload', upload }, rows: 50 }),
      };
    },
  });
  if (read.data !== undefined)
    return <Mapping key={read.data.upload} uploaded={read.data} onOther={read.reset} />;
  const take = (file: File | null): void => {
    if (file === null) return;
    setSent(0);
    read.mutate(file);
  };
  return (
    <div className="kp-stack">
      <div
        className="kp-drop"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          take(event.dataTransfer.files[0] ?? null);
        }}
      >
        <p>
          Drop a file here, or choose one. CSV, TSV, JSON, JSONL or Parquet; text formats also as .gz or .zst.
        </p>
        <FileButton onChange={take} inputProps={{ 'aria-label': 'File to import' }}>
          {(props) => (
            <Button {...props} loading={read.isPending} leftSection={<Icon name="import" size={14} />}>
              Choose a file
            </Button>
          )}
        </FileButton>
        {read.isPending && (
          <p className="kp-note" role="status">
            {bytes(sent)} of {bytes(read.variables.size)} sent
          </p>
        )}
      </div>
      {read.error !== null && <ErrorPanel error={read.error} />}
      <p className="kp-note">The file stays on this machine. An import is whole or not at all.</p>
    </div>
  );
}

function Mapping({ uploaded, onOther }: { uploaded: Uploaded; onOther: () => void }) {
  const { upload, file, preview } = uploaded;
  const [draft, setDraft] = useState(() => draftFrom(file.name, preview));
  const navigate = useNavigate();
  const queries = useQueryClient();
  const progress = useProgress((state) => state.imports[draft.name]);
  const submit = useMutation({
    mutationFn: () =>
      workbench.datasets.import({
        source: { kind: 'upload', upload, format: preview.format },
        name: draft.name.trim(),
        maxRejected: draft.maxRejected,
        ...mappingOf(draft),
      }),
    onSuccess: async (imported) => {
      await queries.invalidateQueries({ queryKey: ['datasets'] });
      closePanel();
      notifications.show({
        title: `${imported.dataset}: ${count(imported.rows)} rows`,
        message: imported.unchanged
          ? 'The same content was there already.'
          : imported.rejected.length > 0
            ? `${count(imported.rejected.length)} rows were left out.`
            : 'Imported.',
      });
      await navigate({ to: '/datasets/$dataset', params: { dataset: imported.dataset } });
    },
  });
  const problem = draftProblem(draft);
  return (
    <form
      className="kp-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null) submit.mutate();
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
      <ColumnRoles
        draft={draft}
        preview={preview}
        onRole={(column, role) => setDraft(withRole(draft, column, role))}
      />
      <Preview preview={preview} draft={draft} />
      {submit.error !== null && <ErrorPanel error={submit.error} />}
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

const roleWords: Record<Role, string> = {
  input: 'Input',
  expected: 'Expected answer',
  id: 'Row id',
  group: 'Group (never split apart)',
  tag: 'Tag',
  split: 'Split',
  ignore: 'Leave out',
};

function ColumnRoles({
  draft,
  preview,
  onRole,
}: {
  draft: ImportDraft;
  preview: DatasetPreviewed;
  onRole: (column: string, role: Role) => void;
}) {
  return (
    <div className="kp-table-frame kp-boxed" tabIndex={0} role="group" aria-label="Columns of the file">
      <table className="kp-table">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Type</th>
            <th scope="col" data-align="right">
              Distinct
            </th>
            <th scope="col" data-align="right">
              Empty
            </th>
            <th scope="col">Part</th>
          </tr>
        </thead>
        <tbody>
          {preview.columns.map((column) => (
            <tr key={column.name}>
              <th scope="row">{column.name}</th>
              <td>{column.type}</td>
              <td data-align="right">{count(column.distinct)}</td>
              <td data-align="right">{count(column.nulls)}</td>
              <td>
                <Select
                  aria-label={`Part of ${column.name}`}
                  data={roles.map((role) => ({ value: role, label: roleWords[role] }))}
                  value={draft.roles[column.name] ?? 'ignore'}
                  onChange={(role) => role !== null && onRole(column.name, role)}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const asText = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

function Preview({ preview, draft }: { preview: DatasetPreviewed; draft: ImportDraft }) {
  const shown = preview.columns.filter((column) => draft.roles[column.name] !== 'ignore');
  return (
    <div className="kp-table-frame kp-boxed kp-preview" tabIndex={0} role="group" aria-label="First rows">
      <table className="kp-table">
        <thead>
          <tr>
            {shown.map((column) => (
              <th key={column.name} scope="col">
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.rows.slice(0, 5).map((row, index) => (
            // Previewed rows have no identity but their place in the file.
            <tr key={index}>
              {shown.map((column) => (
                <td key={column.name}>{asText(row[column.name]).slice(0, 160)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
