import { fileWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { Page } from '../api/index.ts';
import { columnPart, type ComparedTable } from './compared-table.ts';

const numbers = new Set(['score', 'delta', 'costUsd', 'latencyMs']);

/** Writes the rows as Parquet to a path, a row group a batch. An unknown number is null. */
export async function writeParquet(path: string, { columns, batches }: ComparedTable): Promise<void> {
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    createdBy: 'kneepoint',
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(schemaOf)],
  });
  for await (const batch of batches()) {
    await writer.write({
      columnData: columns.map((name) => ({ name, data: dataOf(name, batch[name]!) })),
      rowGroupSize: Number.MAX_SAFE_INTEGER,
    });
  }
  await writer.finish();
}

function schemaOf(name: string): SchemaElement {
  const { kind } = columnPart(name);
  if (kind === 'failed') return { name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' };
  if (numbers.has(kind)) return { name, type: 'DOUBLE', repetition_type: 'OPTIONAL' };
  return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' };
}

function dataOf(name: string, values: Page['columns'][string]): unknown[] {
  if (!(values instanceof Float64Array)) return values;
  const { kind } = columnPart(name);
  return Array.from(values, (value) =>
    kind === 'failed' ? value === 1 : Number.isNaN(value) ? null : value,
  );
}
