/** One row as a file has it, before any mapping. */
import { MAX_CELL_CHARS } from './limits.ts';
import {
  type FileFormat,
  type Json,
  type RejectedRow,
  type Source,
  type Warning,
} from '../engine/api/index.ts';
import type { Readable } from 'node:stream';
import type { Hub } from './hugging-face/hub.ts';

/** A row that could be read, or the reason why it could not. */
export type RawRecord =
  | { line: number; fields: { [column: string]: Json } }
  | { line: number; fields: null; rejected: Pick<RejectedRow, 'code' | 'message'> };

/** What opening needs of its surroundings. */
export interface Opening {
  stdin?: Readable | undefined;
  /** Where uploaded bytes are. */
  uploads(id: string): { path: string; name: string };
  /** Doors that serve a browser refuse paths. */
  allowPaths: boolean;
  /** Absent where datasets of the Hub cannot be fetched. */
  hub?: Hub | undefined;
  /** Standard input is kept here while it is read twice. */
  tempFolder: string;
  signal?: AbortSignal | undefined;
  onProgress?(rows: number, bytes: number, totalBytes: number | null): void;
}

export interface OpenedSource {
  /** File name only, never a path. */
  name: string;
  /** What a dataset made of it remembers, where that is more than the name. */
  origin?: string | undefined;
  format: FileFormat;
  /** Column names, in the file's order (union over the first rows for JSON). */
  columns: string[];
  /** May be called more than once: an import reads twice, first to check everything, then to store. */
  records(): AsyncIterable<RawRecord>;
  warnings: Warning[];
  close(): Promise<void>;
}

export interface OpenedFiles extends OpenedSource {
  /** sha256 over the bytes as they are now. */
  contentHash(): Promise<string>;
}

export type { Source };

/** A value by column name; dots reach into nested JSON unless a column has that very name. Undefined: no such place. */
export function valueAt(fields: { [column: string]: Json }, path: string): Json | undefined {
  if (Object.hasOwn(fields, path)) return fields[path];
  let value: Json | undefined = fields;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) value = /^\d+$/.test(key) ? value[Number(key)] : undefined;
    else value = Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

/** An object whose keys may be anything, `__proto__` too. */
export function plainFields(entries: Iterable<[string, Json]>): { [column: string]: Json } {
  return Object.fromEntries(entries);
}

export const blank = (value: Json | undefined): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

export const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** JSON text, or null where the value is nested deeper than anything that is data. */
function jsonText(value: object): string | null {
  try {
    return JSON.stringify(value);
  } catch (thrown) {
    if (thrown instanceof RangeError) return null;
    throw thrown;
  }
}

/** The record, or its rejection where a value holds a NUL character or is larger than any honest cell. */
export function bounded(record: RawRecord): RawRecord {
  if (record.fields === null) return record;
  for (const [column, value] of Object.entries(record.fields)) {
    const text = typeof value === 'object' && value !== null ? jsonText(value) : value;
    const reject = (code: RejectedRow['code'], message: string): RawRecord => ({
      line: record.line,
      fields: null,
      rejected: { code, message },
    });
    if (text === null && value !== null) return reject('malformed', `column "${column}" is nested too deep`);
    if (typeof text !== 'string') continue;
    if (text.length > MAX_CELL_CHARS)
      return reject('too_large', `column "${column}" holds ${text.length} characters`);
    if (text.includes('\u0000') || (typeof value === 'object' && text.includes('\\u0000')))
      return reject('malformed', `a NUL character in column "${column}"`);
  }
  return record;
}
