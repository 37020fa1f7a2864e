/** The thread of one fit: gets the outcomes, tells how far it is, gives the draft. See in-worker.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { toWorkbenchError } from '../api/index.ts';
import { fitPolicy } from './fit-policy.ts';
import type { FitAsk, FitMessage } from './in-worker.ts';

const say = (message: FitMessage): void => {
  // A window's postMessage wants an origin; a thread's has none.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message);
};
// Only in-worker.ts starts this file, with exactly this.
const { matrix, input, now } = workerData as FitAsk;
void fitPolicy(matrix, input, {
  // Who cancels ends the thread.
  signal: new AbortController().signal,
  progress: (stage, done, total) => say({ kind: 'progress', stage, done, total }),
  now,
}).then(
  (fitted) => say({ kind: 'fitted', fitted }),
  (thrown: unknown) => say({ kind: 'failed', error: toWorkbenchError(thrown).toBody() }),
);
