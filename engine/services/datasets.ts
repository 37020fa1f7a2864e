import { createHash, randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import {
  contentHash,
  hashOfFiles,
  openSource,
  planTable,
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
  type ScorerSpec,
  WorkbenchError,
} from '../api/index.ts';
import { checkScorer, inferScorer, scorer } from '../scoring/index.ts';
import type { Store } from '../store/index.ts';
import { diffDatasets, exportDifference } from './dataset-difference.ts';
import { checkServices } from './dataset-checks.ts';
import { createDataset } from './foreign-dataset.ts';
import { openOutcomes, withForeignHint } from './outcomes.ts';
import { previewOutcomes } from './preview-outcomes.ts';
import { exportRejected } from './rejected-rows.ts';
import { type Rooms, findDataset, opening } from './rooms.ts';

export function datasetServices(rooms: Rooms): Pick<Handlers, 'uploads' | 'datasets' | 'outcomes'> {
  const checks = checkServices(rooms);
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
      check: checks.check,
      cancelCheck: checks.cancelCheck,
      rows: async ({ dataset, ...request }) => {
        const store = await rooms.store();
        return store.datasets.page((await findDataset(store, dataset)).hash, request);
      },
      rejections: (input) => exportRejected(rooms, input),
      diff: (input) => diffDatasets(rooms, input),
      exportDiff: (input) => exportDifference(rooms, input),
    },
    outcomes: {
      import: (input) => importOutcomes(rooms, input),
      preview: (input) => previewOutcomes(rooms, input),
    },
  };
}

/** Whole or not at all: every row is checked before the first is stored, and storing is one transaction. */
export async function importDataset(rooms: Rooms, input: DatasetImport): Promise<DatasetImported> {
  if (input.scorer !== undefined) checkScorer(input.scorer);
  const store = await rooms.store();
  const mapping = mappingOf(input);
  const table = input.makeSplits === undefined ? await importTable(rooms, store, input, mapping) : null;
  if (table !== null) return table;
  const opened = await openSource(input.source, opening(rooms, input.name));
  try {
    const read = await readExamples(opened, {
      mapping,
      maxRejected: input.maxRejected,
      maxRejectedShare: input.maxRejectedShare,
      scorer: input.scorer,
      infer: inferScorer,
      makeSplits: input.makeSplits,
    });
    const hash = datasetHash(read.hash, read.scorer);
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
          source: opened.origin ?? opened.name,
          rejected: { count: read.rejections, rows: read.rejected },
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
      rejections: read.rejections,
      warnings: read.warnings,
    };
  } finally {
    await opened.close();
  }
}

/** How answers are judged is part of what a dataset is: the same rows judged otherwise are another version. */
const datasetHash = (content: string, scorer: ScorerSpec): string =>
  createHash('sha256')
    .update(`${content}|${JSON.stringify(scorer)}`)
    .digest('hex');

/** One plain table file goes into the database at the database's speed; null where it has to be read row by row. */
async function importTable(
  rooms: Rooms,
  store: Store,
  input: DatasetImport,
  mapping: DatasetMapping,
): Promise<DatasetImported | null> {
  const table = await planTable(input.source, mapping, opening(rooms, input.name));
  if (table === null) return null;
  const before = await store.datasets.find(input.name);
  const state = await fileState(table.path);
  // Hashed while the database reads it.
  const content = hashOfFiles([{ path: table.path, name: table.name, packing: 'none' }]);
  content.catch(() => undefined);
  let rows = 0;
  const record = await store.datasets.insertTable(table, mapping, async (found) => {
    rows = found.rows;
    const scorer = input.scorer ?? (await inferredFrom(found.expecteds()));
    const hash = datasetHash(contentHash(await content, mapping, undefined), scorer);
    if ((await fileState(table.path)) !== state) return null;
    return {
      name: input.name,
      hash,
      created: rooms.now().toISOString(),
      mapping,
      scorer,
      source: table.name,
      rejected: { count: 0, rows: [] },
    };
  });
  if (record === null) return null;
  const { hash, scorer } = record;
  const unchanged = before?.hash === hash;
  if (!unchanged) rooms.feed.emit({ type: 'dataset.changed', dataset: input.name });
  return { dataset: input.name, hash, rows, unchanged, scorer, rejected: [], rejections: 0, warnings: [] };
}

/** Another one after a write, whatever was written. */
async function fileState(path: string): Promise<string> {
  const { size, mtimeNs, ino } = await stat(path, { bigint: true });
  return `${size} ${mtimeNs} ${ino}`;
}

/** Exact at the first answer that is no number. */
async function inferredFrom(expecteds: AsyncIterable<Json>): Promise<ScorerSpec> {
  let scorer = inferScorer([]);
  for await (const expected of expecteds) {
    scorer = inferScorer([expected]);
    if (scorer.kind !== 'numeric') break;
  }
  return scorer;
}

function mappingOf({
  input,
  expected,
  id,
  group,
  tags,
  split,
  templates,
  messages,
}: DatasetImport): DatasetMapping {
  return {
    input,
    tags,
    ...(expected === undefined ? {} : { expected }),
    ...(id === undefined ? {} : { id }),
    ...(group === undefined ? {} : { group }),
    ...(split === undefined ? {} : { split }),
    ...(templates === undefined ? {} : { templates }),
    ...(messages === undefined ? {} : { messages }),
  };
}

async function importOutcomes(
  rooms: Rooms,
  input: Parameters<Handlers['outcomes']['import']>[0],
): ReturnType<Handlers['outcomes']['import']> {
  const store = await rooms.store();
  const opened = await openOutcomes(rooms, store, input);
  try {
    const run = randomUUID().slice(0, 8);
    const read = await readOutcomes(opened.source, opened.columns, opened.known, run, opened.judgement);
    if (read.needsScoring && !opened.judgeable) {
      throw new WorkbenchError(
        'input.invalid',
        `Dataset "${input.dataset}" has no expected answers, so outcomes need a score column.`,
        {
          hint: 'Give --score COL, or import the dataset with --expected.',
        },
      );
    }
    // Only now, when every outcome has been found usable.
    const created = await createDataset(rooms, opened.toCreate, input, importDataset);
    const dataset = await findDataset(store, input.dataset);
    const expected = new Map<string, Json>();
    if (read.needsScoring) {
      for await (const batch of store.datasets.examples(dataset.hash))
        for (const example of batch) expected.set(example.id, example.expected);
    }
    const batches = read.needsScoring
      ? scored(read.batches(), expected, scorer(dataset.scorer))
      : read.batches();
    const { source: _source, dataset: _ref, name, ...mapping } = input;
    const config = { source: opened.source.name, format: opened.format, mapping, models: opened.models };
    await store.runs.insertRecorded(
      {
        id: run,
        name: name ?? opened.source.name,
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
      format: opened.format,
      created,
      outcomes: read.outcomes,
      candidates: summary.candidates,
      rejected: read.rejected,
      warnings: [...opened.warnings(), ...read.warnings],
    };
  } catch (thrown) {
    throw withForeignHint(thrown, opened.format);
  } finally {
    await opened.source.close();
  }
}

async function* scored(
  batches: AsyncIterable<Outcome[]>,
  expected: Map<string, Json>,
  judge: ReturnType<typeof scorer>,
): AsyncGenerator<Outcome[]> {
  for await (const batch of batches) {
    for (const outcome of batch) {
      if (outcome.output === null || outcome.error !== null) continue;
      const judged = judge(expected.get(outcome.example) ?? null, outcome.output);
      outcome.score = judged.score;
      outcome.unparsed = !judged.parsed;
    }
    yield batch;
  }
}
