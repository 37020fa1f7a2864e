import { type DuckDBAppender, type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import type { AmbiguousCall, ItemTrace, Outcome } from '../api/index.ts';
import { double, text } from './appending.ts';
import { type Deferred, deferred } from './deferred.ts';
import { type Database, type Row, transaction } from './database.ts';
import { appendOutcome } from './outcome-rows.ts';
import { appendReview } from './reviews.ts';
import { createRequestIndex, type RequestIndex } from './request-index.ts';
import { storageError } from './storage-errors.ts';
import type { CallIntent, CallResult, Journal, ParkedReview } from './store.ts';
import { textOf } from './text-of.ts';
import { appendTrace } from './traces.ts';

export interface OwnedJournal extends Journal {
  close(): Promise<void>;
}

interface Appenders {
  intents: DuckDBAppender;
  results: DuckDBAppender;
  outcomes: DuckDBAppender;
  reviews: DuckDBAppender;
  traces: DuckDBAppender;
}
interface Batch {
  intents: CallIntent[];
  results: CallResult[];
  outcomes: Outcome[];
  /** By place of their outcome. */
  traces: (ItemTrace | undefined)[];
  reviews: ParkedReview[];
  /** Settles for everything in the batch at once. */
  durable: Deferred<void>;
}

/** Group commit: what arrives while one transaction is being written goes into the next. */
export async function createJournal(database: Database): Promise<OwnedJournal> {
  const connection = await database.connect();
  let appenders = await openAppenders(connection);
  let index: Promise<RequestIndex> | null = null;
  let gathering = emptyBatch();
  let committing: Promise<void> | null = null;
  let closed = false;

  async function commit(): Promise<void> {
    let batch = gathering;
    try {
      await transaction(connection, async () => {
        // Taken only now: what was written while the transaction began shares its commit.
        batch = gathering;
        gathering = emptyBatch();
        for (const intent of batch.intents) appendIntent(appenders.intents, intent);
        for (const result of batch.results) appendResult(appenders.results, result);
        for (const [place, outcome] of batch.outcomes.entries()) {
          const seq = database.nextSeq();
          appendOutcome(appenders.outcomes, seq, outcome);
          const trace = batch.traces[place];
          if (trace !== undefined) appendTrace(appenders.traces, seq, outcome, trace);
        }
        for (const review of batch.reviews) appendReview(appenders.reviews, review);
        if (batch.intents.length > 0) appenders.intents.flushSync();
        if (batch.results.length > 0) appenders.results.flushSync();
        if (batch.outcomes.length > 0) appenders.outcomes.flushSync();
        if (batch.reviews.length > 0) appenders.reviews.flushSync();
        if (batch.traces.length > 0) appenders.traces.flushSync();
      });
      if (index !== null && batch.results.length > 0) {
        const known = await index;
        for (const { ok, requestHash } of batch.results) if (ok) known.add(requestHash);
      }
      batch.durable.resolve();
    } catch (thrown) {
      // Where not even the transaction began, the batch is still the one being gathered.
      if (batch === gathering) gathering = emptyBatch();
      batch.durable.reject(storageError(thrown, database.folder));
      // An appender that failed keeps its rows: the next batch begins with clean ones.
      for (const appender of Object.values(appenders)) appender.clear();
      appenders = await openAppenders(connection).catch(() => appenders);
    }
  }
  async function commitAll(): Promise<void> {
    while (!isEmpty(gathering)) await commit();
    committing = null;
  }
  const written = (add: (batch: Batch) => void): Promise<void> => {
    if (closed) return Promise.reject(storageError(new Error('The workspace is closed.'), database.folder));
    add(gathering);
    const { promise } = gathering.durable;
    committing ??= commitAll();
    return promise;
  };
  const loadIndex = (): Promise<RequestIndex> => (index ??= readIndex(database));
  const lookup = batchedLookup(database);

  return {
    intend: (intent) => written((batch) => batch.intents.push(intent)),
    settle: (result) => written((batch) => batch.results.push(result)),
    outcome: (outcome, trace) =>
      written((batch) => {
        const place = batch.outcomes.push(outcome) - 1;
        if (trace !== undefined) batch.traces[place] = trace;
      }),
    park: (review) => written((batch) => batch.reviews.push(review)),
    async replay(run) {
      await committing;
      return (await database.rows(replaySql, [run])).map(resultOf);
    },
    async ambiguous(run) {
      await committing;
      return (await database.rows(ambiguousSql, [run])).map(ambiguousOf);
    },
    async askedBefore(run) {
      await committing;
      return (await database.rows(askedBeforeSql, [run])).map(ambiguousOf);
    },
    async committedUsd(run) {
      await committing;
      const [row] = await database.rows(committedSql, [run]);
      return Number(row?.['usd'] ?? 0);
    },
    async cached(requestHash) {
      const known = await loadIndex();
      return known.has(requestHash) ? lookup(requestHash) : null;
    },
    async flush() {
      while (committing !== null) await committing;
    },
    async close() {
      closed = true;
      while (committing !== null) await committing;
      for (const appender of Object.values(appenders)) appender.clear();
      connection.closeSync();
    },
  };
}

function emptyBatch(): Batch {
  const durable = deferred<void>();
  // Whoever wrote awaits it; a batch nobody awaited must not end the process.
  durable.promise.catch(() => undefined);
  return { intents: [], results: [], outcomes: [], traces: [], reviews: [], durable };
}
const isEmpty = (batch: Batch): boolean =>
  batch.intents.length + batch.results.length + batch.outcomes.length + batch.reviews.length === 0;

async function openAppenders(connection: DuckDBConnection): Promise<Appenders> {
  return {
    intents: await connection.createAppender('call_intents'),
    results: await connection.createAppender('call_results'),
    outcomes: await connection.createAppender('outcomes'),
    reviews: await connection.createAppender('reviews'),
    traces: await connection.createAppender('traces'),
  };
}

function appendIntent(appender: DuckDBAppender, intent: CallIntent): void {
  appender.appendVarchar(intent.run);
  appender.appendVarchar(intent.example);
  appender.appendVarchar(intent.candidate);
  appender.appendVarchar(intent.step);
  appender.appendInteger(intent.attempt);
  appender.appendVarchar(intent.requestHash);
  appender.appendVarchar(intent.model);
  double(appender, intent.estimatedCostUsd);
  text(appender, intent.startedAt);
  appender.endRow();
}

function appendResult(appender: DuckDBAppender, result: CallResult): void {
  appender.appendVarchar(result.run);
  appender.appendVarchar(result.example);
  appender.appendVarchar(result.candidate);
  appender.appendVarchar(result.step);
  appender.appendInteger(result.attempt);
  appender.appendVarchar(result.requestHash);
  appender.appendVarchar(result.response);
  appender.appendBoolean(result.ok);
  double(appender, result.costUsd);
  appender.appendDouble(result.latencyMs);
  appender.endRow();
}

const replaySql = `
  WITH newest AS (
    SELECT example, candidate, arg_max(error_class IS NULL, seq) AS succeeded FROM outcomes WHERE run = $1 GROUP BY ALL)
  SELECT r.* FROM call_results r LEFT JOIN newest n ON n.example = r.example AND n.candidate = r.candidate
  WHERE r.run = $1 AND (n.succeeded IS NULL OR NOT n.succeeded) ORDER BY r.example, r.candidate, r.step, r.attempt`;
const ambiguousSql = `
  SELECT i.* FROM call_intents i ANTI JOIN call_results r
    ON r.run = i.run AND r.example = i.example AND r.candidate = i.candidate AND r.step = i.step AND r.attempt = i.attempt
  WHERE i.run = $1 ORDER BY i.started_at, i.example, i.candidate, i.step, i.attempt`;
const askedBeforeSql = `
  WITH unfinished AS (
    SELECT i.request_hash, min(i.started_at) AS started_at FROM call_intents i ANTI JOIN call_results r
      ON r.run = i.run AND r.example = i.example AND r.candidate = i.candidate AND r.step = i.step AND r.attempt = i.attempt
    WHERE i.run <> $1 GROUP BY i.request_hash)
  SELECT i.* FROM call_intents i JOIN unfinished u ON u.request_hash = i.request_hash AND u.started_at < i.started_at
  WHERE i.run = $1 ORDER BY i.started_at, i.example, i.candidate, i.step, i.attempt`;
const committedSql = `
  SELECT coalesce(sum(coalesce(r.cost_usd, i.estimated_cost_usd)), 0)::DOUBLE AS usd
  FROM call_intents i LEFT JOIN call_results r
    ON r.run = i.run AND r.example = i.example AND r.candidate = i.candidate AND r.step = i.step AND r.attempt = i.attempt
  WHERE i.run = $1`;

function resultOf(row: Row): CallResult {
  return {
    run: textOf(row['run']),
    example: textOf(row['example']),
    candidate: textOf(row['candidate']),
    step: textOf(row['step']),
    attempt: Number(row['attempt']),
    requestHash: textOf(row['request_hash']),
    response: textOf(row['response']),
    ok: row['ok'] === true,
    costUsd: row['cost_usd'] === null ? null : Number(row['cost_usd']),
    latencyMs: Number(row['latency_ms']),
  };
}

function ambiguousOf(row: Row): AmbiguousCall {
  return {
    example: textOf(row['example']),
    candidate: textOf(row['candidate']),
    step: textOf(row['step']),
    attempt: Number(row['attempt']),
    model: textOf(row['model']),
    estimatedCostUsd: row['estimated_cost_usd'] === null ? null : Number(row['estimated_cost_usd']),
    startedAt: textOf(row['started_at']),
  };
}

async function readIndex(database: Database): Promise<RequestIndex> {
  const [counted] = await database.rows('SELECT count(*)::DOUBLE AS n FROM call_results WHERE ok');
  const index = createRequestIndex(Number(counted?.['n'] ?? 0));
  for await (const chunk of database.chunks('SELECT left(request_hash, 16) FROM call_results WHERE ok')) {
    for (const hash of chunk.getColumnValues(0)) index.add(String(hash));
  }
  return index;
}

/** Look-ups of one moment go into one query: the ledger is scanned once for all of them. */
function batchedLookup(database: Database): (hash: string) => Promise<CallResult | null> {
  let waiting = new Map<string, Deferred<CallResult | null>>();
  let busy = false;
  async function answer(): Promise<void> {
    while (waiting.size > 0) {
      const asked = waiting;
      waiting = new Map();
      try {
        const rows = await database.rows(
          `SELECT * FROM call_results WHERE ok AND request_hash IN (SELECT unnest($1))
           QUALIFY row_number() OVER (PARTITION BY request_hash ORDER BY rowid DESC) = 1`,
          [listValue([...asked.keys()])],
          [LIST(VARCHAR)],
        );
        const found = new Map(rows.map((row) => [textOf(row['request_hash']), resultOf(row)]));
        for (const [hash, { resolve }] of asked) resolve(found.get(hash) ?? null);
      } catch (thrown) {
        for (const { reject } of asked.values()) reject(thrown);
      }
    }
    busy = false;
  }
  return (hash) => {
    let asked = waiting.get(hash);
    if (asked === undefined) waiting.set(hash, (asked = deferred()));
    if (!busy) {
      busy = true;
      setImmediate(() => void answer());
    }
    return asked.promise;
  };
}
