/** A file of another tool as a source of records with the columns `foreignColumns` names. */
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import {
  type ForeignFormat,
  type Json,
  type OutcomesImport,
  type Source,
  type Warning,
  WorkbenchError,
} from '../../engine/api/index.ts';
import { encodingOf, packingOf, unreadable } from '../bytes.ts';
import { type SourceFile, locate } from '../open-source.ts';
import type { OpenedSource, Opening, RawRecord } from '../records.ts';
import { bounded, valueAt } from '../records.ts';
import { detectForeign } from './detect.ts';
import {
  type ForeignFile,
  type ForeignItem,
  type ForeignReader,
  type NoteCode,
  isReject,
} from './foreign-row.ts';
import { inspect } from './inspect.ts';
import { langfuse } from './langfuse.ts';
import { langsmith } from './langsmith.ts';
import { lmEval } from './lm-eval.ts';
import { openaiEvals } from './openai-evals.ts';
import { promptfoo } from './promptfoo.ts';
import { tooDeep, words } from './values.ts';

const readers: Record<ForeignFormat, ForeignReader> = {
  promptfoo,
  inspect,
  'lm-eval': lmEval,
  'openai-evals': openaiEvals,
  langfuse,
  langsmith,
};

/** Paths that override what the importer would have taken, and the scorer whose figure counts. */
export type ForeignChoice = Partial<
  Pick<
    OutcomesImport,
    | 'example'
    | 'candidate'
    | 'candidateName'
    | 'candidates'
    | 'score'
    | 'output'
    | 'expected'
    | 'cost'
    | 'latency'
    | 'inputTokens'
    | 'outputTokens'
    | 'model'
    | 'epoch'
    | 'error'
    | 'finish'
    | 'signals'
  >
>;

export interface OpenedForeign {
  format: ForeignFormat;
  /** File name only, never a path. */
  name: string;
  /** May be called more than once. */
  items(): AsyncIterable<ForeignItem>;
  /** Candidates as the file calls them, seen during the last walk. */
  named(): string[];
  /** Paths a person named that no row of the last walk had, with their part and some keys that rows do have. */
  absent(): { part: string; path: string; keys: string[] }[];
  /** What the readers noted during the last complete walk. */
  notes(): Warning[];
  close(): Promise<void>;
}

/** The format all files of the source are of; null where it is none of ours. Closes what it opened. */
export async function foreignFormatOf(source: Source, opening: Opening): Promise<ForeignFormat | null> {
  // Standard input can be read once only, so its format has to be said.
  if (source.kind === 'path' && source.path === '-') return null;
  const { files, close } = await locate(source, opening);
  try {
    const found = new Set<ForeignFormat | null>();
    for (const file of files) {
      await present(file);
      const format = await detectForeign(file);
      found.add(format === 'zip' ? ((await isInspect(file)) ? 'inspect' : null) : format);
    }
    const [format = null] = found;
    return found.size === 1 ? format : null;
  } finally {
    await close();
  }
}

async function isInspect(file: SourceFile): Promise<boolean> {
  const { openArchive } = await import('./zip-archive.ts');
  await using archive = await openArchive(file.path, file.name);
  return archive.names.some((name) => name === 'header.json' || name === '_journal/start.json');
}

async function present(file: SourceFile): Promise<void> {
  const size = await stat(file.path).then(
    (found) => found.size,
    (cause: unknown) => {
      throw unreadable(file.name, cause);
    },
  );
  if (size === 0)
    throw new WorkbenchError('file.empty', `${file.name} is empty.`, { hint: 'Export the results again.' });
}

