import { toWorkbenchError, WorkbenchError } from '../api/index.ts';

/** DuckDB reports by text alone: these are the words it and the system use. */
const diskFull = /no space left on device|disk (is )?full|ENOSPC|not enough space|EDQUOT|quota exceeded/i;
const readOnly = /read-only|EROFS|EACCES|EPERM|permission denied|Cannot open file|not permitted/i;
const locked = /Could not set lock on file|Conflicting lock|being used by another process/i;

export const isDiskFull = (thrown: unknown): boolean => diskFull.test(textOf(thrown));
export const isLocked = (thrown: unknown): boolean => locked.test(textOf(thrown));
export const isReadOnly = (thrown: unknown): boolean => readOnly.test(textOf(thrown));

const textOf = (thrown: unknown): string =>
  thrown instanceof Error
    ? `${(thrown as NodeJS.ErrnoException).code ?? ''} ${thrown.message}`
    : String(thrown);

/** What went wrong below the repositories, as the person can act on it. Our own errors pass unchanged. */
export function storageError(thrown: unknown, folder: string): WorkbenchError {
  if (thrown instanceof WorkbenchError) return thrown;
  if (isDiskFull(thrown)) {
    return new WorkbenchError('workspace.disk_full', `The disk that holds the workspace ${folder} is full.`, {
      hint: 'Free some space, or move the workspace to a larger disk, then try again: nothing was half written.',
      cause: thrown,
      retryable: true,
    });
  }
  if (isLocked(thrown)) {
    const pid = /PID (\d+)/.exec(textOf(thrown))?.[1];
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    return new WorkbenchError('workspace.locked', `The workspace ${folder} is in use by ${who}.`, {
      hint: 'Close that Kneepoint (or wait for it to finish), or use another workspace with `--workspace`.',
      details: pid === undefined ? {} : { pid: Number(pid) },
      cause: thrown,
      retryable: true,
    });
  }
  if (isReadOnly(thrown)) {
    return new WorkbenchError('workspace.read_only', `The workspace ${folder} cannot be written.`, {
      hint: 'Give this user the right to write there, or use another workspace with `--workspace`.',
      cause: thrown,
    });
  }
  return toWorkbenchError(thrown);
}
