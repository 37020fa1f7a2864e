/** Queries a model wrote, on a database of their own: nothing of this machine or of the workspace is in reach. */
import { type DuckDBConnection, DuckDBDecimalValue, DuckDBInstance, StatementType } from '@duckdb/node-api';
import { WorkbenchError } from '../api/index.ts';

export type SandboxCell = string | number | boolean | null;
export type SandboxResult =
  | { ok: true; rows: SandboxCell[][] }
  | { ok: false; reason: 'timeout' | 'refused' | 'failed' | 'too_large'; message: string };

export interface SqlSandbox {
  /** One SELECT, in a transaction that may only read. */
  query(sql: string): Promise<SandboxResult>;
  close(): void;
}

/** Rows of a result that are compared; a query may answer with more than memory holds. */
const MAX_ROWS = 100_000;
const MAX_SQL = 100_000;

/**
 * An in-memory DuckDB filled by `schema`, then locked: no files, no network, no extensions, no changed settings, one
 * thread, `memoryMb`, and nothing spilt to disk. It shares this process: what crashes DuckDB itself is not held off.
 * Throws scorer.invalid where the schema script fails or takes too long.
 */
export async function openSqlSandbox(options: {
  schema: string;
  timeoutMs: number;
  memoryMb: number;
}): Promise<SqlSandbox> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${options.memoryMb}MB`,
    threads: '1',
    enable_external_access: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    max_temp_directory_size: '0B',
  });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    if (options.schema.trim() !== '')
      await limited(connection, options.timeoutMs, () => connection.run(options.schema));
    await connection.run('SET lock_configuration = true');
  } catch (cause) {
    close();
    throw new WorkbenchError('scorer.invalid', `The scorer's schema script fails: ${firstLine(cause)}`, {
      hint: 'It must run in an empty DuckDB database without files or network.',
      cause,
    });
  }
  let lane: Promise<unknown> = Promise.resolve();
  return {
    query(sql) {
      const turn = lane.then(() => select(connection, sql, options.timeoutMs));
      lane = turn;
      return turn;
    },
    close,
  };
}

async function select(connection: DuckDBConnection, sql: string, timeoutMs: number): Promise<SandboxResult> {
  const refused = (message: string): SandboxResult => ({ ok: false, reason: 'refused', message });
  if (sql.length > MAX_SQL) return refused(`A query of more than ${MAX_SQL} characters is not run.`);
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) return refused(`One statement is run, not ${statements.count}.`);
    await connection.run('BEGIN TRANSACTION READ ONLY');
    try {
      return await limited(connection, timeoutMs, async () => {
        const statement = await statements.prepare(0);
        if (statement.statementType !== StatementType.SELECT) return refused('Only a SELECT is run.');
        const result = await statement.stream();
        const rows: SandboxCell[][] = [];
        for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0;) {
          if (rows.length + chunk.rowCount > MAX_ROWS)
            return { ok: false, reason: 'too_large', message: `The query gives more than ${MAX_ROWS} rows.` };
          rows.push(...chunk.getRows().map((row) => row.map(cellOf)));
          chunk = await result.fetchChunk();
        }
        return { ok: true, rows };
      });
    } finally {
      await connection.run('ROLLBACK').catch(() => undefined);
    }
  } catch (thrown) {
    return thrown instanceof TimedOut
      ? { ok: false, reason: 'timeout', message: `No result within ${timeoutMs} ms.` }
      : { ok: false, reason: 'failed', message: firstLine(thrown) };
  }
}

class TimedOut extends Error {}

async function limited<T>(connection: DuckDBConnection, ms: number, work: () => Promise<T>): Promise<T> {
  let late = false;
  const interrupt = (): void => {
    late = true;
    connection.interrupt();
  };
  // Again and again: an interruption between two parts of the work would be lost.
  const timer = setTimeout(() => {
    interrupt();
    again = setInterval(interrupt, 50);
  }, ms);
  let again: NodeJS.Timeout | undefined;
  try {
    return await work();
  } catch (thrown) {
    if (late) throw new TimedOut();
    throw thrown;
  } finally {
    clearTimeout(timer);
    clearInterval(again);
  }
}

const firstLine = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0]!.slice(0, 300);

/** Whole numbers beyond 2^53 and everything that is no number, truth or text is compared by its text. */
function cellOf(value: unknown): SandboxCell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  // DuckDB's own value classes all spell themselves.
  return (value as { toString(): string }).toString();
}
