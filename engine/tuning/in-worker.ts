/** A fit on a thread of its own: whoever asked stays answerable, and cancelling ends the thread wherever it is. */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type ErrorBody, type FitInput, type OutcomeMatrix, WorkbenchError } from '../api/index.ts';
import { type FitContext, fitPolicy } from './fit-policy.ts';

type Fitted = Awaited<ReturnType<typeof fitPolicy>>;
export interface FitAsk {
  matrix: OutcomeMatrix;
  input: FitInput;
  now: string;
}
export type FitMessage =
  | { kind: 'progress'; stage: string; done: number; total: number }
  | { kind: 'fitted'; fitted: Fitted }
  | { kind: 'failed'; error: ErrorBody };

/** Below this many outcomes the fit is over before a thread has started. */
const WORTH_A_THREAD = 2000;

/**
 * `fitPolicy`, the same to the last digit. The thread gets a copy of the matrix. Where the build has no file for the
 * thread, or the fit is a small one, it runs here.
 *
 * @throws what `fitPolicy` throws; WorkbenchError cancelled as soon as `ctx.signal` is aborted.
 */
export async function fitInWorker(matrix: OutcomeMatrix, input: FitInput, ctx: FitContext): Promise<Fitted> {
  const script = threadScript();
  const outcomes = matrix.examples.length * matrix.candidates.length;
  if (script === null || outcomes < WORTH_A_THREAD) return fitPolicy(matrix, input, ctx);
  ctx.signal.throwIfAborted();
  const ask: FitAsk = { matrix, input, now: ctx.now };
  const worker = new Worker(script, { workerData: ask, name: 'kneepoint-fit' });
  let cancel: (() => void) | undefined;
  try {
    return await new Promise<Fitted>((resolve, reject) => {
      worker.on('message', (message: FitMessage) => {
        if (message.kind === 'progress') ctx.progress(message.stage, message.done, message.total);
        else if (message.kind === 'fitted') resolve(message.fitted);
        else reject(WorkbenchError.fromBody(message.error));
      });
      worker.on('error', reject);
      worker.on('exit', (code) =>
        reject(new WorkbenchError('bug', `The thread of the fit ended with ${code} and no result.`)),
      );
      cancel = () => reject(new WorkbenchError('cancelled', 'The fit was cancelled.'));
      ctx.signal.addEventListener('abort', cancel);
    });
  } finally {
    if (cancel !== undefined) ctx.signal.removeEventListener('abort', cancel);
    await worker.terminate();
  }
}

/** Beside this file in the sources, beside the bundle in a build. */
function threadScript(): URL | null {
  const names = ['fit-worker.js', 'fit-worker.cjs', 'fit-worker.ts'];
  return names.map((name) => new URL(name, import.meta.url)).find((url) => existsSync(url)) ?? null;
}
