/** The checks of a dataset, each to be cancelled by its name. */
import { randomUUID } from 'node:crypto';
import { checkExamples } from '../../datasets/index.ts';
import { type Handlers, type OutcomeMatrix, WorkbenchError } from '../api/index.ts';
import type { Store } from '../store/index.ts';
import { findDataset, findRun, loadMatrix, type Rooms } from './rooms.ts';

export function checkServices(rooms: Rooms): Pick<Handlers['datasets'], 'check' | 'cancelCheck'> {
  const jobs = new Map<string, AbortController>();
  return {
    check: async ({ dataset, run, job = randomUUID() }) => {
      const abort = new AbortController();
      jobs.set(job, abort);
      try {
        const store = await rooms.store();
        const found = await findDataset(store, dataset);
        return await checkExamples(found.name, () => store.datasets.examples(found.hash), {
          outcomes: run === undefined ? undefined : await outcomesOver(store, run, found),
          signal: abort.signal,
          total: found.rows,
          progress: (stage, done, total) =>
            rooms.feed.emit({ type: 'check.progress', job, stage, done, total }),
        });
      } finally {
        if (jobs.get(job) === abort) jobs.delete(job);
      }
    },
    // Nothing to wait for: whoever asked for the check gets the error.
    // oxlint-disable-next-line typescript/require-await
    cancelCheck: async ({ job }) => {
      const running = jobs.get(job);
      running?.abort(new WorkbenchError('cancelled', 'The check was cancelled.'));
      return { cancelled: running !== undefined };
    },
  };
}

async function outcomesOver(
  store: Store,
  ref: string,
  dataset: { name: string; hash: string },
): Promise<OutcomeMatrix> {
  const run = await findRun(store, ref);
  if (run.datasetHash === dataset.hash) return loadMatrix(store, [run.id], { inputs: false });
  throw new WorkbenchError('input.invalid', `Run ${run.id} is not over this version of "${dataset.name}".`, {
    hint: `It is over "${run.dataset}" (${run.datasetHash.slice(0, 12)}): check that one, or name another run.`,
  });
}
