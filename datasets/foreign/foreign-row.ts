/** What every foreign format is reduced to: one answer of one candidate to one example. */
import type { ForeignFormat, Json } from '../../engine/api/index.ts';
import type { Encoding, Packing } from '../bytes.ts';

/** Absent facts are null, never 0: another tool's 0 is taken for a fact only where that tool means it as one. */
export interface ForeignRow {
  /** 1-based line or row number. */
  line: number;
  /** The row as the file has it: what overriding paths reach into. */
  raw: Fields;
  example: string;
  candidate: string;
  /** Which repeat of the same question; null where the format has none. */
  epoch: string | null;
  /** Input fields by name, without the expected answer; null where the file has none. */
  input: Fields | null;
  expected: Json;
  tags: Record<string, string>;
  output: string | null;
  /** As the file has it: judged later; null when there is none. */
  score: Json;
  costUsd: number | null;
  latencyMs: number | null;
  /** All of them, cached ones included. */
  inputTokens: number | null;
  outputTokens: number | null;
  cachedInputTokens: number | null;
  cacheWriteTokens: number | null;
  /** The name to look a price up by. */
  model: string | null;
  /** When it was called, ISO: prices are dated. */
  at: string | null;
  /** Why the answer ended, as the tool says it; `length` where it was cut off. */
  finish: string | null;
  /** The other tool found no answer in the text. */
  unparsed: boolean;
  /** Why the call failed; a wrong answer is no failure. */
  error: string | null;
}
export type Fields = { [key: string]: Json };

/** A row that cannot be used, and why. */
export interface ForeignReject {
  line: number;
  problem: string;
}
export type ForeignItem = ForeignRow | ForeignReject;
export const isReject = (item: ForeignItem): item is ForeignReject => 'problem' in item;

export const emptyRow = (line: number, raw: Fields): Omit<ForeignRow, 'example' | 'candidate'> => ({
  line,
  raw,
  epoch: null,
  input: null,
  expected: null,
  tags: {},
  output: null,
  score: null,
  costUsd: null,
  latencyMs: null,
  inputTokens: null,
  outputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  model: null,
  at: null,
  finish: null,
  unparsed: false,
  error: null,
});

/** A file of the source, with what its first bytes told. */
export interface ForeignFile {
  path: string;
  /** How the person knows it, never a path. */
  name: string;
  /** The folder's own name: some tools name the model there. Null for uploads. */
  folder: string | null;
  packing: Packing;
  /** Null for a zip archive. */
  encoding: Encoding | null;
}

export interface ForeignOptions {
  signal?: AbortSignal | undefined;
  /** The scorer, metric or feedback whose figure is the score; the first one when absent. */
  score?: string | undefined;
  candidateName?: string | undefined;
  /** The format says something worth knowing: counted and shown as a warning. */
  note(code: NoteCode, subject: string): void;
}
/** `subject` is what is counted: a name, or an id. */
export type NoteCode = 'score_chosen' | 'log_incomplete' | 'rows_skipped';

export interface ForeignReader {
  format: ForeignFormat;
  /** Throws file.malformed or outcomes.format_mismatch, with the place. */
  rows(files: ForeignFile[], options: ForeignOptions): AsyncGenerator<ForeignItem>;
}

/** Rejections say which file they are of, where there are several. */
export async function* namingFile(
  file: ForeignFile,
  files: ForeignFile[],
  items: AsyncIterable<ForeignItem> | Iterable<ForeignItem>,
): AsyncGenerator<ForeignItem> {
  for await (const item of items)
    yield isReject(item) && files.length > 1 ? { ...item, problem: `${file.name}: ${item.problem}` } : item;
}
