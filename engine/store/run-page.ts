import type { Page } from '../api/index.ts';
import { type Database, type Row } from './database.ts';
import { exampleOf, shown } from './example-rows.ts';
import { textOf } from './text-of.ts';

/** Newest outcomes, by the dataset's order, then candidate. `wrong`: read, judged, and not the full score. */
export async function runPage(
  database: Database,
  run: { id: string; dataset: number },
  request: {
    offset: number;
    limit: number;
    candidate?: string | undefined;
    only: 'all' | 'failed' | 'wrong' | 'unparsed';
  },
): Promise<Page> {
  const only = {
    all: '',
    failed: 'AND o.error_class IS NOT NULL',
    wrong: 'AND o.error_class IS NULL AND o.score < 1 AND o.unparsed IS DISTINCT FROM true',
    unparsed: 'AND o.unparsed',
  }[request.only];
  const newest = `
    WITH newest AS (
      SELECT * FROM outcomes WHERE run = $1 AND ($2 IS NULL OR candidate = $2)
      QUALIFY row_number() OVER (PARTITION BY example, candidate ORDER BY seq DESC) = 1)`;
  const candidate = request.candidate ?? null;
  const [counted] = await database.rows(
    `${newest} SELECT count(*)::INTEGER AS total FROM newest o WHERE true ${only}`,
    [run.id, candidate],
  );
  const rows = await database.rows(
    `${newest}
     SELECT o.*, e.id, e.input, e.expected, e."group", e.tags, e.split
     FROM newest o JOIN examples e ON e.id = o.example AND e.dataset = $3 WHERE true ${only}
     ORDER BY e.rowid, o.candidate LIMIT $4 OFFSET $5`,
    [run.id, candidate, run.dataset, request.limit, request.offset],
  );
  const text = (key: string): (string | null)[] =>
    rows.map((row) => (row[key] === null ? null : textOf(row[key])));
  const number = (key: string): Float64Array =>
    Float64Array.from(rows, (row) => (row[key] === null ? NaN : Number(row[key])));
  return {
    total: Number(counted?.['total'] ?? 0),
    offset: request.offset,
    columns: {
      example: text('example'),
      candidate: text('candidate'),
      input: rows.map(inputText),
      expected: rows.map((row) => shown(exampleOf(row).expected)),
      output: text('output'),
      score: number('score'),
      unparsed: number('unparsed'),
      costUsd: number('cost_usd'),
      latencyMs: number('latency_ms'),
      inputTokens: number('input_tokens'),
      outputTokens: number('output_tokens'),
      cached: number('cached'),
      answeredBy: text('answered_by'),
      error: text('error_class'),
      errorMessage: text('error_message'),
      signals: text('signals'),
    },
  };
}

/** The one field's text, else all fields as JSON. */
function inputText(row: Row): string | null {
  const { input } = exampleOf(row);
  const values = Object.values(input);
  return values.length === 1 ? shown(values[0] ?? null) : JSON.stringify(input);
}
