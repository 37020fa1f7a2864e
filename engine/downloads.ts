/** Files the engine has made for a door to fetch in parts: kept in the workspace until discarded or closed. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkbenchError } from './api/index.ts';

export interface Downloads {
  /** Calls `write` with the path to write to. What fails leaves nothing behind. */
  create(write: (path: string) => Promise<void>): Promise<{ download: string; bytes: number }>;
  /** The bytes from an offset, fewer at the end; throws `download.not_found`. */
  read(download: string, offset: number, limit: number): Promise<Uint8Array>;
  discard(download: string): Promise<void>;
  clear(): Promise<void>;
}

export function createDownloads(workspace: string): Downloads {
  const folder = join(workspace, 'downloads');
  const known = new Map<string, string>();
  const find = (download: string): string => {
    const path = known.get(download);
    if (path !== undefined) return path;
    throw new WorkbenchError('download.not_found', `There is no export ${download}.`, {
      hint: 'Export again.',
    });
  };
  return {
    async create(write) {
      await mkdir(folder, { recursive: true });
      const download = randomUUID();
      const path = join(folder, download);
      try {
        await write(path);
        const { size } = await stat(path);
        known.set(download, path);
        return { download, bytes: size };
      } catch (thrown) {
        await rm(path, { force: true });
        throw thrown;
      }
    },
    async read(download, offset, limit) {
      const file = await open(find(download), 'r');
      try {
        const bytes = new Uint8Array(limit);
        let read = 0;
        while (read < limit) {
          const { bytesRead } = await file.read(bytes, read, limit - read, offset + read);
          if (bytesRead === 0) break;
          read += bytesRead;
        }
        return bytes.subarray(0, read);
      } finally {
        await file.close();
      }
    },
    async discard(download) {
      await rm(find(download), { force: true });
      known.delete(download);
    },
    async clear() {
      known.clear();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
