import type { Page } from '../api/index.ts';
import type { Database } from './database.ts';
import { exampleOf, jsonPointer, shown } from './example-rows.ts';
import type { DatasetRecord } from './store.ts';

/** A page of rows as columns: id, each input field, expected, group, split and tags, where the dataset has them. */
export async function datasetPage(
  database: Database,
  number: number,
  record: DatasetRecord,
  request: { offset: number; limit: number; search?: string | undefined },
): Promise<Page> {
  const { mapping } = record;
  const search = request.search ?? '';
  // Values only, not the JSON around them; a field is reached by a bound JSON pointer.
  const contains = (value: string): string => `contains(lower(${value}), lower(?))`;
  const inField = mapping.input.map(() => contains('json_extract_string(input, ?)'));
  const where =
    search === '' ? '' : `AND (${[...inField, contains("json_extract_string(expected, '$')")].join(' OR ')})`;
  const values =
    search === ''
      ? [number]
      : [number, ...mapping.input.flatMap((field) => [jsonPointer(field), search]), search];
  const [counted] = await database.rows(
    `SELECT count(*)::INTEGER AS total FROM examples WHERE dataset = ? ${where}`,
    values,
  );
  const rows = await database.rows(
    `SELECT id, input, expected, "group", tags, split FROM examples WHERE dataset = ? ${where}
     ORDER BY rowid LIMIT ? OFFSET ?`,
    [...values, request.limit, request.offset],
  );
  const examples = rows.map(exampleOf);
  const columns: [string, (string | null)[]][] = [['id', examples.map(({ id }) => id)]];
  const add = (name: string, fallback: string, column: (string | null)[]): void => {
    columns.push([columns.some(([taken]) => taken === name) ? fallback : name, column]);
  };
  for (const field of mapping.input) {
    add(
      field,
      `input:${field}`,
      examples.map(({ input }) => shown(input[field] ?? null)),
    );
  }
  if (mapping.expected !== undefined) {
    add(
      'expected',
      'expected answer',
      examples.map(({ expected }) => shown(expected)),
    );
  }
  if (mapping.group !== undefined)
    add(
      'group',
      'mapped group',
      examples.map(({ group }) => group),
    );
  if (mapping.split !== undefined)
    add(
      'split',
      'mapped split',
      examples.map(({ split }) => split),
    );
  for (const tag of mapping.tags) {
    add(
      tag,
      `tag:${tag}`,
      examples.map(({ tags }) => tags[tag] ?? null),
    );
  }
  return {
    total: Number(counted?.['total'] ?? 0),
    offset: request.offset,
    columns: Object.fromEntries(columns),
  };
}
