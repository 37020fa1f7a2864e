import {
  BOOLEAN,
  type DuckDBAppender,
  type DuckDBConnection,
  INTEGER,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';
import canonicalize from 'canonicalize';
import {
  type ColumnSummary,
  DatasetMapping,
  type DatasetShown,
  type DatasetSummary,
  type Example,
  type Json,
  type Page,
  type RejectedRows,
  ScorerSpec,
  WorkbenchError,
} from '../api/index.ts';
import { text } from './appending.ts';
import type { Database, Row } from './database.ts';
import { differenceOf } from './dataset-difference.ts';
import { type DatasetProfile, profileDataset } from './dataset-profile.ts';
import { datasetPage } from './dataset-page.ts';
import { firstRowId } from './example-place.ts';
import { exampleOf } from './example-rows.ts';
import { importTable } from './import-table.ts';
import type { DatasetRecord, DatasetRepository } from './store.ts';
import { textOf } from './text-of.ts';
import { topValues } from './top-values.ts';

const BATCH = 2048;
/** Rows the appender may hold in memory before they go to the transaction. */
const FLUSH_EVERY = 8192;

export function createDatasets(database: Database): DatasetRepository {
  const profiles = new Map<string, Promise<Profile>>();
  const addDataset = (
    connection: DuckDBConnection,
    record: DatasetRecord,
    { number, rows }: { number: number; rows: number },
  ): Promise<unknown> =>
    connection.run('INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', [
      database.nextSeq(),
      number,
      record.name,
      record.hash,
      record.created,
      JSON.stringify(record.mapping),
      JSON.stringify(record.scorer),
      record.source,
      rows,
      record.rejected === undefined ? null : JSON.stringify(record.rejected),
    ]);
  const repository: DatasetRepository = {
    insert: (record, batches) =>
      database.write(async (connection) => {
        const known = await sameContent(connection, record);
        if (known?.newest) return known.rows;
        const number = known?.number ?? (await nextNumber(connection));
        const rows = known?.rows ?? (await appendExamples(connection, number, batches));
        await addDataset(connection, record, { number, rows });
        return rows;
      }),

    async insertTable(file, mapping, name) {
      try {
        return await database.write(async (connection) => {
          const number = await nextNumber(connection);
          const read = await quicklyPacked(connection, () =>
            importTable(connection, number, { file, mapping }),
          );
          if (read === null) throw new NotPlain();
          const record = await name(read);
          if (record === null) throw new NotPlain();
          const known = await sameContent(connection, record);
          if (known?.newest) throw new NotPlain(record);
          if (known !== null) await connection.run('DELETE FROM examples WHERE dataset = $1', [number]);
          await addDataset(connection, record, known ?? { number, rows: read.rows });
          return record;
        });
      } catch (thrown) {
        if (!(thrown instanceof WorkbenchError) || thrown.code === 'workspace.disk_full') throw thrown;
        // What DuckDB could not read or refused, the reader row by row says better.
        return thrown.cause instanceof NotPlain ? thrown.cause.known : null;
      }
    },

    async find(ref) {
      const found = await findDataset(database, ref);
      return found && { ...datasetRecordOf(found), rows: Number(found['row_count']) };
    },

    async list() {
      const rows = await database.rows(`
        SELECT * FROM datasets QUALIFY row_number() OVER (PARTITION BY name ORDER BY seq DESC) = 1 ORDER BY seq DESC`);
      return Promise.all(rows.map((row) => summaryOf(database, row)));
    },

    async show(hash) {
      const row = await datasetByHash(database, hash);
      const number = Number(row['number']);
      const record = datasetRecordOf(row);
      const examples = readExamples(database, number, Number(row['row_count']), {});
      const key = `${hash} ${textOf(row['mapping'])}`;
      let profile = profiles.get(key);
      if (profile === undefined) {
        profile = profileDataset(examples, record.mapping).then(async (made) => ({
          ...made,
          columns: await withTopValues(database, number, Number(row['row_count']), made.columns),
        }));
        profiles.set(key, profile);
        // A profile that failed is not kept; whoever asked hears of it below.
        profile.catch(() => profiles.delete(key));
      }
      return { ...(await summaryOf(database, row)), ...(await profile), rejected: rejectedOf(row) };
    },

    async splits(hash) {
      return splitCounts(database, Number((await datasetByHash(database, hash))['number']));
    },

    async *examples(hash, options = {}) {
      const row = await datasetByHash(database, hash);
      yield* readExamples(database, Number(row['number']), Number(row['row_count']), options);
    },

    async difference(before, after) {
      const version = async (hash: string) => {
        const row = await datasetByHash(database, hash);
        return { number: Number(row['number']), record: datasetRecordOf(row) };
      };
      return differenceOf(database, await version(before), await version(after));
    },

    async page(hash, request): Promise<Page> {
      const row = await datasetByHash(database, hash);
      return datasetPage(database, Number(row['number']), datasetRecordOf(row), request);
    },
  };
  return repository;
}

/**
 * Text is packed in the one way that suits most of it: trying every way for each segment takes a fifth of the import's
 * time and saves a twentieth of the space.
 */
async function quicklyPacked<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run(`SET force_compression = 'fsst'`);
  try {
    return await work();
  } finally {
    await connection.run(`SET force_compression = 'auto'`);
  }
}

