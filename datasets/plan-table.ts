/** Whether a source is one plain table file whose mapped columns stand as they are: then the database reads it alone. */
import { open } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { DatasetMapping, Source } from '../engine/api/index.ts';
import { packingOf } from './bytes.ts';
import { formatOf, locate } from './open-source.ts';
import { checkParquet } from './parquet-bounds.ts';
import { delimiterOf } from './read-csv.ts';
import type { Opening } from './records.ts';

interface TableBase {
  path: string;
  /** File name only, never a path. */
  name: string;
}
export type PlannedTable =
  /** All columns, in the file's order. */
  | (TableBase & { format: 'csv'; columns: string[]; delimiter: string })
  /** The mapped columns. */
  | (TableBase & { format: 'jsonl' | 'parquet'; columns: string[] });

const HEAD_BYTES = 1 << 18;
const MOST_COLUMNS = 1000;

/** Null where it is not, or where it cannot be told cheaply; nothing is thrown: the reader row by row says what is wrong. */
export async function planTable(
  source: Source,
  mapping: DatasetMapping,
  opening: Opening,
): Promise<PlannedTable | null> {
  if (source.kind === 'hub' || (source.kind === 'path' && source.path === '-')) return null;
  // Made of several columns, or of parts of one: only row by row.
  if (mapping.templates !== undefined || mapping.messages !== undefined) return null;
  try {
    const { files } = await locate(source, opening);
    const [file] = files;
    // The database would take these for a pattern.
    if (file === undefined || files.length > 1 || /[*?[\]{}]/.test(file.path)) return null;
    const packing = await packingOf(file.path);
    if (packing !== 'none') return null;
    const format = source.format ?? (await formatOf(file, packing));
    if (format === 'json') return null;
    const mapped = mappedColumns(mapping);
    if (format === 'csv' || format === 'tsv') {
      const head = await headOf(file.path);
      const table = csvTable(head, format === 'tsv' ? '\t' : undefined);
      if (table === null || !mapped.every((column) => table.columns.includes(column))) return null;
      return { ...file, format: 'csv', ...table };
    }
    // A dot may also be a way into nested values.
    if (mapped.some((column) => column.includes('.'))) return null;
    if (format === 'parquet') await refuseHostile(file);
    else {
      const keys = await keysOf(file.path);
      if (!mapped.every((column) => keys.has(column))) return null;
    }
    return { ...file, format, columns: mapped };
  } catch {
    return null;
  }
}

function mappedColumns({ input, expected, id, group, tags, split }: DatasetMapping): string[] {
  const all = [...input, expected, id, group, ...tags, split].filter((column) => column !== undefined);
  return [...new Set(all)];
}

async function refuseHostile({ path, name }: TableBase): Promise<void> {
  const { asyncBufferFromFile, parquetMetadataAsync } = await import('hyparquet');
  const file = await asyncBufferFromFile(path);
  await checkParquet(file, await parquetMetadataAsync(file), name);
}

/** The keys of the first objects. */
async function keysOf(path: string): Promise<Set<string>> {
  const { text, whole } = await headOf(path);
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  if (!whole) lines.pop();
  const objects = lines.filter((line) => line.trim() !== '').map((line): object => JSON.parse(line));
  return new Set(objects.flatMap((object) => Object.keys(object)));
}

/** The first bytes as UTF-8; throws where they are not. */
async function headOf(path: string): Promise<{ text: string; whole: boolean }> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const bytes = buffer.subarray(0, bytesRead);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return { text, whole: bytesRead < HEAD_BYTES };
  } finally {
    await handle.close();
  }
}

function csvTable(
  { text, whole }: { text: string; whole: boolean },
  asked: string | undefined,
): { columns: string[]; delimiter: string } | null {
  const delimiter = asked ?? delimiterOf(text);
  const controls = /[\u0000-\u0008\u000b\u000e-\u001f]/;
  if (controls.test(text) || /^[\r\n]/.test(text)) return null;
  // Blanks between a delimiter and a quote are read in more than one way.
  if (text.includes(`${delimiter} "`) || text.includes(`" ${delimiter}`)) return null;
  const end = firstLineEnd(text);
  if (end < 0 && !whole) return null;
  const [header = []] = parse(end < 0 ? text : text.slice(0, end), { delimiter, to: 1 });
  const columns = header.map((cell) => cell.trim());
  // A column alone: an empty line would be a row for the one reader and none for the other.
  if (columns.length < 2 || columns.length > MOST_COLUMNS) return null;
  return columns.includes('') || new Set(columns).size !== columns.length ? null : { columns, delimiter };
}

function firstLineEnd(text: string): number {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (!quoted && (text[i] === '\n' || text[i] === '\r')) return i;
  }
  return -1;
}
