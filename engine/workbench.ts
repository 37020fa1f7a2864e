/** The composition root: one workspace, its rooms, and the API over them. */
import { basename, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { createHub, HUB_ENDPOINT } from '../datasets/index.ts';
import manifest from '../package.json' with { type: 'json' };
import type { Handlers, Workbench } from './api/index.ts';
import { dispatching } from './dispatch.ts';
import { readEvaluatorAssets } from './evaluator-assets.ts';
import { createEventFeed } from './event-feed.ts';
import {
  createProviders,
  type ModelSpec,
  PRICE_TABLE_DATE,
  priceOf,
  priceTableSha256,
} from './providers/index.ts';
import { createRuns, type ModelFacts, type Runs } from './runs/index.ts';
import { compareServices } from './services/compare.ts';
import { datasetServices } from './services/datasets.ts';
import { fitServices } from './services/fits.ts';
import { policyServices } from './services/policies.ts';
import { traceServices } from './services/traces.ts';
import { reviewServices } from './services/reviews.ts';
import type { Rooms } from './services/rooms.ts';
import { runServices } from './services/runs.ts';
import { scoreServices } from './services/scores.ts';
import { openStore, type Store } from './store/index.ts';
import { createUploads } from './uploads.ts';
import { createDownloads } from './downloads.ts';

export interface WorkbenchOptions {
  /** The workspace folder; made at the first need. */
  folder: string;
  env: Record<string, string | undefined>;
  /** Whether inputs may name files of this machine: the terminal's may, a browser's may not. */
  allowPaths: boolean;
  stdin?: Readable;
  /** Keys from a keychain, by the name of their variable; asked before the environment. */
  secrets?: (variable: string) => string | null;
  now?: () => Date;
}

/** Closing waits for what is in flight and releases the workspace. */
export async function createWorkbench(
  options: WorkbenchOptions,
): Promise<{ api: Workbench; close(): Promise<void> }> {
  const folder = resolve(options.folder);
  const now = options.now ?? (() => new Date());
  const feed = createEventFeed(now);
  const uploads = createUploads(folder);
  const downloads = createDownloads(folder);
  const hub = createHub(
    {
      endpoint: options.env['HF_ENDPOINT'] || HUB_ENDPOINT,
      token: options.env['HF_TOKEN'] || null,
      fetch: globalThis.fetch,
      sleep: (ms, signal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }),
    },
    join(folder, 'hub'),
  );
  const providers = createProviders({
    env: options.env,
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
  });
  let store: Promise<Store> | null = null;
  let runs: Promise<Runs> | null = null;

  const rooms: Rooms = {
    version: manifest.version,
    folder,
    hasKey: (variable) => Boolean(options.secrets?.(variable) || options.env[variable]),
    allowPaths: options.allowPaths,
    stdin: options.stdin,
    now,
    feed,
    uploads,
    downloads,
    hub,
    providers,
    assets: readEvaluatorAssets,
    store() {
      // A failed opening is not kept: the next call may succeed, once another process has let go.
      store ??= openStore(folder, { clock: now }).catch((thrown: unknown) => {
        store = null;
        throw thrown;
      });
      return store;
    },
    runs() {
      runs ??= rooms.store().then(
        (opened) => createRuns({ store: opened, providers, emit: (event) => feed.emit(event), facts }),
        (thrown: unknown) => {
          runs = null;
          throw thrown;
        },
      );
      return runs;
    },
  };

  const handlers: Handlers = {
    workspace: {
      info: async () => {
        const { freshCostUsd, cachedCostUsd, ...rows } = await (await rooms.store()).counts();
        return {
          version: rooms.version,
          workspace: options.allowPaths ? folder : basename(folder),
          rows,
          costUsd: { fresh: freshCostUsd, cached: cachedCostUsd },
        };
      },
    },
    events: { since: ({ seq, waitMs }) => feed.since(seq, waitMs) },
    ...datasetServices(rooms),
    ...runServices(rooms),
    ...scoreServices(rooms),
    ...reviewServices(rooms),
    ...traceServices(rooms),
    ...compareServices(rooms),
    ...fitServices(rooms),
    ...policyServices(rooms),
  };
  return {
    api: dispatching(handlers),
    async close() {
      feed.close();
      if (runs !== null) await (await runs).close();
      if (store !== null) {
        const opened = await store;
        await uploads.clear();
        await downloads.clear();
        await opened.close();
      }
    },
  };
}

/** What a policy later says of a model: its price, and which table that is from. */
function facts(spec: ModelSpec): ModelFacts {
  const price = priceOf(spec);
  const fromTable = price !== null && spec.price === undefined;
  return {
    provider: spec.provider,
    model: spec.model,
    parameters: spec.parameters,
    inputPerMTok: price?.inputPerMTok ?? null,
    outputPerMTok: price?.outputPerMTok ?? null,
    priceDate: fromTable ? PRICE_TABLE_DATE : null,
    priceHash: fromTable ? priceTableSha256() : null,
  };
}
