import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { Outcome } from '../api/index.ts';
import { doubles, strings } from './columns.ts';
import type { Database } from './database.ts';

const optional = (column: string): string => `coalesce(${column}, 'NaN'::DOUBLE)`;
/** What `outcomesOf` reads, in its order. */
export const outcomeColumns = `example, candidate, output, error_class, error_message, answered_by, signals,
  CASE WHEN unparsed IS NULL THEN NULL ELSE unparsed::VARCHAR END AS unparsed, cached::VARCHAR AS cached,
  ${['score', 'cost_usd', 'fresh_cost_usd', 'latency_ms', 'input_tokens', 'output_tokens']
    .map((column) => `${optional(column)} AS ${column}`)
    .join(', ')}`;
export const OUTCOME_COLUMNS = 15;

/** Newest outcomes of a run, a chunk at a time. */
export async function* readOutcomes(database: Database, run: string): AsyncGenerator<Outcome[]> {
  const chunks = database.chunks(
    `SELECT ${outcomeColumns}
     FROM outcomes WHERE run = $1
     QUALIFY row_number() OVER (PARTITION BY example, candidate ORDER BY seq DESC) = 1`,
    [run],
  );
  for await (const chunk of chunks) yield outcomesOf(chunk, run);
}

/** Of a chunk whose first columns are those above. */
export function outcomesOf(chunk: DuckDBDataChunk, run: string): Outcome[] {
  const text = Array.from({ length: 9 }, (_, i) => strings(chunk, i));
  const number = Array.from({ length: 6 }, (_, i) => doubles(chunk, 9 + i));
  const known = (column: number, row: number): number | null => {
    const value = number[column]![row]!;
    return Number.isNaN(value) ? null : value;
  };
  return Array.from({ length: chunk.rowCount }, (_, row): Outcome => {
    const at = (column: number): string | null => text[column]![row] ?? null;
    const error = at(3);
    const unparsed = at(7);
    const signals = at(6);
    return {
      run,
      example: at(0)!,
      candidate: at(1)!,
      output: at(2),
      score: known(0, row),
      ...(unparsed === null ? {} : { unparsed: unparsed === 'true' }),
      costUsd: known(1, row),
      freshCostUsd: known(2, row),
      latencyMs: known(3, row),
      inputTokens: known(4, row),
      outputTokens: known(5, row),
      cached: at(8) === 'true',
      // Written by this room from an Outcome, as are the signals.
      error:
        error === null
          ? null
          : { class: error as NonNullable<Outcome['error']>['class'], message: at(4) ?? '' },
      answeredBy: at(5),
      signals: signals === null ? {} : (JSON.parse(signals) as Outcome['signals']),
    };
  });
}
