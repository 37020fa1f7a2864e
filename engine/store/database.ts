/** The DuckDB file: opening it whatever state it was left in, one lane for writing, connections for reading. */
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  type JS,
} from '@duckdb/node-api';
import { type Warning, WorkbenchError } from '../api/index.ts';
import { isDiskFull, isLocked, isReadOnly, storageError } from './storage-errors.ts';

export type Row = Record<string, JS>;

export interface Database {
  readonly folder: string;
  /** Everything of a query whose size is bounded. */
  rows(sql: string, values?: DuckDBValue[], types?: DuckDBType[]): Promise<Row[]>;
  /** Chunk by chunk; the chunk is not to be kept. */
  chunks(sql: string, values?: DuckDBValue[], types?: DuckDBType[]): AsyncIterable<DuckDBDataChunk>;
  /** One transaction, alone in the writing lane: whole or not at all. */
  write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  connect(): Promise<DuckDBConnection>;
  /** The next number of a row in this workspace. */
  nextSeq(): bigint;
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

const options = {
  // Nothing is fetched at run time, whatever a query names.
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  memory_limit: '2GB',
  // A run's log is folded in every 64 MB; replaying that much takes about a second.
  checkpoint_threshold: '64MB',
  // Row groups a little fuller than DuckDB's own make it write a table just imported a second time, all at once; one
  // at each checkpoint comes to the same in the end.
  max_vacuum_tasks: '1',
};

/** Opens the file. A log that cannot be replayed is moved aside, never deleted, and reported. */
export async function openInstance(
  folder: string,
  now: () => Date,
): Promise<{ instance: DuckDBInstance; warnings: Warning[] }> {
  const file = join(folder, 'workspace.duckdb');
  const log = `${file}.wal`;
  const temporary = join(folder, 'temp');
  try {
    mkdirSync(temporary, { recursive: true });
    const create = (): Promise<DuckDBInstance> =>
      DuckDBInstance.create(file, { ...options, temp_directory: temporary });
    const aside = `${log}.unreadable-${now().toISOString().replaceAll(':', '-')}`;
    const foreign = beginsLikeNoLog(log);
    if (foreign !== null) renameSync(log, aside);
    try {
      const instance = await create();
      return {
        instance,
        warnings: foreign === null ? [] : [movedAside(aside.slice(folder.length + 1), foreign)],
      };
    } catch (thrown) {
      if (foreign !== null) renameSync(aside, log);
      if (isLocked(thrown) || isDiskFull(thrown) || isReadOnly(thrown) || !existsSync(log)) throw thrown;
      renameSync(log, aside);
      try {
        const instance = await create();
        return { instance, warnings: [movedAside(aside.slice(folder.length + 1), thrown)] };
      } catch {
        renameSync(aside, log);
        throw thrown;
      }
    }
  } catch (thrown) {
    const error = storageError(thrown, folder);
    if (error.code !== 'bug') throw error;
    throw new WorkbenchError(
      'workspace.corrupt',
      `The workspace ${folder} cannot be opened: ${error.message}`,
      {
        hint: 'Restore the folder from a copy, or begin a new workspace with `--workspace`. Nothing in it was changed.',
        cause: thrown,
      },
    );
  }
}

/**
 * DuckDB passes over a log whose first entry it cannot read, says nothing, and writes after it: all of that would be
 * lost at the next crash. A log begins with its version entry: field 100 holds 98, field 101 the version.
 */
function beginsLikeNoLog(log: string): string | null {
  if (!existsSync(log)) return null;
  const head = Buffer.alloc(8);
  const file = openSync(log, 'r');
  try {
    const read = readSync(file, head, 0, head.length, 0);
    if (read === 0) return null;
    return read === head.length && head.toString('hex').startsWith('6400626500')
      ? null
      : 'It does not begin as a log does.';
  } finally {
    closeSync(file);
  }
}

function movedAside(file: string, thrown: unknown): Warning {
  return {
    code: 'workspace.log_moved_aside',
    message: `The last writes before a crash could not be replayed; their log was kept as ${file}. Runs continue with \`run resume\`.`,
    count: 1,
    examples: [thrown instanceof Error ? thrown.message.slice(0, 300) : String(thrown)],
  };
}

export function databaseOf(
  instance: DuckDBInstance,
  writer: DuckDBConnection,
  setup: { folder: string; seq: bigint },
): Database {
  const { folder } = setup;
  let seq = setup.seq;
  let lane: Promise<unknown> = Promise.resolve();
  const idle: DuckDBConnection[] = [];
  const take = async (): Promise<DuckDBConnection> => idle.pop() ?? (await instance.connect());

  const database: Database = {
    folder,
    async rows(sql, values, types) {
      const connection = await take();
      try {
        const reader = await connection.runAndReadAll(sql, values, types);
        return reader.getRowObjectsJS();
      } catch (thrown) {
        throw storageError(thrown, folder);
      } finally {
        idle.push(connection);
      }
    },
    async *chunks(sql, values, types) {
      const connection = await take();
      let whole = false;
      try {
        const result = await connection.stream(sql, values, types);
        for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0;) {
          yield chunk;
          chunk = await result.fetchChunk();
        }
        whole = true;
      } catch (thrown) {
        throw storageError(thrown, folder);
      } finally {
        // A result left half read would hold its snapshot for as long as the connection lives.
        if (whole) idle.push(connection);
        else connection.closeSync();
      }
    },
    write(work) {
      const turn = lane.then(() => transaction(writer, work));
      lane = turn.catch(() => undefined);
      return turn.catch((thrown: unknown) => {
        throw storageError(thrown, folder);
      });
    },
    connect: () => instance.connect(),
    nextSeq: () => ++seq,
    checkpoint: async () => void (await writer.run('CHECKPOINT')),
    async close() {
      await lane;
      for (const connection of idle) connection.closeSync();
      await writer.run('CHECKPOINT').catch(() => undefined);
      writer.closeSync();
      instance.closeSync();
    },
  };
  return database;
}

export async function transaction<T>(
  connection: DuckDBConnection,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work(connection);
    await connection.run('COMMIT');
    return result;
  } catch (thrown) {
    await connection.run('ROLLBACK').catch(() => undefined);
    throw thrown;
  }
}
