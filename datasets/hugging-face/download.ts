/**
 * One file to disk. A broken connection goes on where it broke, in this process or a later one, as long as the server's
 * ETag is the one it began with (Range with If-Range, RFC 9110, 13.1.5 and 14); else from the start.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { WorkbenchError } from '../../engine/api/index.ts';
import { type HubAccess, hubRequest, unreachable } from './hub-client.ts';

export interface Wanted {
  url: string;
  what: string;
  bytes: number;
  /** Null: only the length is verified. */
  sha256: string | null;
  /** Where the whole file goes; `.part` and `.etag` beside it are the unfinished one. */
  path: string;
}

/** Breaks in a row without a single new byte. */
const MAX_STANDSTILLS = 5;
const IDLE_MS = 60_000;
const Begun = z.object({ etag: z.string() });

export const bytesAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Bytes that need not be fetched again. */
export const bytesHad = async ({ path, bytes }: Wanted): Promise<number> =>
  (await bytesAt(path)) === bytes ? bytes : Math.min(bytes, await bytesAt(`${path}.part`));

/** Throws hub.*, workspace.disk_full. `onBytes` is told how much of the file is there. */
export async function download(
  access: HubAccess,
  wanted: Wanted,
  options: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void } = {},
): Promise<void> {
  if ((await bytesAt(wanted.path)) === wanted.bytes && wanted.bytes > 0) return;
  const part = `${wanted.path}.part`;
  let damaged = 0;
  let most = 0;
  for (let standstills = 0; ;) {
    const before = await bytesAt(part);
    let broken: unknown = null;
    if (before !== wanted.bytes) {
      try {
        await fetchRest(access, wanted, { ...options, from: before });
      } catch (thrown) {
        if (thrown instanceof WorkbenchError || options.signal?.aborted === true || !isNetwork(thrown))
          throw thrown;
        broken = thrown;
      }
    }
    const now = await bytesAt(part);
    if (now === wanted.bytes) {
      if (await intact(part, wanted)) break;
      await forget(wanted);
      if (++damaged === 2) throw differs(wanted, 'what arrives is not what its checksum promises');
      continue;
    }
    if (now > wanted.bytes) {
      await forget(wanted);
      throw differs(wanted, `it is longer than the ${wanted.bytes} bytes promised`);
    }
    // A server that knows no ranges may break off anew each time: only getting further than ever counts.
    standstills = now > Math.max(before, most) ? 0 : standstills + 1;
    most = Math.max(most, before, now);
    if (standstills === MAX_STANDSTILLS) throw unreachable(wanted.what, broken);
    await access.sleep(500 * 2 ** standstills, options.signal);
  }
  await rename(part, wanted.path);
  await rm(`${wanted.path}.etag`, { force: true });
}

async function fetchRest(
  access: HubAccess,
  wanted: Wanted,
  {
    from,
    signal,
    onBytes,
  }: { from: number; signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void },
): Promise<void> {
  const etag = from > 0 ? await begunWith(wanted) : null;
  const idle = new AbortController();
  const response = await hubRequest(access, {
    url: wanted.url,
    what: wanted.what,
    headers: etag === null ? {} : { range: `bytes=${from}-`, 'if-range': etag },
    signal: signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]),
  });
  const now = strong(response.headers.get('etag'));
  if (
    response.status === 416 ||
    (response.status === 206 && !continues(response, wanted, { from, etag, now }))
  ) {
    await response.body?.cancel();
    await forget(wanted);
    return;
  }
  const start = response.status === 206 ? from : 0;
  const file = await open(`${wanted.path}.part`, start === 0 ? 'w' : 'a');
  let timer: NodeJS.Timeout | undefined;
  try {
    if (start === 0) {
      if (now === null) await rm(`${wanted.path}.etag`, { force: true });
      else await writeFile(`${wanted.path}.etag`, JSON.stringify({ etag: now }));
    }
    let size = start;
    const awaited = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => idle.abort(new TypeError('nothing arrives')), IDLE_MS);
    };
    awaited();
    // Node's fetch bodies are async iterables; the DOM's type of them is not.
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      awaited();
      await file.appendFile(chunk);
      size += chunk.length;
      onBytes?.(size);
      if (size > wanted.bytes) break;
    }
  } finally {
    clearTimeout(timer);
    await file.close();
  }
}

/** Whether a part follows on what is there: it starts where that ends, is of the same whole, and of the same version. */
function continues(
  response: Response,
  wanted: Wanted,
  { from, etag, now }: { from: number; etag: string | null; now: string | null },
): boolean {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  if (range === null || etag === null || (now !== null && now !== etag)) return false;
  return Number(range[1]) === from && (range[2] === '*' || Number(range[2]) === wanted.bytes);
}

/** A weak validator does not promise equal bytes. */
const strong = (etag: string | null): string | null => (etag === null || etag.startsWith('W/') ? null : etag);

async function begunWith({ path }: Wanted): Promise<string | null> {
  try {
    return Begun.parse(JSON.parse(await readFile(`${path}.etag`, 'utf8'))).etag;
  } catch {
    return null;
  }
}

async function intact(part: string, { sha256 }: Wanted): Promise<boolean> {
  if (sha256 === null) return true;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(part)) hash.update(chunk as Buffer);
  return hash.digest('hex') === sha256;
}

async function forget({ path }: Wanted): Promise<void> {
  await rm(`${path}.part`, { force: true });
  await rm(`${path}.etag`, { force: true });
}

/** What fetch throws when a body breaks off is a TypeError; errors of the disk have another name. */
const isNetwork = (thrown: unknown): boolean =>
  thrown instanceof TypeError ||
  (thrown instanceof Error && 'code' in thrown && /^(UND_ERR|ECONN|EPIPE)/.test(String(thrown.code)));

const differs = ({ what }: Wanted, why: string): WorkbenchError =>
  new WorkbenchError('hub.malformed', `${what}: ${why}.`, {
    hint: 'Import it again; if it happens again, the file on the Hub (or the mirror) is damaged.',
    retryable: true,
  });
