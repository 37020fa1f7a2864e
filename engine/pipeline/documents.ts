/** Folders of documents: read when a pipeline is compiled, for their version; cut and indexed when first searched. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import {
  createIndex,
  documentEndings,
  type Ranker,
  readDocument,
  type RetrievalIndex,
} from '../retrieval/index.ts';
import type { JsonMap } from './parts.ts';

/** Together; more is for a search engine. */
const MOST_BYTES = 200_000_000;

export interface DocumentSet {
  name: string;
  /** sha256 over names and contents: the version that a run is measured with. */
  sha256: string;
  files: number;
  resolved: JsonMap;
  index(by: Ranker, signal: AbortSignal): Promise<RetrievalIndex>;
}

export function openDocuments(
  baseFolder: string,
  part: { name: string; folder: string; words: number; overlap: number },
): DocumentSet | { message: string; hint: string } {
  const { name, words, overlap } = part;
  let base: string;
  let files: { id: string; path: string }[];
  try {
    base = realpathSync(baseFolder);
    const folder = realpathSync(resolve(base, part.folder));
    const inner = relative(base, folder);
    if (isAbsolute(part.folder) || inner === '..' || inner.startsWith(`..${sep}`) || isAbsolute(inner)) {
      return {
        message: `\`${part.folder}\` lies outside the pipeline's folder.`,
        hint: 'Move the documents beside the pipeline and name their folder relative to it.',
      };
    }
    files = listed(folder);
  } catch {
    return {
      message: `There is no folder \`${part.folder}\`.`,
      hint: 'Name a folder relative to the pipeline file.',
    };
  }
  if (files.length === 0) {
    return {
      message: `\`${part.folder}\` holds no documents.`,
      hint: `Documents end in ${documentEndings.map((ending) => `.${ending}`).join(', ')}.`,
    };
  }
  const bytes = files.reduce((sum, { path }) => sum + statSync(path).size, 0);
  if (bytes > MOST_BYTES) {
    return { message: `\`${part.folder}\` holds ${bytes} bytes.`, hint: `Keep it under ${MOST_BYTES}.` };
  }
  const hash = createHash('sha256');
  for (const { id, path } of files) {
    const content = createHash('sha256').update(readFileSync(path)).digest('hex');
    hash.update(`${JSON.stringify([id, content])}\n`);
  }
  const sha256 = hash.digest('hex');
  const indexes = new Map<Ranker, Promise<RetrievalIndex>>();
  return {
    name,
    sha256,
    files: files.length,
    resolved: { folder: part.folder, words, overlap, sha256 },
    index(by, signal) {
      let index = indexes.get(by);
      if (index === undefined) {
        index = build(files, { by, words, overlap, signal });
        // A build that was stopped is begun anew by the next who asks.
        index.catch(() => indexes.delete(by));
        indexes.set(by, index);
      }
      return index;
    },
  };
}

async function build(
  files: { id: string; path: string }[],
  options: { by: Ranker; words: number; overlap: number; signal: AbortSignal },
): Promise<RetrievalIndex> {
  const documents = [];
  for (const { id, path } of files) documents.push(await readDocument(id, readFileSync(path)));
  return createIndex(documents, {
    ...options,
    // Megabytes of model: loaded where vectors rank.
    encoder: async () => (await import('../providers/index.ts')).loadEncoder(),
  });
}

/** By path below the folder, in one order everywhere; links are not followed. */
function listed(folder: string): { id: string; path: string }[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const ending = /\.([^.]+)$/.exec(entry.name)?.[1]?.toLowerCase() ?? '';
    const known = documentEndings.some((one) => one === ending);
    return entry.isFile() && known ? [{ id: relative(folder, path).split(sep).join('/'), path }] : [];
  });
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}
