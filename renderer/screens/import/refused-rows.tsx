import { Button, Group } from '@mantine/core';
import type { Exported } from '../../../engine/api/index.ts';
import { toWorkbenchError } from '../../../engine/api/index.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { count } from '../../ui/format.ts';
import { RejectedGrid } from '../../ui/rejected-grid.tsx';
import { rejectedIn } from '../../ui/rejections.ts';
import { SaveRejected } from '../../ui/save-rejected.tsx';

/** Why an import was refused; where rows are to blame, each of them, and the way to go on without them. */
export function RefusedRows({
  error,
  busy,
  onTolerate,
  all,
}: {
  error: Error;
  busy: boolean;
  onTolerate: (rows: number) => void;
  all?: (() => Promise<Exported>) | undefined;
}) {
  const refused = rejectedIn(toWorkbenchError(error).details);
  if (refused === null) return <ErrorPanel error={error} />;
  return (
    <>
      <ErrorPanel error={error} listed={false} />
      <div className="kp-stack">
        <div className="kp-boxed-grid">
          <RejectedGrid rows={refused.rows} height={200} />
        </div>
        <Group justify="space-between">
          <span className="kp-note">
            {refused.rows.length < refused.count
              ? `The first ${count(refused.rows.length)} of ${count(refused.count)} rows that cannot be used.`
              : `${count(refused.count)} ${refused.count === 1 ? 'row' : 'rows'} that cannot be used.`}
          </span>
          <Group>
            <SaveRejected rows={refused.rows} total={refused.count} all={all} />
            <Button variant="default" loading={busy} onClick={() => onTolerate(refused.count)}>
              {refused.count === 1
                ? 'Leave it out and import'
                : `Leave these ${count(refused.count)} out and import`}
            </Button>
          </Group>
        </Group>
      </div>
    </>
  );
}