/** Rolls an import back: to be read row by row, or known already. */
class NotPlain extends Error {
  override readonly name = 'NotPlain';
  readonly known: DatasetRecord | null;
  constructor(known: DatasetRecord | null = null) {
    super('The file is not read by the database.');
    this.known = known;
  }
}

type Profile = Omit<DatasetProfile, 'columns'> & Pick<DatasetShown, 'columns'>;

const withTopValues = (
  database: Database,
  dataset: number,
  rows: number,
  columns: DatasetProfile['columns'],
): Promise<ColumnSummary[]> =>
  Promise.all(
    columns.map(async (column) => ({
      ...column,
      // Where every value is another, none is more frequent: there is nothing to count.
      top: column.distinct + column.nulls === rows ? [] : await topValues(database, dataset, column),
    })),
  );

/** Written by this room from an import's rejections. */
const rejectedOf = (row: Row): RejectedRows | null =>
  typeof row['rejected'] === 'string' ? (JSON.parse(row['rejected']) as RejectedRows) : null;

/** The newest dataset of a name, else by whole hash, else by a prefix of at least six characters. */
async function findDataset(database: Database, ref: string): Promise<Row | null> {
  const [exact] = await database.rows(
    'SELECT * FROM datasets WHERE name = ? OR hash = ? ORDER BY name = ? DESC, seq DESC LIMIT 1',
    [ref, ref, ref],
  );
  if (exact !== undefined || ref.length < 6) return exact ?? null;
  const found = await database.rows(
    `SELECT * FROM datasets WHERE starts_with(hash, ?)
     QUALIFY row_number() OVER (PARTITION BY hash ORDER BY seq DESC) = 1 LIMIT 2`,
    [ref],
  );
  if (found.length > 1) {
    throw new WorkbenchError(
      'dataset.not_found',
      `${ref} is the beginning of more than one dataset's hash.`,
      {
        hint: 'Write more of the hash, or the name of the dataset.',
      },
    );
  }
  return found[0] ?? null;
}

export async function datasetByHash(database: Database, hash: string): Promise<Row> {
  const [row] = await database.rows('SELECT * FROM datasets WHERE hash = ? ORDER BY seq DESC LIMIT 1', [
    hash,
  ]);
  if (row !== undefined) return row;
  throw new WorkbenchError('dataset.not_found', `There is no dataset ${hash} in this workspace.`, {
    hint: 'See `kneepoint dataset list`.',
  });
}

export function datasetRecordOf(row: Row): DatasetRecord {
  return {
    name: textOf(row['name']),
    hash: textOf(row['hash']),
    created: textOf(row['created']),
    mapping: DatasetMapping.parse(JSON.parse(textOf(row['mapping']))),
    scorer: ScorerSpec.parse(JSON.parse(textOf(row['scorer']))),
    source: textOf(row['source']),
  };
}

async function summaryOf(database: Database, row: Row): Promise<DatasetSummary> {
  const splits = await splitCounts(database, Number(row['number']));
  return { ...datasetRecordOf(row), rows: Number(row['row_count']), splits };
}

async function splitCounts(database: Database, number: number): Promise<Record<string, number>> {
  const counts = await database.rows(
    `SELECT coalesce(split, 'none') AS split, count(*)::INTEGER AS rows FROM examples WHERE dataset = ? GROUP BY ALL`,
    [number],
  );
  return Object.fromEntries(counts.map(({ split, rows }) => [textOf(split), Number(rows)]));
}

