/** What a dataset is named by: the bytes of its files and how they were mapped. docs/adr/0006-import-in-the-database.md */
import { createHash, hash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { DatasetMapping, Example, Json, SplitShares } from '../engine/api/index.ts';
import { type Packing, unpackedBytes, unreadable } from './bytes.ts';

/** sha256 over the unpacked bytes of all files in their order, with what each has beside them; packed or not is the same. */
export async function hashOfFiles(
  files: readonly { path: string; name: string; packing: Packing; columns?: Record<string, string> }[],
  signal?: AbortSignal,
): Promise<string> {
  const all = createHash('sha256');
  for (const file of files) {
    const one = createHash('sha256');
    if (file.packing === 'none') await updateFrom(one, file, signal);
    else for await (const bytes of unpackedBytes(file, { signal })) one.update(bytes);
    all.update(one.digest()).update(file.columns === undefined ? '' : JSON.stringify(file.columns));
  }
  return all.digest('hex');
}

/** Through one buffer: a stream's thousand of them would cost an import a tenth of its time. */
async function updateFrom(
  hashed: Hash,
  { path, name }: { path: string; name: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const handle = await open(path);
    try {
      const buffer = Buffer.allocUnsafe(1 << 20);
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length);
        if (bytesRead === 0) return;
        signal?.throwIfAborted();
        hashed.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw unreadable(name, cause);
  }
}

/** sha256, hex. The same mapping has the same hash, in whatever order its keys were written. */
export function contentHash(
  files: string,
  { input, expected, id, group, tags, split, templates, messages }: DatasetMapping,
  makeSplits: SplitShares | undefined,
): string {
  const parts: Json[] = [files, input, expected ?? null, id ?? null, group ?? null, tags, split ?? null];
  if (templates !== undefined)
    parts.push(
      `templates ${JSON.stringify(Object.entries(templates).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`,
    );
  if (messages !== undefined) parts.push(`messages ${JSON.stringify(messages)}`);
  if (makeSplits !== undefined) {
    const made = makeSplits;
    parts.push(`made ${made.fit} ${made.calibrate} ${made.test} ${made.seed}`);
  }
  return hash('sha256', JSON.stringify(parts));
}

/** An id for a row that has none: the first 16 hex digits over its input and expected answer. */
export const derivedId = (example: Pick<Example, 'input' | 'expected'>, fields: readonly string[]): string =>
  hash('md5', idText([...fields.map((field) => example.input[field]), example.expected])).slice(0, 16);

/**
 * Parts that cannot run into each other, as engine/store/import-table.ts writes them too: nothing `~`, text `s12:…`
 * with its length in bytes, numbers `n12;`, booleans `true;`, anything else as JSON with its length.
 */
function idText(values: readonly (Json | undefined)[]): string {
  let text = '';
  for (const value of values) {
    if (value === null || value === undefined) text += '~';
    else if (typeof value === 'string') text += `s${Buffer.byteLength(value)}:${value}`;
    else if (typeof value === 'number') text += `n${JSON.stringify(value)};`;
    else if (typeof value === 'boolean') text += value ? 'true;' : 'false;';
    else {
      const json = JSON.stringify(value);
      text += `j${Buffer.byteLength(json)}:${json}`;
    }
  }
  return text;
}
