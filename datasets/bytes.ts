/** Files as streams of text: unpacked, decoded, bounded. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { type Readable, type Transform, pipeline } from 'node:stream';
import * as zlib from 'node:zlib';
import iconv from 'iconv-lite';
import { WorkbenchError } from '../engine/api/index.ts';
import { bombGuard } from './limits.ts';

export type Packing = 'none' | 'gz' | 'zst';
export type Encoding = 'utf8' | 'utf16le' | 'utf16be' | 'win1252';

export interface TextFile {
  path: string;
  /** How the person knows it. */
  name: string;
  packing: Packing;
  encoding: Encoding;
}

const MAGIC = { gz: [0x1f, 0x8b], zst: [0x28, 0xb5, 0x2f, 0xfd] } as const;
const startsWith = (head: Buffer, magic: readonly number[]): boolean =>
  magic.every((byte, i) => head[i] === byte);

/** Told by the first bytes, whatever the name says. */
export async function packingOf(path: string): Promise<Packing> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead >= 2 && startsWith(buffer, MAGIC.gz)) return 'gz';
    if (bytesRead >= 4 && startsWith(buffer, MAGIC.zst)) return 'zst';
    return 'none';
  } finally {
    await file.close();
  }
}

function unpacker(packing: Exclude<Packing, 'none'>, name: string): Transform {
  if (packing === 'gz') return zlib.createGunzip();
  if (typeof zlib.createZstdDecompress !== 'function') {
    throw new WorkbenchError('unsupported', `${name} is packed with zstd, which this Node cannot read.`, {
      hint: 'Use Node 22.15 or newer, or unpack it first.',
    });
  }
  return zlib.createZstdDecompress();
}

/** The unpacked bytes. Damage in an archive is `file.malformed`. */
export async function* unpackedBytes(
  file: Pick<TextFile, 'path' | 'name' | 'packing'>,
  options: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void } = {},
): AsyncGenerator<Buffer> {
  const source: Readable = createReadStream(file.path, { highWaterMark: 1 << 18 });
  let read = 0;
  source.on('data', (chunk: Buffer | string) => {
    read += chunk.length;
    options.onBytes?.(read);
  });
  source.pause();
  try {
    let bytes: AsyncIterable<Buffer> = source;
    if (file.packing !== 'none') {
      const { size } = await stat(file.path);
      // Errors reach the reader through the last stream; the callback only keeps them from being unhandled.
      bytes = pipeline(
        source,
        unpacker(file.packing, file.name),
        bombGuard(file.name, size),
        () => undefined,
      );
    }
    for await (const chunk of bytes) {
      options.signal?.throwIfAborted();
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof WorkbenchError || options.signal?.aborted === true) throw cause;
    if (cause instanceof Error && 'code' in cause && /^(E[A-Z]+)$/.test(String(cause.code)))
      throw unreadable(file.name, cause);
    throw new WorkbenchError('file.malformed', `${file.name} is damaged: it cannot be unpacked.`, {
      cause,
      hint: 'Fetch or pack the file again.',
    });
  } finally {
    source.destroy();
  }
}

export function unreadable(name: string, cause: unknown): WorkbenchError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT') {
    return new WorkbenchError('file.not_found', `There is no file ${name}.`, {
      cause,
      hint: 'Check the path.',
    });
  }
  const why =
    code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'permission denied' : code || 'it failed';
  return new WorkbenchError('file.unreadable', `Cannot read ${name}: ${why}.`, {
    cause,
    hint:
      code === 'EISDIR' ? 'Name a file, or a glob such as folder/*.csv in quotes.' : 'Check the permissions.',
  });
}

/** BOM, else valid UTF-8, else Windows-1252. Binary data (control characters in the head of 8-bit text) is refused. */
export async function encodingOf(
  file: Pick<TextFile, 'path' | 'name' | 'packing'>,
  signal?: AbortSignal,
): Promise<Encoding> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let first = true;
  let valid = true;
  for await (const chunk of unpackedBytes(file, { signal })) {
    if (first) {
      first = false;
      if (startsWith(chunk, [0xff, 0xfe])) return 'utf16le';
      if (startsWith(chunk, [0xfe, 0xff])) return 'utf16be';
      const head = chunk.subarray(0, 4096);
      const controls = head.reduce(
        (count, byte) =>
          count + (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 ? 1 : 0),
        0,
      );
      if (controls > head.length / 50) {
        throw new WorkbenchError('file.malformed', `${file.name} is binary data, not text.`, {
          hint: 'Import CSV, TSV, JSON, JSONL or Parquet; a spreadsheet must be saved as CSV first.',
        });
      }
    }
    if (!valid) continue;
    try {
      decoder.decode(chunk, { stream: true });
    } catch {
      valid = false;
      break;
    }
  }
  if (valid) {
    try {
      decoder.decode();
    } catch {
      valid = false;
    }
  }
  return valid ? 'utf8' : 'win1252';
}

/** Decoded text in chunks, without a BOM. */
export async function* decodedText(
  file: TextFile,
  options: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void } = {},
): AsyncGenerator<string> {
  const decoder = iconv.getDecoder(
    file.encoding === 'utf16be' ? 'utf-16be' : file.encoding === 'utf16le' ? 'utf-16le' : file.encoding,
    {
      stripBOM: true,
    },
  );
  for await (const chunk of unpackedBytes(file, options)) {
    const text = decoder.write(chunk);
    if (text !== '') yield text;
  }
  const rest = decoder.end();
  if (rest !== undefined && rest !== '') yield rest;
}
