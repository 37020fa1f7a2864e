/** The network edge of these tests: a provider that answers in process, and a workspace around it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventBody, Example, ScorerSpec } from '../../engine/api/index.ts';
import {
  type ModelRequest,
  type ModelResponse,
  type ModelSpec,
  type Provider,
  ProviderError,
  type ProviderFailure,
  type ProviderRegistry,
} from '../../engine/providers/provider.ts';
import { createRuns, type Runs, type RunsOptions } from '../../engine/runs/index.ts';
import { type DatasetRecord, openStore, type Store } from '../../engine/store/index.ts';

export type Answering = (
  request: ModelRequest,
  signal: AbortSignal,
) => Promise<ModelResponse> | ModelResponse;

export function answer(text: string, more: Partial<ModelResponse> = {}): ModelResponse {
  return {
    text,
    toolCalls: [],
    usage: { inputTokens: 10, outputTokens: 2, cachedInputTokens: 0, cacheWriteTokens: 0 },
    answeredBy: 'fake-1',
    finish: 'stop',
    costUsd: 0.01,
    latencyMs: 5,
    confidence: null,
    ...more,
  };
}

export const failure = (kind: ProviderFailure['class'], more: Partial<ProviderFailure> = {}): ProviderError =>
  new ProviderError({
    class: kind,
    message: `it was ${kind}`,
    status: null,
    retryAfterMs: null,
    paidUsd: 0,
    ...more,
  });

export function fakeProvider(id: string, call: Answering, more: Partial<Provider> = {}): Provider {
  return {
    id,
    keyVariable: null,
    call: async (request, signal) => call(request, signal),
    stream: () => {
      throw new Error('not streamed in these tests');
    },
    ...more,
  };
}

export function registryOf(providers: Provider[], worstCaseUsd: number | null = 0.02): ProviderRegistry {
  return {
    get(id) {
      const found = providers.find((provider) => provider.id === id);
      if (found === undefined) throw new Error(`no provider ${id}`);
      return found;
    },
    list: () => providers,
    resolve: (name): ModelSpec => {
      const [provider, ...model] = name.split('/');
      return { provider: provider!, model: model.join('/'), parameters: {} };
    },
    worstCaseUsd: () => worstCaseUsd,
  };
}

export const exact: ScorerSpec = { kind: 'exact', caseSensitive: false };

export const exampleOf = (i: number, more: Partial<Example> = {}): Example => ({
  id: `e${i}`,
  input: { question: `question ${i}` },
  expected: `answer ${i}`,
  group: null,
  tags: {},
  split: null,
  ...more,
});
export const examplesOf = (n: number, more: (i: number) => Partial<Example> = () => ({})): Example[] =>
  Array.from({ length: n }, (_, i) => exampleOf(i, more(i)));

// eslint-disable-next-line typescript/require-await -- a stream of batches already in memory
export async function* batched<T>(rows: T[], size = 2048): AsyncGenerator<T[]> {
  for (let i = 0; i < rows.length; i += size) yield rows.slice(i, i + size);
}

export const datasetRecord = (more: Partial<DatasetRecord> = {}): DatasetRecord => ({
  name: 'rows',
  hash: 'a'.repeat(64),
  created: '2026-01-01T00:00:00.000Z',
  mapping: { input: ['question'], expected: 'answer', tags: [] },
  scorer: exact,
  source: 'rows.csv',
  ...more,
});

export const twoArms = `pipeline: two-arms
version: 1
candidates:
  a: { provider: fake, model: small }
  b: { provider: fake, model: large }
steps:
  - id: answer
    route: { by: candidate, candidates: [a, b] }
    generate: { prompt: "{{input.question}}" }
`;
export const oneArm = `pipeline: one-arm
version: 1
candidates:
  a: { provider: fake, model: small }
steps:
  - id: answer
    generate: { model: a, prompt: "{{input.question}}" }
`;
export const threeSteps = `pipeline: three
version: 1
candidates:
  a: { provider: fake, model: small }
steps:
  - id: size
    signal: { kind: length, of: "{{input.question}}" }
  - id: first
    generate: { model: a, prompt: "1 {{input.question}}" }
  - id: second
    generate: { model: a, prompt: "2 {{steps.first.output}}" }
  - id: third
    generate: { model: a, prompt: "3 {{steps.second.output}}" }
`;

export interface Bench extends AsyncDisposable {
  store: Store;
  runs: Runs;
  events: EventBody[];
  dataset: DatasetRecord & { rows: number };
  folder: string;
  /** Closes and opens the same workspace, as another process would. */
  reopen(more?: Partial<RunsOptions>): Promise<void>;
  start(pipeline: string, more?: Partial<Parameters<Runs['start']>[0]>): ReturnType<Runs['start']>;
}

export async function bench(
  examples: Example[],
  providers: ProviderRegistry,
  more: Partial<RunsOptions> & { record?: Partial<DatasetRecord>; folder?: string } = {},
): Promise<Bench> {
  const { record: dataset, folder: given, ...options } = more;
  const folder = given ?? mkdtempSync(join(tmpdir(), 'kneepoint-test-'));
  const record = datasetRecord(dataset);
  const events: EventBody[] = [];
  const emit = (event: EventBody): void => void events.push(event);
  const retry = { attempts: 4, firstDelayMs: 1, maxDelayMs: 4, maxRetryAfterMs: 1000 };
  let store = await openStore(folder);
  await store.datasets.insert(record, batched(examples));
  let runs = createRuns({ store, providers, emit, retry, ...options });
  return {
    get store() {
      return store;
    },
    get runs() {
      return runs;
    },
    events,
    folder,
    dataset: { ...record, rows: examples.length },
    async reopen(again = {}) {
      await runs.close();
      await store.close();
      store = await openStore(folder);
      runs = createRuns({ store, providers, emit, retry, ...options, ...again });
    },
    start: (text, input = {}) =>
      runs.start({
        pipeline: { text, file: 'test.yaml', baseFolder: null },
        dataset: { ...record, rows: examples.length },
        concurrency: 16,
        seed: 1,
        fresh: false,
        ambiguous: 'retry',
        ...input,
      }),
    async [Symbol.asyncDispose]() {
      await runs.close();
      await store.close();
      if (given === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
