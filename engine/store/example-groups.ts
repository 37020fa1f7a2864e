import { INTEGER } from '@duckdb/node-api';
import { integers } from './columns.ts';
import type { Database } from './database.ts';
import { firstRowId, placeOf } from './example-place.ts';

export interface ExampleGroups {
  /** By row of the dataset, dense, in order of first appearance. */
  of: Int32Array;
  count: number;
}

/** The mapped group joined with rows of identical input: both make rows that are not independent. */
export async function exampleGroups(
  database: Database,
  dataset: number,
  rows: number,
): Promise<ExampleGroups> {
  const parent = Int32Array.from({ length: rows }, (_, i) => i);
  const find = (i: number): number => {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]!]!;
      i = parent[i]!;
    }
    return i;
  };
  const first = await firstRowId(database, dataset);
  for (const key of ['coalesce(input_key, input)', '"group"']) {
    const chunks = database.chunks(
      `WITH repeated AS (
         SELECT ${key} AS key, min(rowid) AS first FROM examples
         WHERE dataset = $1 AND key IS NOT NULL GROUP BY key HAVING count(*) > 1)
       SELECT ${placeOf('e', '$1')}, (r.first - ${first})::INTEGER FROM examples e JOIN repeated r ON r.key = ${key.replaceAll(/(input_key|input\b|"group")/g, 'e.$1')}
       WHERE e.dataset = $1`,
      [dataset],
      [INTEGER],
    );
    for await (const chunk of chunks) {
      const row = integers(chunk, 0);
      const first = integers(chunk, 1);
      for (let i = 0; i < chunk.rowCount; i++) {
        const a = find(row[i]!);
        const b = find(first[i]!);
        if (a < b) parent[b] = a;
        else parent[a] = b;
      }
    }
  }
  return dense(parent, find);
}

function dense(parent: Int32Array, find: (i: number) => number): ExampleGroups {
  const of = new Int32Array(parent.length);
  const code = new Int32Array(parent.length).fill(-1);
  let count = 0;
  for (let i = 0; i < parent.length; i++) {
    const root = find(i);
    if (code[root] === -1) code[root] = count++;
    of[i] = code[root]!;
  }
  return { of, count };
}
