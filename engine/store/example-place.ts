/**
 * The place of an example among its dataset's, 0…n−1. A dataset's rows are appended in order by one writer and never
 * deleted, so that DuckDB's own numbering of the table says it: a column would cost an import its second core, because
 * numbering is the one thing that cannot be done out of turn.
 */
import type { Database } from './database.ts';

/** As SQL, for the rows of `examples` under an alias; the dataset's number as SQL, too. */
export const placeOf = (alias: string, dataset: string): string =>
  `(${alias}.rowid - (SELECT min(rowid) FROM examples WHERE dataset = ${dataset}))::INTEGER`;

/** What to add to a place to have a `rowid`: a range of those is found without looking at the others. */
export async function firstRowId(database: Database, dataset: number): Promise<number> {
  const [row] = await database.rows('SELECT min(rowid) AS first FROM examples WHERE dataset = $1', [dataset]);
  return Number(row?.['first'] ?? 0);
}
