/** API keys, sealed by the system's keychain, in one file of the app's own folder. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { WorkbenchError } from '../../engine/api/index.ts';
import type { Electron } from './surface.ts';

export interface Secrets {
  /** Names of variables, sorted. */
  list(): Promise<string[]>;
  /** Values by name, for the engine only. One that no longer opens (another keychain) is left out. */
  reveal(): Promise<Record<string, string>>;
  set(variable: string, value: string): Promise<void>;
  clear(variable: string): Promise<void>;
}

const File = z.record(z.string(), z.base64());

export function createSecrets(
  { safeStorage }: Pick<Electron, 'safeStorage'>,
  file: string,
  platform: NodeJS.Platform = process.platform,
): Secrets {
  const read = async (): Promise<Map<string, string>> => {
    const text = await readFile(file, 'utf8').catch(() => '{}');
    try {
      return new Map(Object.entries(File.parse(JSON.parse(text))));
    } catch (cause) {
      const hint = 'Remove secrets.json from the app’s folder and enter the keys again.';
      throw new WorkbenchError('file.malformed', 'The file of stored keys is damaged.', { hint, cause });
    }
  };
  /** One change after the other: each reads what the one before wrote. */
  let last: Promise<unknown> = Promise.resolve();
  const change = (edit: (sealed: Map<string, string>) => unknown): Promise<void> => {
    const act = async (): Promise<void> => {
      const sealed = await read();
      await edit(sealed);
      await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(sealed)), { mode: 0o600 });
      await rename(`${file}.new`, file);
    };
    const done = last.then(act);
    last = done.catch(() => undefined);
    return done;
  };

  return {
    list: async () => [...(await read()).keys()].sort(),
    async reveal() {
      const values: Record<string, string> = {};
      for (const [variable, sealed] of await read()) {
        const opened = await safeStorage.decryptStringAsync(Buffer.from(sealed, 'base64')).catch(() => null);
        if (opened !== null) values[variable] = opened.result;
      }
      return values;
    },
    set: (variable, value) =>
      change(async (sealed) => {
        const bare = platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text';
        if (bare || !(await safeStorage.isAsyncEncryptionAvailable()))
          throw new WorkbenchError('unsupported', 'This system has no keychain to protect the key with.', {
            hint: `Set ${variable} in the environment instead.`,
          });
        sealed.set(variable, (await safeStorage.encryptStringAsync(value)).toString('base64'));
      }),
    clear: (variable) => change((sealed) => sealed.delete(variable)),
  };
}
