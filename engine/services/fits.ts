import { randomUUID } from 'node:crypto';
import { type Handlers, type Warning, WorkbenchError } from '../api/index.ts';
import { finishPolicy } from '../policy/index.ts';
import { fitInWorker } from '../tuning/index.ts';
import { repricedWarnings, repriceMatrix } from './reprice-matrix.ts';
import { type Rooms, loadMatrix } from './rooms.ts';

/** Fits on one dataset after which it is worth saying that a promise holds for one fit, not for the best of many. */
const fewFits = 3;

const repeatedWarning = (earlier: number): Warning[] =>
  earlier < fewFits
    ? []
    : [
        {
          code: 'fit.repeated',
          message: `${earlier} fits were made on this dataset before. The confidence is that of a single fit: picking the one seed or ask that certifies is right less often.`,
          count: earlier,
          examples: [],
        },
      ];

export function fitServices(rooms: Rooms): Pick<Handlers, 'fits'> {
  const jobs = new Map<string, AbortController>();
  return {
    fits: {
      fit: async (input) => {
        const store = await rooms.store();
        const job = input.job ?? randomUUID();
        const abort = new AbortController();
        jobs.set(job, abort);
        try {
          const recorded = await loadMatrix(store, input.runs, {
            candidates: input.candidates,
            inputs: true,
          });
          const priced = input.prices && (await repriceMatrix(store, recorded, input.prices));
          const matrix = priced?.matrix ?? recorded;
          const { result, draft } = await fitInWorker(matrix, input, {
            signal: abort.signal,
            progress: (stage, done, total) =>
              rooms.feed.emit({ type: 'fit.progress', job, stage, done, total }),
            now: rooms.now().toISOString(),
          });
          const policy = finishPolicy(draft);
          const earlier = (await store.fits.list()).filter(
            ({ dataset }) => dataset === result.dataset,
          ).length;
          const fit = {
            ...result,
            warnings: [
              ...result.warnings,
              ...(priced ? repricedWarnings(priced.repriced) : []),
              ...repeatedWarning(earlier),
            ],
            fit: `fit-${randomUUID().slice(0, 8)}`,
            policy: `policy-${randomUUID().slice(0, 8)}`,
          };
          await store.fits.insert(fit, policy, policy.name);
          rooms.feed.emit({ type: 'fit.changed', fit: fit.fit });
          rooms.feed.emit({ type: 'policy.changed', policy: fit.policy });
          return fit;
        } finally {
          jobs.delete(job);
        }
      },
      cancel: async ({ job }) => {
        const running = jobs.get(job);
        running?.abort();
        return { cancelled: running !== undefined };
      },
      get: async ({ fit }) => {
        const found = await (await rooms.store()).fits.get(fit);
        if (found === null)
          throw new WorkbenchError('fit.not_found', `There is no fit "${fit}".`, {
            hint: '`kneepoint fit` makes one.',
          });
        return found;
      },
      list: async () =>
        (await (await rooms.store()).fits.list()).map(
          ({ fit, created, dataset, verdict, sentence, policy }) => ({
            fit,
            created,
            dataset,
            verdict,
            sentence,
            policy,
          }),
        ),
    },
  };
}
