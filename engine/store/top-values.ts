import type { ColumnSummary } from '../api/index.ts';
import type { Database } from './database.ts';
import { jsonPointer } from './example-rows.ts';
import { textOf } from './text-of.ts';

const KEPT = 20;
const CUT_AT = 200;

/** Where the values of a column stand. The column's own name is only ever bound, never part of the query. */
const places: Record<ColumnSummary['role'], { value: string; named: boolean }> = {
  input: { value: 'json_extract_string(input, $2)', named: true },
  expected: { value: "json_extract_string(expected, '$')", named: false },
  group: { value: '"group"', named: false },
  tag: { value: 'json_extract_string(tags, $2)', named: true },
};

/** The most frequent values of a column that occur more than once, ties by value; missing ones are not counted. */
export async function topValues(
  database: Database,
  dataset: number,
  { name, role }: { name: string; role: ColumnSummary['role'] },
): Promise<ColumnSummary['top']> {
  const { value, named } = places[role];
  const rows = await database.rows(
    `SELECT left(value, ${CUT_AT}) AS value, occurrences FROM (
       SELECT ${value} AS value, count(*)::INTEGER AS occurrences FROM examples WHERE dataset = $1 GROUP BY 1)
     WHERE value IS NOT NULL AND value <> '' AND occurrences > 1
     ORDER BY occurrences DESC, value LIMIT ${KEPT}`,
    named ? [dataset, jsonPointer(name)] : [dataset],
  );
  return rows.map((row) => ({ value: textOf(row['value']), count: Number(row['occurrences']) }));
}
