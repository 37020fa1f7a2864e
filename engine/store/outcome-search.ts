import { LIST, listValue, VARCHAR } from '@duckdb/node-api';
import type { Database } from './database.ts';
import { jsonPointer } from './example-rows.ts';
import type { DatasetRecord } from './store.ts';
import { textOf } from './text-of.ts';

/**
 * Ids of the examples in whose input, expected answer or newest answer of some candidate the text stands, in whatever
 * case. Only values are looked at, not the JSON around them.
 */
export async function searchOutcomes(
  database: Database,
  runs: string[],
  dataset: DatasetRecord & { number: number },
  { candidates, text }: { candidates: string[]; text: string },
): Promise<Set<string>> {
  const contains = (value: string): string => `contains(lower(${value}), lower(?))`;
  const { input } = dataset.mapping;
  const inExample = [
    ...input.map(() => contains('json_extract_string(input, ?)')),
    contains("json_extract_string(expected, '$')"),
  ];
  const examples = await database.rows(
    `SELECT id FROM examples WHERE dataset = ? AND (${inExample.join(' OR ')})`,
    [dataset.number, ...input.flatMap((field) => [jsonPointer(field), text]), text],
  );
  const answers = await database.rows(
    `SELECT DISTINCT example AS id FROM (
       SELECT example, arg_max({output: output}, seq).output AS output FROM outcomes
       WHERE run IN (SELECT unnest($1)) AND candidate IN (SELECT unnest($2)) GROUP BY example, candidate)
     WHERE contains(lower(output), lower($3))`,
    [listValue(runs), listValue(candidates), text],
    [LIST(VARCHAR), LIST(VARCHAR), VARCHAR],
  );
  return new Set([...examples, ...answers].map(({ id }) => textOf(id)));
}