/** The same content is stored once, under however many names; `newest`: there is nothing at all to write. */
async function sameContent(
  connection: DuckDBConnection,
  record: DatasetRecord,
): Promise<{ number: number; rows: number; newest: boolean } | null> {
  const reader = await connection.runAndReadAll(
    'SELECT number, row_count, name, mapping, scorer FROM datasets WHERE hash = ? ORDER BY seq DESC LIMIT 1',
    [record.hash],
  );
  const [same] = reader.getRowObjectsJS();
  if (same === undefined) return null;
  const named = await connection.runAndReadAll(
    'SELECT hash FROM datasets WHERE name = ? ORDER BY seq DESC LIMIT 1',
    [record.name],
  );
  const newest =
    named.currentRowCount > 0 &&
    named.value(0, 0) === record.hash &&
    same['mapping'] === JSON.stringify(record.mapping) &&
    same['scorer'] === JSON.stringify(record.scorer);
  return { number: Number(same['number']), rows: Number(same['row_count']), newest };
}

async function nextNumber(connection: DuckDBConnection): Promise<number> {
  const reader = await connection.runAndReadAll('SELECT coalesce(max(number), 0)::INTEGER FROM datasets');
  return Number(reader.value(0, 0)) + 1;
}

async function appendExamples(
  connection: DuckDBConnection,
  number: number,
  batches: AsyncIterable<Example[]>,
): Promise<number> {
  const appender = await connection.createAppender('examples');
  let rows = 0;
  try {
    let unflushed = 0;
    for await (const batch of batches) {
      for (const example of batch) appendExample(appender, number, example);
      rows += batch.length;
      unflushed += batch.length;
      if (unflushed >= FLUSH_EVERY) {
        appender.flushSync();
        unflushed = 0;
      }
    }
    appender.flushSync();
  } catch (thrown) {
    // Closing would write what is left into a transaction that is being undone.
    appender.clear();
    throw thrown;
  }
  appender.closeSync();
  return rows;
}

function appendExample(appender: DuckDBAppender, dataset: number, example: Example): void {
  appender.appendInteger(dataset);
  appender.appendVarchar(example.id);
  appender.appendVarchar(JSON.stringify(example.input));
  text(appender, inputKey(example.input));
  text(appender, example.expected === null ? null : JSON.stringify(example.expected));
  text(appender, example.group);
  text(appender, Object.keys(example.tags).length === 0 ? null : JSON.stringify(example.tags));
  text(appender, example.split);
  appender.endRow();
}

/** Canonical text where the plain one may hold equal inputs in different orders; null where it cannot. */
function inputKey(input: Record<string, Json>): string | null {
  const nested = Object.values(input).some((value) => value !== null && typeof value === 'object');
  return nested ? (canonicalize(input) ?? null) : null;
}

/** By ranges of rows, each query for itself: a long run must not hold a snapshot of the file open. */
async function* readExamples(
  database: Database,
  dataset: number,
  rows: number,
  options: { split?: Example['split']; ids?: string[] },
): AsyncGenerator<Example[]> {
  const columns = 'id, input, expected, "group", tags, split';
  const { split, ids } = options;
  if (ids !== undefined) {
    const found = await database.rows(
      `SELECT ${columns} FROM examples WHERE dataset = $1 AND id IN (SELECT unnest($2))
         AND ($3 IS NULL OR split = $3) ORDER BY rowid`,
      [dataset, listValue(ids), split ?? null],
      [INTEGER, LIST(VARCHAR), VARCHAR],
    );
    for (let i = 0; i < found.length; i += BATCH) yield found.slice(i, i + BATCH).map(exampleOf);
    return;
  }
  const first = await firstRowId(database, dataset);
  for (let from = 0; from < rows; from += BATCH) {
    const found = await database.rows(
      `SELECT ${columns} FROM examples WHERE dataset = $1 AND rowid >= $2 AND rowid < $3
         AND ($4 OR split IS NOT DISTINCT FROM $5) ORDER BY rowid`,
      [dataset, first + from, first + Math.min(from + BATCH, rows), split === undefined, split ?? null],
      [INTEGER, INTEGER, INTEGER, BOOLEAN, VARCHAR],
    );
    if (found.length > 0) yield found.map(exampleOf);
  }
}
