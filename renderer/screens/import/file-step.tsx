/** Choosing a file, sending it in chunks, and reading its first rows. */
import { Button, FileButton } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { DatasetPreviewed } from '../../../engine/api/index.ts';
import { workbench } from '../../data/connection.ts';
import { uploadFile } from '../../data/upload-file.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { bytes } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';

export interface Uploaded<P = DatasetPreviewed> {
  upload: string;
  file: File;
  preview: P;
}

export const previewTable = (upload: string): Promise<DatasetPreviewed> =>
  workbench.datasets.preview({ source: { kind: 'upload', upload }, rows: 50 });

export function FileStep<P>({
  accepts = 'CSV, TSV, JSON, JSONL or Parquet; text formats also as .gz or .zst.',
  preview,
  children,
}: {
  accepts?: string;
  preview: (upload: string) => Promise<P>;
  children: (uploaded: Uploaded<P>, other: () => void) => ReactNode;
}) {
  const [sent, setSent] = useState(0);
  const abort = useRef(new AbortController());
  // Closing the dialog stops an upload on its way.
  useEffect(() => {
    const controller = new AbortController();
    abort.current = controller;
    return () => controller.abort();
  }, []);
  const read = useMutation({
    mutationFn: async (file: File): Promise<Uploaded<P>> => {
      const upload = await uploadFile(file, { signal: abort.current.signal, onProgress: setSent });
      return { upload, file, preview: await preview(upload) };
    },
  });
  if (read.data !== undefined) return children(read.data, read.reset);
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
        <p>Drop a file here, or choose one. {accepts}</p>
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
