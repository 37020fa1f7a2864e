import { createHash, randomUUID } from 'node:crypto';
import {
  checkExamples,
  openSource,
  previewSource,
  readExamples,
  readOutcomes,
} from '../../datasets/index.ts';
import {
  type DatasetImport,
  type DatasetImported,
  type DatasetMapping,
  type Handlers,
  type Json,
  type Outcome,
  type OutcomeMatrix,
  WorkbenchError,
} from '../api/index.ts';
import { checkScorer, inferScorer, scorer } from '../scoring/index.ts';
import type { Store } from '../store/index.ts';
import { type Rooms, findDataset, findRun, loadMatrix, opening } from './rooms.ts';

export function datasetServices(rooms: Rooms): Pick<Handlers, 'uploads' | 'datasets' | 'outcomes'> {
  return {
    uploads: {
      create: async ({ name }) => ({ upload: await rooms.uploads.create(name) }),
      append: async ({ upload, chunk }) => ({ bytes: await rooms.uploads.append(upload, chunk) }),
      discard: async ({ upload }) => {
        await rooms.uploads.discard(upload);
        return null;
      },
    },
    datasets: {
      preview: async ({ source, rows }) => {
        const opened = await openSource(source, opening(rooms, 'preview'));
        try {
          return await previewSource(opened, rows);
        } finally {
          await opened.close();
        }
      },
      import: (input) => importDataset(rooms, input),
      list: async () => (await rooms.store()).datasets.list(),
      show: async ({ dataset }) => {
        const store = await rooms.store();
        return store.datasets.show((await findDataset(store, dataset)).hash);
      },
      check: async ({ dataset, run }) => {
        const store = await rooms.store();
        const found = await findDataset(store, dataset);
        return checkExamples(found.name, () => store.datasets.examples(found.hash), {
          outcomes: run === undefined ? undefined : await outcomesOver(store, run, found),
        });
      },
      rows: async ({ dataset, ...request }) => {
        const store = await rooms.store();
        return store.datasets.page((await findDataset(store, dataset)).hash, request);
      },
    },
    outcomes: { import: (input) => importOutcomes(rooms, input) },
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

/** Whole or not at all: every row is checked before the first is stored, and storing is one transaction. */
export async function importDataset(rooms: Rooms, input: DatasetImport): Promise<DatasetImported> {
  if (input.scorer !== undefined) checkScorer(input.scorer);
  const store = await rooms.store();
  const opened = await openSource(input.source, opening(rooms, input.name));
  try {
    const mapping = mappingOf(input);
    const read = await readExamples(opened, {
      mapping,
      maxRejected: input.maxRejected,
      scorer: input.scorer,
      infer: inferScorer,
    });
    // How answers are judged is part of what a dataset is: the same rows judged otherwise are another version.
    const hash = createHash('sha256')
      .update(`${read.hash}|${JSON.stringify(read.scorer)}`)
      .digest('hex');
    const before = await store.datasets.find(input.name);
    const unchanged = before?.hash === hash;
    if (!unchanged) {
      await store.datasets.insert(
        {
          name: input.name,
          hash,
          created: rooms.now().toISOString(),
          mapping,
          scorer: read.scorer,
          source: opened.name,
        },
        read.batches(),
      );
      rooms.feed.emit({ type: 'dataset.changed', dataset: input.name });
    }
    return {
      dataset: input.name,
      hash,
      rows: read.rows,
      unchanged,
      scorer: read.scorer,
      rejected: read.rejected,
      warnings: read.warnings,
    };
  } finally {
    await opened.close();
  }
}

function mappingOf({ input, expected, id, group, tags, split }: DatasetImport): DatasetMapping {
  return {
    input,
    tags,
    ...(expected === undefined ? {} : { expected }),
    ...(id === undefined ? {} : { id }),
    ...(group === undefined ? {} : { group }),
    ...(split === undefined ? {} : { split }),
  };
}

async function importOutcomes(
  rooms: Rooms,
  input: Parameters<Handlers['outcomes']['import']>[0],
): ReturnType<Handlers['outcomes']['import']> {
  const store = await rooms.store();
  const dataset = await findDataset(store, input.dataset);
  const { source, dataset: _ref, name, ...mapping } = input;
  const opened = await openSource(source, opening(rooms, name ?? 'outcomes'));
  try {
    const expected = new Map<string, Json>();
    for await (const batch of store.datasets.examples(dataset.hash))
      for (const example of batch) expected.set(example.id, example.expected);
    const run = randomUUID().slice(0, 8);
    const read = await readOutcomes(opened, mapping, new Set(expected.keys()), run);
    if (read.needsScoring && dataset.mapping.expected === undefined) {
      throw new WorkbenchError(
        'input.invalid',
        `Dataset "${dataset.name}" has no expected answers, so outcomes need a score column.`,
        {
          hint: 'Give --score COL, or import the dataset with --expected.',
        },
      );
    }
    const batches = read.needsScoring
      ? scored(read.batches(), expected, scorer(dataset.scorer))
      : read.batches();
    const config = { source: opened.name, mapping };
    await store.runs.insertRecorded(
      {
        id: run,
        name: name ?? opened.name,
        kind: 'recorded',
        dataset: dataset.name,
        datasetHash: dataset.hash,
        status: 'done',
        reason: null,
        created: rooms.now().toISOString(),
        config,
        configHash: createHash('sha256').update(JSON.stringify(config)).digest('hex'),
        total: read.outcomes,
        wallMs: 0,
        budgetUsd: null,
      },
      batches,
      [],
    );
    rooms.feed.emit({ type: 'run.changed', run, status: 'done' });
    const summary = await store.runs.summary(run);
    return {
      run,
      dataset: dataset.name,
      outcomes: read.outcomes,
      candidates: summary.candidates,
      rejected: read.rejected,
      warnings: read.warnings,
    };
  } finally {
    await opened.close();
  }
}

async function* scored(
  batches: AsyncIterable<Outcome[]>,
  expected: Map<string, Json>,
  judge: ReturnType<typeof scorer>,
): AsyncGenerator<Outcome[]> {
  for await (const batch of batches) {
    for (const outcome of batch) {
      if (outcome.output !== null && outcome.error === null)
        outcome.score = judge(expected.get(outcome.example) ?? null, outcome.output).score;
    }
    yield batch;
  }
}
