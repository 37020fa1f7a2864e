import type { DuckDBAppender } from '@duckdb/node-api';
import type { ItemTrace, Outcome } from '../api/index.ts';
import { doubles, strings } from './columns.ts';
import type { Database } from './database.ts';
import { OUTCOME_COLUMNS, outcomeColumns, outcomesOf } from './outcome-reading.ts';
import type { TracedOutcome, TraceRepository } from './store.ts';
import { spansOf, traceText } from './trace-text.ts';

/** One row of the table `traces`, under the number of its outcome. */
export function appendTrace(appender: DuckDBAppender, seq: bigint, outcome: Outcome, trace: ItemTrace): void {
  appender.appendBigInt(seq);
  appender.appendVarchar(outcome.run);
  appender.appendVarchar(outcome.example);
  appender.appendVarchar(outcome.candidate);
  appender.appendDouble(trace.startedMs);
  appender.appendVarchar(traceText(trace));
  appender.endRow();
}

export function createTraces(database: Database): TraceRepository {
  async function* read(run: string, example: string | null): AsyncGenerator<TracedOutcome[]> {
    // Numbered apart from the texts: those of a million items are not sorted to find the newest.
    const chunks = database.chunks(
      `WITH newest AS (
         SELECT max(seq) AS seq FROM outcomes WHERE run = $1 AND ($2 IS NULL OR example = $2)
         GROUP BY example, candidate)
       SELECT o.*, (n.seq IS NOT NULL)::DOUBLE AS newest, coalesce(t.started_ms, 0) AS started_ms, t.spans
       FROM (SELECT ${outcomeColumns}, seq FROM outcomes WHERE run = $1 AND ($2 IS NULL OR example = $2)) o
       LEFT JOIN newest n ON n.seq = o.seq
       LEFT JOIN (SELECT seq, started_ms, spans FROM traces WHERE run = $1 AND ($2 IS NULL OR example = $2)) t
         ON t.seq = o.seq`,
      [run, example],
    );
    for await (const chunk of chunks) {
      const newest = doubles(chunk, OUTCOME_COLUMNS + 1);
      const started = doubles(chunk, OUTCOME_COLUMNS + 2);
      const spans = strings(chunk, OUTCOME_COLUMNS + 3);
      yield outcomesOf(chunk, run).map((outcome, row): TracedOutcome => {
        const text = spans[row] ?? null;
        return {
          outcome,
          newest: newest[row] === 1,
          trace: text === null ? null : { startedMs: started[row]!, spans: spansOf(text) },
        };
      });
    }
  }
  return {
    async of(run, example) {
      const found: TracedOutcome[] = [];
      for await (const batch of read(run, example)) found.push(...batch.filter(({ newest }) => newest));
      return found.toSorted((a, b) => (a.outcome.candidate < b.outcome.candidate ? -1 : 1));
    },
    all: (run) => read(run, null),
  };
}