/** Throws file.* and outcomes.format_mismatch. */
export async function openForeign(
  source: Source,
  format: ForeignFormat,
  { opening, choice }: { opening: Opening; choice: ForeignChoice },
): Promise<OpenedForeign> {
  // Its bytes are spooled as they are: the format of a table does not matter to them.
  const { files, close } = await locate(
    source.format === undefined ? { ...source, format: 'json' } : source,
    opening,
  );
  try {
    const opened: ForeignFile[] = [];
    for (const file of files) opened.push(await foreignFile(file, source, opening));
    const named = new Set<string>();
    let paths = namedPaths(choice);
    let keys: string[] = [];
    let notes = new Map<string, { code: NoteCode; subjects: Map<string, number> }>();
    return {
      format,
      name:
        opened.length === 1
          ? (files[0]?.name ?? '')
          : `${files[0]?.name ?? ''} and ${opened.length - 1} more`,
      async *items() {
        notes = new Map();
        named.clear();
        paths = namedPaths(choice);
        const note = (code: NoteCode, subject: string): void => {
          const one = notes.get(code) ?? { code, subjects: new Map<string, number>() };
          notes.set(code, one);
          one.subjects.set(subject, (one.subjects.get(subject) ?? 0) + 1);
        };
        const options = {
          signal: opening.signal,
          note,
          ...(choice.score === undefined ? {} : { score: choice.score }),
          ...(choice.candidateName === undefined ? {} : { candidateName: choice.candidateName }),
        };
        for await (const item of shallow(readers[format].rows(opened, options), opened)) {
          if (isReject(item)) {
            yield item;
            continue;
          }
          named.add(item.candidate);
          for (const [part, path] of paths) if (valueAt(item.raw, path) !== undefined) paths.delete(part);
          if (paths.size > 0) keys = Object.keys(item.raw).slice(0, 40);
          const row = overridden(item, choice);
          if (choice.candidates === undefined || choice.candidates.includes(row.candidate)) yield row;
        }
      },
      named: () => [...named],
      absent: () => [...paths].map(([part, path]) => ({ part, path, keys })),
      notes: () => [...notes.values()].map(noteWarning),
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

const pathParts = [
  'example',
  'candidate',
  'output',
  'expected',
  'cost',
  'latency',
  'inputTokens',
  'outputTokens',
  'model',
  'epoch',
  'error',
  'finish',
] as const;

/** By part; those that rows have are struck off. */
const namedPaths = (choice: ForeignChoice): Map<string, string> =>
  new Map([
    ...pathParts.flatMap((part): [string, string][] => {
      const path = choice[part];
      return path === undefined ? [] : [[part, path]];
    }),
    ...(choice.signals ?? []).map((signal): [string, string] => [`signal ${signal}`, signal]),
  ]);

const nested = 'it is nested too deeply';

/** Values that would overflow the stack of whoever writes them out again are refused here. */
async function* shallow(
  items: AsyncIterable<ForeignItem>,
  files: ForeignFile[],
): AsyncGenerator<ForeignItem> {
  try {
    for await (const item of items)
      yield !isReject(item) && tooDeep([item.input, item.expected, item.score])
        ? { line: item.line, problem: nested }
        : item;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new WorkbenchError('file.malformed', `${files[0]?.name ?? 'The file'}: ${nested}.`, {
      cause,
      hint: 'No tool writes such a file: is it the right one?',
    });
  }
}

async function foreignFile(file: SourceFile, source: Source, opening: Opening): Promise<ForeignFile> {
  await present(file);
  const packing = await packingOf(file.path);
  const folder = source.kind === 'path' && source.path !== '-' ? basename(dirname(file.path)) : '';
  const zip = packing === 'none' && (await detectForeign(file)) === 'zip';
  return {
    ...file,
    folder: folder === '' || folder === '.' ? null : folder,
    packing,
    encoding: zip ? null : await encodingOf({ ...file, packing }, opening.signal),
  };
}

/** Values at the paths a person named, in place of the importer's own choice. */
function overridden(row: Exclude<ForeignItem, { problem: string }>, choice: ForeignChoice): typeof row {
  const text = (path: string | undefined): string | null =>
    path === undefined ? null : words(valueAt(row.raw, path));
  const value = (path: string | undefined, own: Json): Json =>
    path === undefined ? own : (valueAt(row.raw, path) ?? null);
  const number = (path: string | undefined, own: number | null): number | null => {
    if (path === undefined) return own;
    const found = text(path);
    return found === null ? null : Number(found);
  };
  return {
    ...row,
    example: text(choice.example) ?? row.example,
    candidate: choice.candidateName ?? text(choice.candidate) ?? row.candidate,
    output: choice.output === undefined ? row.output : text(choice.output),
    expected: value(choice.expected, row.expected),
    costUsd: number(choice.cost, row.costUsd),
    latencyMs: number(choice.latency, row.latencyMs),
    inputTokens: number(choice.inputTokens, row.inputTokens),
    outputTokens: number(choice.outputTokens, row.outputTokens),
    model: choice.model === undefined ? row.model : text(choice.model),
    epoch: choice.epoch === undefined ? row.epoch : text(choice.epoch),
    error: choice.error === undefined ? row.error : text(choice.error),
    finish: choice.finish === undefined ? row.finish : text(choice.finish),
  };
}

const said: Record<NoteCode, string> = {
  score_chosen: 'The file has several scores or filters; the first was taken. Name another with --score.',
  log_incomplete: 'The log says that its run did not end well; what it holds was imported.',
  rows_skipped: 'Some rows are no answers of a model and were left out.',
};

const noteWarning = ({ code, subjects }: { code: NoteCode; subjects: Map<string, number> }): Warning => ({
  code,
  message: said[code],
  count: [...subjects.values()].reduce((sum, count) => sum + count, 0),
  examples: [...subjects.keys()].slice(0, 20),
});

/** The columns of the records below, as `readOutcomes` wants them mapped. */
export const foreignColumns = {
  example: 'example',
  candidate: 'candidate',
  output: 'output',
  cost: 'costUsd',
  latency: 'latencyMs',
  inputTokens: 'inputTokens',
  outputTokens: 'outputTokens',
  cachedInputTokens: 'cachedInputTokens',
  cacheWriteTokens: 'cacheWriteTokens',
  error: 'error',
  epoch: 'epoch',
  model: 'model',
  finish: 'finish',
  at: 'at',
  unparsed: 'unparsed',
} as const;

/** The rows as records: one column a fact, and a column per asked signal; without the rows of `leftOut` examples. */
export function foreignSource(
  foreign: OpenedForeign,
  signals: string[],
  leftOut: ReadonlySet<string> = new Set(),
): OpenedSource {
  return {
    name: foreign.name,
    format: 'json',
    columns: [...Object.values(foreignColumns), 'score', ...signals],
    async *records(): AsyncGenerator<RawRecord> {
      for await (const item of foreign.items()) {
        if (isReject(item)) {
          yield { line: item.line, fields: null, rejected: { code: 'malformed', message: item.problem } };
          continue;
        }
        if (leftOut.has(item.example)) continue;
        const { line, raw, input: _input, expected: _expected, tags: _tags, ...facts } = item;
        const found = signals.map((signal): [string, Json] => [signal, valueAt(raw, signal) ?? null]);
        if (tooDeep(found.map(([, value]) => value))) {
          yield { line, fields: null, rejected: { code: 'malformed', message: nested } };
          continue;
        }
        yield bounded({ line, fields: { ...Object.fromEntries(found), ...facts } });
      }
    },
    warnings: [],
    close: foreign.close,
  };
}
