/** A file of another tool as a source of records with the columns `foreignColumns` names. */
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type ForeignFormat, type Source, type Warning, WorkbenchError } from '../../engine/api/index.ts';
import { encodingOf, packingOf, unreadable } from '../bytes.ts';
import { type SourceFile, locate } from '../open-source.ts';
import { type Opening, valueAt } from '../records.ts';
import { type ForeignChoice, namedPaths, overridden } from './choice.ts';
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
import { NESTED, tooDeep } from './values.ts';
import { openArchive } from './zip-archive.ts';

const readers: Record<ForeignFormat, ForeignReader> = {
  promptfoo,
  inspect,
  'lm-eval': lmEval,
  'openai-evals': openaiEvals,
  langfuse,
  langsmith,
};

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

/** Values that would overflow the stack of whoever writes them out again are refused here. */
async function* shallow(
  items: AsyncIterable<ForeignItem>,
  files: ForeignFile[],
): AsyncGenerator<ForeignItem> {
  try {
    for await (const item of items)
      yield !isReject(item) && tooDeep([item.input, item.expected, item.score])
        ? { line: item.line, problem: NESTED }
        : item;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new WorkbenchError('file.malformed', `${files[0]?.name ?? 'The file'}: ${NESTED}.`, {
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
