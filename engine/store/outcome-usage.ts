import { type DuckDBDataChunk, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { doubles, strings } from './columns.ts';
import type { Database } from './database.ts';
import type { RecordedUsage } from './store.ts';

/**
 * What the newest outcomes used, by (example, candidate) and model. The calls of the run's own ledger where they add up
 * to the outcome's tokens: only they know the model and the cache. Else the outcome's totals, `model` null, unless the
 * candidate is known to call several models: then nothing is known.
 */
export async function* readUsage(
  database: Database,
  runs: string[],
  candidates: string[],
): AsyncGenerator<RecordedUsage> {
  const lists = [listValue(runs), listValue(candidates)];
  for await (const chunk of database.chunks(sql, lists, [LIST(VARCHAR), LIST(VARCHAR)])) yield usageOf(chunk);
}

function usageOf(chunk: DuckDBDataChunk): RecordedUsage {
  return {
    rows: chunk.rowCount,
    examples: strings(chunk, 0).map((id) => id ?? ''),
    candidates: strings(chunk, 1).map((id) => id ?? ''),
    models: strings(chunk, 2),
    answeredBy: strings(chunk, 3),
    calls: doubles(chunk, 4),
    inputTokens: doubles(chunk, 5),
    outputTokens: doubles(chunk, 6),
    cachedInputTokens: doubles(chunk, 7),
    cacheWriteTokens: doubles(chunk, 8),
  };
}

const nan = (text: string): string => `coalesce(${text}, 'NaN'::DOUBLE)`;
const usage = (field: string): string =>
  `TRY_CAST(json_extract_string(response, '$.usage.${field}') AS DOUBLE)`;

/** A failed attempt that was, or may have been, paid for has no usage: its outcome's cost cannot be told anew. */
const sql = `
  WITH newest AS (
    SELECT example, candidate, arg_max({run: run, input: input_tokens, output: output_tokens}, seq) AS it
    FROM outcomes WHERE run IN (SELECT unnest($1)) AND candidate IN (SELECT unnest($2)) GROUP BY ALL),
  answers AS (
    SELECT run, example, candidate, step, request_hash, arg_max({response: response, attempt: attempt}, attempt) AS it
    FROM call_results WHERE ok AND run IN (SELECT unnest($1)) AND candidate IN (SELECT unnest($2)) GROUP BY ALL),
  calls AS (
    SELECT a.run, a.example, a.candidate, i.model, json_extract_string(a.it.response, '$.answeredBy') AS answered_by,
      a.it.response AS response
    FROM answers a JOIN call_intents i ON i.run = a.run AND i.example = a.example AND i.candidate = a.candidate
      AND i.step = a.step AND i.attempt = a.it.attempt),
  used AS (
    SELECT run, example, candidate, model, answered_by, ${usage('inputTokens')} AS input, ${usage('outputTokens')} AS output,
      ${usage('cachedInputTokens')} AS cached, ${usage('cacheWriteTokens')} AS written
    FROM calls),
  whole AS (
    SELECT run, example, candidate, CASE WHEN count(input) = count(*) THEN sum(input) END AS input,
      CASE WHEN count(output) = count(*) THEN sum(output) END AS output
    FROM used GROUP BY ALL),
  paid AS (
    SELECT run, example, candidate FROM call_results
    WHERE NOT ok AND (cost_usd IS NULL OR cost_usd > 0) AND run IN (SELECT unnest($1)) GROUP BY ALL),
  several AS (SELECT candidate FROM call_intents GROUP BY candidate HAVING count(DISTINCT model) > 1),
  joined AS (
    SELECT n.example, n.candidate, n.it.run AS run, n.it.input AS input, n.it.output AS output,
      w.input IS NOT NULL AND w.input = n.it.input AND w.output = n.it.output AS in_ledger,
      p.run IS NOT NULL AS failed_paid, s.candidate IS NOT NULL AS several
    FROM newest n
      LEFT JOIN whole w ON w.run = n.it.run AND w.example = n.example AND w.candidate = n.candidate
      LEFT JOIN paid p ON p.run = n.it.run AND p.example = n.example AND p.candidate = n.candidate
      LEFT JOIN several s ON s.candidate = n.candidate)
  SELECT j.example, j.candidate, u.model, u.answered_by, 1::DOUBLE, u.input, u.output, ${nan('u.cached')}, ${nan('u.written')}
  FROM joined j JOIN used u ON u.run = j.run AND u.example = j.example AND u.candidate = j.candidate
  WHERE j.in_ledger AND NOT j.failed_paid
  UNION ALL
  SELECT j.example, j.candidate, NULL, NULL, CASE WHEN j.several OR j.failed_paid THEN 'NaN'::DOUBLE ELSE 1 END,
    CASE WHEN j.several OR j.failed_paid THEN 'NaN'::DOUBLE ELSE ${nan('j.input')} END,
    CASE WHEN j.several OR j.failed_paid THEN 'NaN'::DOUBLE ELSE ${nan('j.output')} END, 'NaN'::DOUBLE, 'NaN'::DOUBLE
  FROM joined j WHERE NOT j.in_ledger OR j.failed_paid`;
