import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { Exported, RejectedRow } from '../../engine/api/index.ts';
// Not by the room's index: that takes node:net along, which no browser has.
import { csvLine } from '../../engine/text/csv-cells.ts';
import { downloadExport } from '../data/download-export.ts';
import { downloadText } from '../data/download-text.ts';
import { ErrorPanel } from './error-panel.tsx';
import { count } from './format.ts';
import { rejectionWords } from './rejections.ts';

/** The same columns as the command line writes; cells that a spreadsheet would run are made text. */
export const rejectedCsv = (rows: RejectedRow[]): string =>
  [
    csvLine(['line', 'code', 'reason', 'fix']),
    ...rows.map(({ line, code, message }) => csvLine([line, code, message, rejectionWords[code].fix])),
  ].join('');

/** `all` fetches every row where more were rejected than are listed. */
export function SaveRejected({
  rows,
  total,
  all,
}: {
  rows: RejectedRow[];
  total: number;
  all?: (() => Promise<Exported>) | undefined;
}) {
  const save = useMutation({
    mutationFn: async () => {
      if (all === undefined || rows.length === total) downloadText('rejected-rows.csv', rejectedCsv(rows));
      else await downloadExport(await all());
    },
  });
  const saved = all === undefined ? rows.length : total;
  return (
    <>
      <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
        {saved < total ? `Save the ${count(saved)} listed as CSV` : 'Save as CSV'}
      </Button>
      {save.error !== null && <ErrorPanel error={save.error} />}
    </>
  );
}
