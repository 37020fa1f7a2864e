/** The difference of two versions of a dataset, for a screen and as a file. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type {
  DatasetDiff,
  DatasetDiffExport,
  DatasetDifference,
  DifferentRow,
  Exported,
  Json,
} from '../api/index.ts';
import type { Store } from '../store/index.ts';
import { csvLine } from '../text/index.ts';
import { type Rooms, findDataset } from './rooms.ts';

type Found = Awaited<ReturnType<typeof findDataset>>;

async function versions(
  store: Store,
  { a, b }: { a: string; b: string },
): Promise<{ before: Found; after: Found }> {
  return { before: await findDataset(store, a), after: await findDataset(store, b) };
}

export async function diffDatasets(rooms: Rooms, input: DatasetDiff): Promise<DatasetDifference> {
  const store = await rooms.store();
  const { before, after } = await versions(store, input);
  const { rows, ...counted } = await store.datasets.difference(before.hash, after.hash);
  const facts = ({ name, hash, rows: count }: Found) => ({ name, hash, rows: count });
  const differs = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);
  return {
    a: facts(before),
    b: facts(after),
    ...counted,
    scorer: differs(before.scorer, after.scorer) ? { before: before.scorer, after: after.scorer } : null,
    mapping: differs(before.mapping, after.mapping) ? { before: before.mapping, after: after.mapping } : null,
    rows: input.limit === 0 ? [] : (await Array.fromAsync(rows(input.limit))).flat(),
  };
}

export async function exportDifference(rooms: Rooms, input: DatasetDiffExport): Promise<Exported> {
  const store = await rooms.store();
  const { before, after } = await versions(store, input);
  const { rows, counts } = await store.datasets.difference(before.hash, after.hash);
  const lines = input.format === 'csv' ? csvLines(rows()) : jsonLines(rows());
  const file = await rooms.downloads.create((path) =>
    pipeline(Readable.from(lines), createWriteStream(path, { encoding: 'utf8' })),
  );
  const total = counts.added + counts.removed + counts.changed;
  return { ...file, name: `difference.${input.format}`, rows: total, total };
}

async function* jsonLines(batches: AsyncIterable<DifferentRow[]>): AsyncGenerator<string> {
  for await (const batch of batches) yield batch.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** One line a column that differs. */
async function* csvLines(batches: AsyncIterable<DifferentRow[]>): AsyncGenerator<string> {
  const text = (value: Json): string | null =>
    value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);
  yield csvLine(['change', 'id', 'column', 'before', 'after']);
  for await (const batch of batches) {
    yield batch
      .flatMap(({ change, id, columns }) =>
        columns.map((cell) => csvLine([change, id, cell.column, text(cell.before), text(cell.after)])),
      )
      .join('');
  }
}
