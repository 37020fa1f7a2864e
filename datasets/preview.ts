/** A first look at a file: columns, some rows, and a mapping to start from. */
import type { ColumnPreview, DatasetPreviewed, Json } from '../engine/api/index.ts';
import { type OpenedSource, asText, blank } from './records.ts';
import { suggestMapping } from './suggest-mapping.ts';

export async function previewSource(source: OpenedSource, wanted: number): Promise<DatasetPreviewed> {
  const rows: { [column: string]: Json }[] = [];
  for await (const record of source.records()) {
    if (record.fields !== null) rows.push(record.fields);
    if (rows.length >= wanted) break;
  }
  const columns = source.columns.map((name) =>
    previewColumn(
      name,
      rows.map((row) => (Object.hasOwn(row, name) ? (row[name] ?? null) : null)),
    ),
  );
  return { format: source.format, columns, rows, suggestion: suggestMapping(columns, rows) };
}

export function previewColumn(name: string, values: Json[]): ColumnPreview {
  const present = values.filter((value) => !blank(value));
  const every = (test: (value: Json) => boolean): boolean => present.every(test);
  const type: ColumnPreview['type'] =
    present.length === 0
      ? 'empty'
      : every((value) => typeof value === 'object')
        ? 'json'
        : every((value) => typeof value === 'boolean' || /^(true|false)$/i.test(asText(value)))
          ? 'boolean'
          : every(
                (value) =>
                  (typeof value === 'number' || typeof value === 'string') && Number.isFinite(Number(value)),
              )
            ? 'number'
            : 'text';
  return {
    name,
    type,
    nulls: values.length - present.length,
    distinct: new Set(present.map((value) => JSON.stringify(value))).size,
  };
}
