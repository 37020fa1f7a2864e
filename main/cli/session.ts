/** One command's work: the workbench opened, the call made, the workbench closed, whatever happens. */
import type { Workbench } from '../../engine/api/index.ts';
import { withProgress } from './progress.ts';
import { type GlobalFlags, type Output, type Surroundings, createOutput } from './terminal.ts';

export interface Session {
  api: Workbench;
  out: Output;
  around: Surroundings;
  flags: GlobalFlags;
  /** Shows progress while the call runs. */
  watch<T>(work: () => Promise<T>): Promise<T>;
  /** Exit code other than 0 for a command that worked and whose answer is no (a gate). */
  fail(): void;
  /** Registers what Ctrl+C should do first; the command then ends with 130. */
  interrupted: AbortSignal;
}

export type Command = (session: Session) => Promise<void>;

export async function runSession(
  around: Surroundings,
  flags: GlobalFlags,
  command: Command,
): Promise<number> {
  const { createWorkbench } = await import('../../engine/workbench.ts');
  const workbench = await createWorkbench({
    folder: flags.workspace,
    env: around.env,
    allowPaths: true,
    stdin: around.stdin,
  });
  const interrupt = new AbortController();
  const stop = around.onInterrupt(() => interrupt.abort());
  let code = 0;
  try {
    await command({
      api: workbench.api,
      out: createOutput(around, flags),
      around,
      flags,
      watch: (work) => withProgress(workbench.api, around, flags, work),
      fail: () => {
        code = 1;
      },
      interrupted: interrupt.signal,
    });
  } finally {
    stop();
    await workbench.close();
  }
  return interrupt.signal.aborted ? 130 : code;
}
