import { constants, accessSync, copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Warning, WorkbenchError } from '../api/index.ts';
import { databaseOf, openInstance } from './database.ts';
import { createDatasets } from './datasets.ts';
import { createFits, createPolicies } from './fits.ts';
import { createJournal } from './journal.ts';
import { acquireLock } from './lock.ts';
import { currentVersion, migrate, type Migration, migrations } from './migrations.ts';
import { createRunRepository } from './run-repository.ts';
import { createReviews } from './reviews.ts';
import { leaveRunsPaused } from './interrupted-runs.ts';
import { storageError } from './storage-errors.ts';
import type { Store } from './store.ts';
import { createTraces } from './traces.ts';
import { workspaceCounts } from './workspace-counts.ts';

export interface OpenOptions {
  clock?: () => Date;
  /** The steps this version knows; for tests of what an older or newer version does. */
  migrations?: readonly Migration[];
}

/**
 * Opens the workspace in a folder, making it where there is none. Throws workspace.locked, workspace.newer,
 * workspace.read_only, workspace.disk_full or workspace.corrupt; nothing is then changed.
 */
export async function openStore(path: string, options: OpenOptions = {}): Promise<Store> {
  const folder = resolve(path);
  const now = options.clock ?? (() => new Date());
  const known = options.migrations ?? migrations;
  makeFolder(folder);
  const lock = lockFolder(folder, now);
  try {
    const opened = await openCurrent(folder, known, now);
    const warnings = [...lock.warnings, ...opened.warnings];
    const database = databaseOf(opened.instance, opened.connection, {
      folder,
      seq: await lastSeq(opened.connection),
    });
    const journal = await createJournal(database);
    warnings.push(...(await leaveRunsPaused(database)));
    let closing: Promise<void> | null = null;
    const close = async (): Promise<void> => {
      try {
        await journal.close();
        await database.close();
      } finally {
        lock.release();
      }
    };
    return {
      folder,
      warnings,
      datasets: createDatasets(database),
      runs: createRunRepository(database, journal),
      journal,
      fits: createFits(database),
      policies: createPolicies(database),
      reviews: createReviews(database),
      traces: createTraces(database),
      counts: () => workspaceCounts(database),
      close: () => (closing ??= close()),
    };
  } catch (thrown) {
    lock.release();
    throw storageError(thrown, folder);
  }
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
    accessSync(folder, constants.W_OK);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new WorkbenchError('workspace.unusable', `${folder} is not a folder.`, {
        hint: 'Name a folder with `--workspace`.',
        cause: thrown,
      });
    }
    throw storageError(thrown, folder);
  }
}

function makeFolders(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (thrown) {
    // On a read-only file system the recursive call says ENOENT; the plain one says why.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') mkdirSync(folder);
    throw thrown;
  }
}

function lockFolder(folder: string, now: () => Date): ReturnType<typeof acquireLock> {
  try {
    return acquireLock(folder, now);
  } catch (thrown) {
    throw storageError(thrown, folder);
  }
}

interface Opened {
  instance: DuckDBInstance;
  connection: DuckDBConnection;
  warnings: Warning[];
}

async function openCurrent(folder: string, known: readonly Migration[], now: () => Date): Promise<Opened> {
  const newest = Math.max(...known.map(({ number }) => number));
  let opened = await openConnected(folder, now);
  let version: number;
  try {
    version = await currentVersion(opened.connection);
  } catch (thrown) {
    shut(opened);
    throw thrown;
  }
  if (version > newest) {
    shut(opened);
    throw new WorkbenchError(
      'workspace.newer',
      `The workspace ${folder} was written by a newer Kneepoint (workspace version ${version}, this one knows ${newest}).`,
      { hint: 'Install that newer version, or use another workspace with `--workspace`.' },
    );
  }
  if (version > 0 && version < newest) {
    await opened.connection.run('CHECKPOINT');
    shut(opened);
    const copy = `workspace.before-${newest}-${now().toISOString().replaceAll(':', '-')}.duckdb`;
    copyFileSync(join(folder, 'workspace.duckdb'), join(folder, copy), constants.COPYFILE_EXCL);
    const { warnings } = opened;
    opened = await openConnected(folder, now);
    opened.warnings.push(...warnings, {
      code: 'workspace.migrated',
      message: `The workspace was brought from version ${version} to ${newest}; a copy of the older one is ${copy}.`,
      count: 1,
      examples: [],
    });
  }
  try {
    // What a crash left in the log is folded in now: writing goes on behind no torn end.
    await opened.connection.run('CHECKPOINT');
    await migrate(opened.connection, version, { migrations: known, now });
  } catch (thrown) {
    shut(opened);
    throw thrown;
  }
  return opened;
}

async function openConnected(folder: string, now: () => Date): Promise<Opened> {
  const { instance, warnings } = await openInstance(folder, now);
  return { instance, connection: await instance.connect(), warnings };
}

function shut({ instance, connection }: Opened): void {
  connection.closeSync();
  instance.closeSync();
}

async function lastSeq(connection: DuckDBConnection): Promise<bigint> {
  const tables = ['datasets', 'runs', 'outcomes', 'policies', 'fits'];
  const largest = tables.map((table) => `SELECT max(seq) AS seq FROM ${table}`).join(' UNION ALL ');
  const found = await connection.runAndReadAll(`SELECT coalesce(max(seq), 0) FROM (${largest})`);
  return BigInt(String(found.value(0, 0)));
}
