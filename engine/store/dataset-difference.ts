/**
 * What became of the rows between two versions. Joined in DuckDB on 128-bit hashes, so that only row numbers and
 * hashes are held for millions of rows (and spilt beyond the limit); the texts are read for the rows that are told.
 */
import { BIGINT, type DuckDBValue, INTEGER, LIST, listValue } from '@duckdb/node-api';
import type { DifferentRow, Example, Json } from '../api/index.ts';
import type { Database, Row } from './database.ts';
import { exampleOf, jsonPointer } from './example-rows.ts';
import type { DatasetRecord, RowDifference } from './store.ts';

const BATCH = 1024;

export interface Version {
  number: number;
  record: DatasetRecord;
}
/** By id where both versions kept ids; otherwise by the input's content, the nth of equal inputs with the nth. */
export async function differenceOf(database: Database, a: Version, b: Version): Promise<RowDifference> {
  const by = a.record.mapping.id !== undefined && b.record.mapping.id !== undefined ? 'id' : 'content';
  const { sql, values } = joined(by, a, b);
  const [counted] = await database.rows(
    `SELECT count(*) FILTER (a_row IS NULL)::INTEGER AS added, count(*) FILTER (b_row IS NULL)::INTEGER AS removed,
       count(*) FILTER (a_row = a_row AND b_row = b_row AND differs)::INTEGER AS changed,
       count(*) FILTER (NOT differs)::INTEGER AS same,
       count(*) FILTER (split_moved)::INTEGER AS split, count(*) FILTER (tags_moved)::INTEGER AS tags,
       count(*) FILTER (group_moved)::INTEGER AS "group", count(*) FILTER (input_changed)::INTEGER AS input,
       count(*) FILTER (expected_changed)::INTEGER AS expected FROM (${sql})`,
    values,
  );
  const count = (name: string): number => Number(counted?.[name] ?? 0);
  return {
    by,
    counts: {
      added: count('added'),
      removed: count('removed'),
      changed: count('changed'),
      same: count('same'),
    },
    moves: {
      input: count('input'),
      expected: count('expected'),
      split: count('split'),
      tags: count('tags'),
      group: count('group'),
    },
    async *rows(limit) {
      let batch: [number | null, number | null][] = [];
      const ordered = `SELECT coalesce(a_row, -1), coalesce(b_row, -1) FROM (${sql}) WHERE differs
        ORDER BY coalesce(b_row, a_row), b_row IS NULL, a_row ${limit === undefined ? '' : `LIMIT ${Math.floor(limit)}`}`;
      for await (const chunk of database.chunks(ordered, values)) {
        for (const [before, after] of chunk.getRows()) {
          batch.push([Number(before) < 0 ? null : Number(before), Number(after) < 0 ? null : Number(after)]);
          if (batch.length < BATCH) continue;
          yield await told(database, { a: a.number, b: b.number }, batch);
          batch = [];
        }
      }
      if (batch.length > 0) yield await told(database, { a: a.number, b: b.number }, batch);
    },
  };
}

/** One line a pair of rows, with what differs between the two. Names of columns are bound, never part of the text. */
function joined(by: 'id' | 'content', a: Version, b: Version): { sql: string; values: DuckDBValue[] } {
  const values: DuckDBValue[] = [a.number, b.number];
  const fieldsA = a.record.mapping.input;
  const fieldsB = b.record.mapping.input;
  const alike = JSON.stringify(fieldsA) === JSON.stringify(fieldsB);
  const hashed = (fields: string[]): string => {
    const places = fields.map((field) => `json_extract(input, $${values.push(jsonPointer(field))})`);
    return `md5_number(to_json([${places.join(', ')}])::VARCHAR)`;
  };
  const whole = 'md5_number(coalesce(input_key, input))';
  const input = alike ? whole : hashed([...new Set([...fieldsA, ...fieldsB])].toSorted());
  const common = fieldsA.filter((field) => fieldsB.includes(field)).toSorted();
  // Without a field in common no input is another's; each version then keys its rows apart.
  const keyed = (): string => {
    if (by === 'id') return 'id';
    if (alike) return whole;
    return common.length > 0 ? hashed(common) : 'md5_number(dataset::VARCHAR)';
  };
  const rowKey = keyed();
  const side = (number: string): string => `
    SELECT place, key, ${by === 'id' ? '1' : 'row_number() OVER (PARTITION BY key ORDER BY place)'} AS nth,
      input_hash, expected_hash, "group", tags_hash, split
    FROM (SELECT rowid AS place, ${rowKey} AS key, ${input} AS input_hash, "group", split,
        md5_number(expected) AS expected_hash, md5_number(tags) AS tags_hash
      FROM examples WHERE dataset = ${number})`;
  const moved = (column: string): string =>
    `(a.place IS NOT NULL AND b.place IS NOT NULL AND a.${column} IS DISTINCT FROM b.${column})`;
  const sql = `
    SELECT *, a_row IS NULL OR b_row IS NULL OR input_changed OR expected_changed OR split_moved OR tags_moved
      OR group_moved AS differs
    FROM (SELECT a.place AS a_row, b.place AS b_row, ${moved('input_hash')} AS input_changed,
        ${moved('expected_hash')} AS expected_changed, ${moved('split')} AS split_moved,
        ${moved('tags_hash')} AS tags_moved, ${moved('"group"')} AS group_moved
      FROM (${side('$1')}) a FULL JOIN (${side('$2')}) b ON a.key = b.key AND a.nth = b.nth)`;
  return { sql, values };
}

async function told(
  database: Database,
  datasets: { a: number; b: number },
  pairs: [number | null, number | null][],
): Promise<DifferentRow[]> {
  const read = async (dataset: number, rows: (number | null)[]): Promise<Map<number, Example>> => {
    const wanted = rows.filter((row) => row !== null);
    if (wanted.length === 0) return new Map();
    const found: Row[] = await database.rows(
      `SELECT rowid AS place, id, input, expected, "group", tags, split FROM examples
       WHERE dataset = $1 AND rowid IN (SELECT unnest($2))`,
      [dataset, listValue(wanted.map(BigInt))],
      [INTEGER, LIST(BIGINT)],
    );
    return new Map(found.map((row) => [Number(row['place']), exampleOf(row)]));
  };
  const before = await read(
    datasets.a,
    pairs.map(([row]) => row),
  );
  const after = await read(
    datasets.b,
    pairs.map(([, row]) => row),
  );
  return pairs.map(([rowA, rowB]) => {
    const was = rowA === null ? undefined : before.get(rowA);
    const is = rowB === null ? undefined : after.get(rowB);
    return {
      change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed',
      id: (is ?? was)?.id ?? '',
      columns: changedColumns(was, is),
    };
  });
}

/** `expected`, `split` and `group` as they are called here; input fields and tags by name, marked so. */
function cellsOf(example: Example | undefined): Map<string, Json> {
  if (example === undefined) return new Map();
  return new Map<string, Json>([
    ...Object.entries(example.input).map(([field, value]): [string, Json] => [`input:${field}`, value]),
    ['expected', example.expected],
    ['group', example.group],
    ['split', example.split],
    ...Object.entries(example.tags).map(([tag, value]): [string, Json] => [`tag:${tag}`, value]),
  ]);
}

function changedColumns(was: Example | undefined, is: Example | undefined): DifferentRow['columns'] {
  const before = cellsOf(was);
  const after = cellsOf(is);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((column) => {
    const one = before.get(column) ?? null;
    const other = after.get(column) ?? null;
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [{ column, before: one, after: other }];
  });
}
