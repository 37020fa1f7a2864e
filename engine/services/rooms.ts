/** What the services share: the rooms of one workspace, the store opened at first need. */
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Hub, Opening } from '../../datasets/index.ts';
import { type OutcomeMatrix, WorkbenchError } from '../api/index.ts';
import type { EventFeed } from '../event-feed.ts';
import type { EvaluatorAssets } from '../policy/index.ts';
import type { ProviderRegistry } from '../providers/index.ts';
import type { Runs } from '../runs/index.ts';
import { canonicalAnswer } from '../scoring/index.ts';
import type { RunRecord, Store } from '../store/index.ts';
import type { Downloads } from '../downloads.ts';
import type { Uploads } from '../uploads.ts';

export interface Rooms {
  version: string;
  folder: string;
  /** Whether the keychain or the environment holds it. */
  hasKey(variable: string): boolean;
  allowPaths: boolean;
  stdin: Readable | undefined;
  now: () => Date;
  feed: EventFeed;
  uploads: Uploads;
  downloads: Downloads;
  hub: Hub;
  providers: ProviderRegistry;
  assets(): EvaluatorAssets;
  /** Opens the workspace at the first call; `policies.decide` on a file never needs it. */
  store(): Promise<Store>;
  runs(): Promise<Runs>;
}

export function opening(rooms: Rooms, name: string): Opening {
  return {
    stdin: rooms.stdin,
    uploads: (id) => rooms.uploads.path(id),
    allowPaths: rooms.allowPaths,
    hub: rooms.hub,
    tempFolder: rooms.folder,
    onProgress: (rows, bytes, totalBytes) =>
      rooms.feed.emit({ type: 'import.progress', name, rows, bytes, totalBytes }),
  };
}

export async function findDataset(
  store: Store,
  ref: string,
): Promise<NonNullable<Awaited<ReturnType<Store['datasets']['find']>>>> {
  const found = await store.datasets.find(ref);
  if (found !== null) return found;
  const names = (await store.datasets.list()).map(({ name }) => name);
  throw new WorkbenchError('dataset.not_found', `There is no dataset "${ref}".`, {
    hint:
      names.length === 0
        ? 'Import one with `kneepoint dataset import`.'
        : `There are: ${names.slice(0, 20).join(', ')}.`,
  });
}

export async function findRun(store: Store, ref: string): Promise<RunRecord> {
  const found = await store.runs.find(ref);
  if (found !== null) return found;
  throw new WorkbenchError('run.not_found', `There is no run "${ref}".`, {
    hint: '`kneepoint run list` shows them; `latest` names the newest.',
  });
}

/** The outcomes of runs over one dataset, in memory. Throws where the runs are of different datasets. */
export async function loadMatrix(
  store: Store,
  refs: string[],
  options: { candidates?: string[] | undefined; inputs: boolean },
): Promise<OutcomeMatrix> {
  const runs = await Promise.all(refs.map((ref) => findRun(store, ref)));
  const [first] = runs;
  const other = runs.find((run) => run.datasetHash !== first?.datasetHash);
  if (first !== undefined && other !== undefined) {
    throw new WorkbenchError(
      'input.invalid',
      `Runs ${first.id} and ${other.id} are over different datasets (or versions).`,
      {
        hint: 'Only runs over the same dataset version can be put together.',
      },
    );
  }
  return store.runs.matrix(
    runs.map(({ id }) => id),
    { ...options, canonical: (scorer, output) => canonicalAnswer(scorer, output) },
  );
}

export const scratch = (rooms: Rooms, name: string): string => join(rooms.folder, name);
