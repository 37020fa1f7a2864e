import { Button, Group } from '@mantine/core';
import type { OutcomesImported } from '../../../engine/api/index.ts';
import { count } from '../../ui/format.ts';
import { RejectedGrid } from '../../ui/rejected-grid.tsx';
import { SaveRejected } from '../../ui/save-rejected.tsx';
import { Warnings } from '../../ui/warnings.tsx';

/** What an import has to say after it: what was made, what was left out, what to be careful with. */
export function ImportedStep({ imported, onOpen }: { imported: OutcomesImported; onOpen: () => void }) {
  const { outcomes, candidates, dataset, created, rejected, warnings } = imported;
  const several = candidates.length > 1;
  return (
    <div className="kp-stack">
      <p role="status">
        Imported: {count(outcomes)} {outcomes === 1 ? 'answer' : 'answers'} of {count(candidates.length)}{' '}
        {several ? 'candidates' : 'candidate'} to {created ? 'the new dataset ' : ''}
        {dataset}.
      </p>
      <Warnings warnings={warnings} />
      {rejected.length > 0 && (
        <>
          <div className="kp-boxed-grid">
            <RejectedGrid rows={rejected} height={200} />
          </div>
          <Group justify="space-between">
            <span className="kp-note">
              {count(rejected.length)} {rejected.length === 1 ? 'row was' : 'rows were'} left out.
            </span>
            <SaveRejected rows={rejected} total={rejected.length} />
          </Group>
        </>
      )}
      <Group justify="flex-end">
        <Button onClick={onOpen} data-autofocus>
          {several ? 'Compare the candidates' : 'Open the run'}
        </Button>
      </Group>
    </div>
  );
}
