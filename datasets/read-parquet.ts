/** Parquet as records, a row group at a time. */
import { type Json, WorkbenchError } from '../engine/api/index.ts';
import { checkParquet } from './parquet-bounds.ts';
import { type RawRecord, bounded } from './records.ts';

const ROWS_AT_ONCE = 4096;

/** bigint, dates and binary have no JSON: whole numbers, ISO text, and text where it is UTF-8. */
export function jsonOf(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonOf(item)]));
  return null;
}

export async function* readParquet(path: string, name: string): AsyncGenerator<RawRecord> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    await checkParquet(file, metadata, name);
    const total = Number(metadata.num_rows);
    for (let rowStart = 0; rowStart < total; rowStart += ROWS_AT_ONCE) {
      const rows = await parquetReadObjects({
        file,
        metadata,
        rowStart,
        rowEnd: Math.min(total, rowStart + ROWS_AT_ONCE),
      });
      for (const [i, row] of rows.entries()) {
        yield bounded({
          line: rowStart + i + 1,
          fields: Object.fromEntries(Object.entries(row).map(([key, value]) => [key, jsonOf(value)])),
        });
      }
    }
  } catch (cause) {
    if (cause instanceof WorkbenchError) throw cause;
    throw new WorkbenchError(
      'file.malformed',
      `${name} cannot be read as Parquet: ${cause instanceof Error ? cause.message : ''}.`,
      {
        cause,
        hint: 'Is the file complete? Snappy and uncompressed pages are read; convert others, or import CSV.',
      },
    );
  }
}
