/** Bytes a served door sends before an import: kept in the workspace under names of our own making. */
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { WorkbenchError } from './api/index.ts';

export interface Uploads {
  create(name: string): Promise<string>;
  append(upload: string, chunk: Uint8Array): Promise<number>;
  discard(upload: string): Promise<void>;
  /** Where the bytes are; throws `upload.not_found`. */
  path(upload: string): { path: string; name: string };
  clear(): Promise<void>;
}

/** Only these endings are taken from the given name: it tells the format, and is never a path. */
const ENDINGS = /^\.(csv|tsv|json|jsonl|ndjson|parquet|gz|zst)$/i;

export function createUploads(workspace: string): Uploads {
  const folder = join(workspace, 'uploads');
  const known = new Map<string, { path: string; name: string }>();
  const find = (upload: string): { path: string; name: string } => {
    const found = known.get(upload);
    if (found === undefined) {
      throw new WorkbenchError('upload.not_found', `There is no upload ${upload}.`, {
        hint: 'Choose the file again.',
      });
    }
    return found;
  };
  return {
    async create(name) {
      await mkdir(folder, { recursive: true });
      const upload = randomUUID();
      const outer = extname(name);
      const inner = /^\.(gz|zst)$/i.test(outer) ? extname(name.slice(0, -outer.length)) : '';
      const ending = [inner, outer]
        .filter((part) => ENDINGS.test(part))
        .join('')
        .toLowerCase();
      const path = join(folder, `${upload}${ending}`);
      await writeFile(path, '');
      known.set(upload, { path, name: name.replaceAll(/[/\\\u0000-\u001f]/g, '_').slice(-120) });
      return upload;
    },
    async append(upload, chunk) {
      const { path } = find(upload);
      await appendFile(path, chunk);
      return (await stat(path)).size;
    },
    async discard(upload) {
      await rm(find(upload).path, { force: true });
      known.delete(upload);
    },
    path: find,
    async clear() {
      known.clear();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
