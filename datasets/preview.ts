/** A first look at a file: columns, some rows, and a mapping to start from. */
import type { ColumnPreview, DatasetPreviewed, Json } from '../engine/api/index.ts';
import { type OpenedSource, asText, blank } from './records.ts';

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
  return { format: source.format, columns, rows, suggestion: suggest(columns, rows.length) };
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

const named = {
  id: /^(id|_id|uuid|key|example_?id|row_?id|idx|index)$/i,
  expected:
    /^(expected|answer|gold|label|target|truth|ground_?truth|intent|output|reference|class|category_label)$/i,
  group: /^(group|conversation(_?id)?|session(_?id)?|document(_?id)?|thread(_?id)?|cluster)$/i,
  split: /^(split|fold|partition|set)$/i,
  input:
    /^(input|question|prompt|text|query|body|subject|message|messages|content|problem|instruction|utterance|title)$/i,
};

/** By name first; where no input is named so, the text column with the most distinct values. */
function suggest(columns: ColumnPreview[], rows: number): DatasetPreviewed['suggestion'] {
  const find = (pattern: RegExp): string | undefined =>
    columns.find((column) => pattern.test(column.name))?.name;
  const id = find(named.id);
  const split = find(named.split);
  const group = find(named.group);
  const expected = find(named.expected);
  const taken = new Set([id, split, group, expected]);
  const free = columns.filter((column) => !taken.has(column.name) && column.type !== 'empty');
  const byName = free.filter((column) => named.input.test(column.name)).map((column) => column.name);
  const mostVaried = free
    .filter((column) => column.type === 'text')
    .sort((a, b) => b.distinct - a.distinct)[0];
  const input = byName.length > 0 ? byName : mostVaried === undefined ? [] : [mostVaried.name];
  const tags = free
    .filter(
      (column) =>
        !input.includes(column.name) &&
        column.type === 'text' &&
        column.distinct > 1 &&
        column.distinct <= Math.max(2, rows / 3),
    )
    .map((column) => column.name)
    .slice(0, 5);
  return {
    input,
    tags,
    ...(id === undefined ? {} : { id }),
    ...(expected === undefined ? {} : { expected }),
    ...(group === undefined ? {} : { group }),
    ...(split === undefined ? {} : { split }),
  };
}
