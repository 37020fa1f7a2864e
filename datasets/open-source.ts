/** A source a person names — path, glob, `-`, upload — as something that can be read as often as needed. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type FileFormat, type Source, type Warning, WorkbenchError } from '../engine/api/index.ts';
import { type Packing, type TextFile, decodedText, encodingOf, packingOf, unreadable } from './bytes.ts';
import { hashOfFiles } from './content-hash.ts';
import type { HubFetched } from './hugging-face/hub.ts';
import { checkColumns } from './limits.ts';
import { readCsv } from './read-csv.ts';
import { readJson, readJsonl } from './read-json.ts';
import { readParquet } from './read-parquet.ts';
import type { OpenedFiles, Opening, RawRecord } from './records.ts';

export interface SourceFile {
  path: string;
  name: string;
  /** The same in every row, beside what the file holds. */
  columns?: Record<string, string>;
}
type Part =
  | { format: 'parquet'; file: SourceFile }
  | { format: Exclude<FileFormat, 'parquet'>; file: TextFile };

const FORMAT_HINT = 'Name the format with --format csv, tsv, json, jsonl or parquet.';
/** Rows looked at to learn the columns of JSON. */
const COLUMN_ROWS = 200;

/** Throws file.* errors; everything that can be known without reading all rows is known on return. */
export async function openSource(source: Source, opening: Opening): Promise<OpenedFiles> {
  const { files, close, hub } = await locate(source, opening);
  try {
    const warnings: Warning[] = [...(hub?.warnings ?? [])];
    const parts: Part[] = [];
    for (const file of files)
      parts.push(await inspect(file, hub === undefined ? source.format : 'parquet', opening, warnings));
    const [first] = parts;
    if (first === undefined)
      throw new WorkbenchError('file.not_found', 'No file to read.', { hint: 'Check the path.' });
    if (parts.some((part) => part.format !== first.format)) {
      throw new WorkbenchError('input.invalid', 'The files are of different formats.', {
        hint: 'Import one format at a time.',
      });
    }
    const records = (): AsyncGenerator<RawRecord> => readAll(parts, opening);
    const name =
      hub?.name ?? (parts.length === 1 ? first.file.name : `${first.file.name} and ${parts.length - 1} more`);
    const columns = await columnsOf(records(), name, first.format);
    const all = parts.map(({ file }) => ({ packing: 'none' as const, ...file }));
    const contentHash = (): Promise<string> => hashOfFiles(all, opening.signal);
    const { format } = first;
    return { name, origin: hub?.origin, format, columns, records, warnings, contentHash, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

interface Located {
  files: SourceFile[];
  close(): Promise<void>;
  hub?: Pick<HubFetched, 'name' | 'origin' | 'warnings'>;
}

export async function locate(source: Source, opening: Opening): Promise<Located> {
  const nothing = async (): Promise<void> => undefined;
  if (source.kind === 'upload') return { files: [opening.uploads(source.upload)], close: nothing };
  if (source.kind === 'hub') {
    if (opening.hub === undefined)
      throw new WorkbenchError('unsupported', 'Datasets of the Hugging Face Hub cannot be fetched here.', {
        hint: 'Download its files yourself and import them.',
      });
    const { files, ...hub } = await opening.hub.fetch(source, {
      signal: opening.signal,
      onProgress: (bytes, totalBytes) => opening.onProgress?.(0, bytes, totalBytes),
    });
    return { files, close: nothing, hub };
  }
  if (!opening.allowPaths) {
    throw new WorkbenchError('host.refused', 'This door takes uploaded files, not paths.', {
      hint: 'Choose the file in the import dialog.',
    });
  }
  if (source.path === '-') return spool(source, opening);
  const exists = await stat(source.path).then(
    () => true,
    () => false,
  );
  if (exists || !/[*?[\]{}]/.test(source.path)) {
    return { files: [{ path: source.path, name: basename(source.path) }], close: nothing };
  }
  const { default: glob } = await import('fast-glob');
  const paths = (await glob(source.path, { onlyFiles: true })).toSorted();
  if (paths.length === 0) {
    throw new WorkbenchError('file.not_found', `No file matches ${source.path}.`, {
      hint: 'Check the pattern, in quotes.',
    });
  }
  return { files: paths.map((path) => ({ path, name: basename(path) })), close: nothing };
}

async function spool(
  source: Source,
  opening: Opening,
): Promise<{ files: SourceFile[]; close(): Promise<void> }> {
  if (source.format === undefined) {
    throw new WorkbenchError('file.format_unknown', 'Standard input has no name to tell the format by.', {
      hint: FORMAT_HINT,
    });
  }
  if (opening.stdin === undefined)
    throw new WorkbenchError('input.invalid', 'There is no standard input here.', { hint: 'Name a file.' });
  const folder = await mkdtemp(join(opening.tempFolder, 'stdin-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'stdin');
  try {
    await pipeline(opening.stdin, createWriteStream(path), { signal: opening.signal });
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { files: [{ path, name: 'stdin' }], close };
}

async function inspect(
  file: SourceFile,
  asked: FileFormat | undefined,
  opening: Opening,
  warnings: Warning[],
): Promise<Part> {
  let packing: Packing;
  try {
    if ((await stat(file.path)).size === 0) throw empty(file.name);
    packing = await packingOf(file.path);
  } catch (thrown) {
    throw thrown instanceof WorkbenchError ? thrown : unreadable(file.name, thrown);
  }
  const format = asked ?? (await formatOf(file, packing));
  if (format === 'parquet') {
    if (packing !== 'none')
      throw new WorkbenchError('unsupported', `${file.name}: packed Parquet is not read.`, {
        hint: 'Unpack it first.',
      });
    return { format, file };
  }
  const encoding = await encodingOf({ ...file, packing }, opening.signal);
  if (encoding === 'win1252') {
    warnings.push({
      code: 'encoding_guessed',
      message: `${file.name} is not UTF-8 and was read as Windows-1252.`,
      count: 1,
      examples: [file.name],
    });
  }
  return { format, file: { ...file, packing, encoding } };
}

const empty = (name: string): WorkbenchError =>
  new WorkbenchError('file.empty', `${name} is empty.`, {
    hint: 'A file needs at least one row (and a header line, for CSV).',
  });

/** By the name's ending, else by the first bytes. */
export async function formatOf(file: SourceFile, packing: Packing): Promise<FileFormat> {
  const ending = /\.(csv|tsv|jsonl|ndjson|json|parquet)(?:\.(?:gz|zst))?$/i
    .exec(file.name)?.[1]
    ?.toLowerCase();
  if (ending === 'ndjson') return 'jsonl';
  if (ending === 'csv' || ending === 'tsv' || ending === 'json' || ending === 'jsonl' || ending === 'parquet')
    return ending;
  if (packing === 'none') {
    const handle = await open(file.path);
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    await handle.close();
    if (buffer.toString('latin1') === 'PAR1') return 'parquet';
    if (buffer.toString('latin1').startsWith('PK')) {
      throw new WorkbenchError('file.format_unknown', `${file.name} is a zip archive or a spreadsheet.`, {
        hint: 'Save it as CSV.',
      });
    }
  }
  throw new WorkbenchError('file.format_unknown', `The format of ${file.name} cannot be told by its name.`, {
    hint: FORMAT_HINT,
  });
}

async function* readAll(parts: Part[], opening: Opening): AsyncGenerator<RawRecord> {
  let rows = 0;
  let bytes = 0;
  const totals = await Promise.all(parts.map((part) => stat(part.file.path).then(({ size }) => size)));
  const total = totals.reduce((sum, size) => sum + size, 0);
  for (const part of parts) {
    const before = bytes;
    const onBytes = (read: number): void => {
      bytes = before + read;
    };
    for await (const record of readPart(part, opening.signal, onBytes)) {
      yield record;
      if (++rows % 4096 === 0) {
        opening.signal?.throwIfAborted();
        opening.onProgress?.(rows, bytes, total);
      }
    }
  }
}

function readPart(
  part: Part,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): AsyncGenerator<RawRecord> {
  const { name } = part.file;
  switch (part.format) {
    case 'parquet':
      return withColumns(readParquet(part.file.path, name), part.file.columns);
    case 'csv':
      return readCsv(decodedText(part.file, { signal, onBytes }), { name });
    case 'tsv':
      return readCsv(decodedText(part.file, { signal, onBytes }), { name, delimiter: '\t' });
    case 'jsonl':
      return readJsonl(decodedText(part.file, { signal, onBytes }), name);
    case 'json':
      return readJson(decodedText(part.file, { signal, onBytes }), name);
  }
}

async function* withColumns(
  records: AsyncGenerator<RawRecord>,
  columns: Record<string, string> = {},
): AsyncGenerator<RawRecord> {
  for await (const record of records)
    yield record.fields === null ? record : { ...record, fields: { ...record.fields, ...columns } };
}

async function columnsOf(
  records: AsyncGenerator<RawRecord>,
  name: string,
  format: FileFormat,
): Promise<string[]> {
  const columns = new Set<string>();
  let rows = 0;
  let rejected: RawRecord | null = null;
  for await (const record of records) {
    if (record.fields === null) rejected ??= record;
    else for (const column of Object.keys(record.fields)) columns.add(column);
    checkColumns(columns.size, name);
    if (++rows >= COLUMN_ROWS) break;
  }
  if (rows === 0) throw empty(name);
  if (columns.size === 0 && rejected?.fields === null) {
    if (rejected.rejected.code === 'too_large') {
      throw new WorkbenchError(
        'file.too_large',
        `${name}: line ${rejected.line}: ${rejected.rejected.message}.`,
        { hint: 'Shorten that cell; in CSV, look for a quote that is never closed.' },
      );
    }
    throw new WorkbenchError(
      'file.malformed',
      `${name} is not ${format}: line ${rejected.line}: ${rejected.rejected.message}.`,
      { hint: FORMAT_HINT },
    );
  }
  return [...columns];
}
