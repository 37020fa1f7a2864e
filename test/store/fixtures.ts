import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../engine/api/index.ts';
import { type OpenOptions, openStore, type RunRecord, type Store } from '../../engine/store/index.ts';

export interface Workspace extends AsyncDisposable {
  store: Store;
  folder: string;
  /** Closes and opens again. */
  reopen(): Promise<void>;
}

export function temporaryFolder(): { folder: string; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-store-'));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function workspace(options: OpenOptions = {}): Promise<Workspace> {
  const place = temporaryFolder();
  let store = await openStore(place.folder, options);
  return {
    get store() {
      return store;
    },
    folder: place.folder,
    async reopen() {
      await store.close();
      store = await openStore(place.folder, options);
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      place[Symbol.dispose]();
    },
  };
}

export const runRecord = (more: Partial<RunRecord> = {}): RunRecord => ({
  id: 'r1',
  name: 'recorded',
  kind: 'recorded',
  dataset: 'rows',
  datasetHash: 'a'.repeat(64),
  status: 'done',
  reason: null,
  created: '2026-01-01T00:00:00.000Z',
  config: {},
  configHash: 'c',
  total: 0,
  wallMs: 0,
  budgetUsd: null,
  ...more,
});

export const outcomeOf = (example: string, candidate: string, more: Partial<Outcome> = {}): Outcome => ({
  run: 'r1',
  example,
  candidate,
  output: 'yes',
  score: 1,
  costUsd: 0.5,
  freshCostUsd: 0.5,
  latencyMs: 10,
  inputTokens: 3,
  outputTokens: 1,
  cached: false,
  error: null,
  answeredBy: 'm',
  signals: {},
  ...more,
});
