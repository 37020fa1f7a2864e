/**
 * What a Parquet file says of itself, checked before memory is given to it: a few bytes can declare a billion values.
 * Layout: apache/parquet-format, README (footer, column chunks, page headers).
 */
import type { AsyncBuffer, ColumnChunk, FileMetaData } from 'hyparquet';
import { WorkbenchError } from '../engine/api/index.ts';
import { BOMB_RATIO } from './limits.ts';

/** Far above what writers put into a page (1 MB, or a whole row group of 1,048,576 equal values). */
const MAX_PAGE_VALUES = 1 << 24;
const MAX_PAGE_BYTES = 256 * 1024 * 1024;
/** Values (rows × columns) that need no justification by the size of the file. */
const FREE_VALUES = 50_000_000;
const MAX_HEADER_BYTES = 1 << 16;

/** Throws file.malformed where the parts contradict each other, file.too_large where they are beyond any honest file. */
export async function checkParquet(file: AsyncBuffer, metadata: FileMetaData, name: string): Promise<void> {
  const { parquetHeader } = await import('hyparquet/src/column.js');
  const wrong = (what: string): WorkbenchError =>
    new WorkbenchError('file.malformed', `${name} cannot be read as Parquet: ${what}.`, {
      hint: 'Is the file complete? Fetch or write it again.',
    });
  const tooLarge = (what: string): WorkbenchError =>
    new WorkbenchError('file.too_large', `${name}: ${what}.`, {
      hint: 'No usual writer makes such a file. If it is honest, write it again as CSV or JSONL.',
    });
  const rows = Number(metadata.num_rows);
  const grouped = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (
    !Number.isSafeInteger(rows) ||
    rows !== grouped ||
    metadata.row_groups.some((group) => group.num_rows < 0)
  )
    throw wrong(`its footer declares ${metadata.num_rows} rows and its row groups hold ${grouped}`);
  const values = metadata.row_groups.reduce(
    (sum, group) => sum + Number(group.num_rows) * group.columns.length,
    0,
  );
  if (values > FREE_VALUES && values > file.byteLength * BOMB_RATIO)
    throw tooLarge(`${file.byteLength} bytes declare ${values} values`);

  for (const group of metadata.row_groups) {
    for (const column of group.columns) {
      for (let [at, end] = extent(column, file, wrong); at < end;) {
        const view = new DataView(await file.slice(at, Math.min(end, at + MAX_HEADER_BYTES)));
        const reader = { view, offset: 0 };
        const header = parquetHeader(reader);
        const count =
          header.data_page_header?.num_values ??
          header.data_page_header_v2?.num_values ??
          header.dictionary_page_header?.num_values ??
          0;
        const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
        if (!(packed >= 0) || !(unpacked >= 0) || count < 0 || at + reader.offset + packed > end)
          throw wrong(`a page at byte ${at} reaches beyond its column`);
        if (count > MAX_PAGE_VALUES || unpacked > MAX_PAGE_BYTES)
          throw tooLarge(`a page at byte ${at} declares ${count} values in ${unpacked} bytes`);
        at += reader.offset + packed;
      }
    }
  }
}

/** First byte of a column chunk and the one after its last. */
function extent(
  { file_path, meta_data }: ColumnChunk,
  file: AsyncBuffer,
  wrong: (what: string) => WorkbenchError,
): [number, number] {
  if (meta_data === undefined || file_path) throw wrong('a column is in another file');
  const data = Number(meta_data.data_page_offset);
  const dictionary = Number(meta_data.dictionary_page_offset ?? 0n);
  const start = dictionary > 0 && dictionary < data ? dictionary : data;
  const end = start + Number(meta_data.total_compressed_size);
  if (!(start >= 4) || !(end >= start) || end > file.byteLength)
    throw wrong('a column lies outside of the file');
  return [start, end];
}
