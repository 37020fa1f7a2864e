/** The members of a zip archive, read one at a time and bounded. Stored, deflate and zstd, which Inspect writes. */
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { type Entry, type ZipFile, open as openZip } from 'yauzl';
import { WorkbenchError } from '../../engine/api/index.ts';
import { MAX_JSON_BYTES } from '../limits.ts';

export interface ZipArchive extends AsyncDisposable {
  /** Member names in the order of the archive's directory. */
  names: string[];
  /** Throws file.malformed where the member is damaged, file.too_large where it is larger than any honest one. */
  text(name: string, signal?: AbortSignal): Promise<string>;
}

const STORED = 0;
const DEFLATE = 8;
const ZSTD = 93;
const MAX_MEMBERS = 1_000_000;
const MAX_MEMBER_BYTES = 256 * 1024 * 1024;

const damaged = (name: string, cause: unknown): WorkbenchError =>
  new WorkbenchError(
    'file.malformed',
    `${name} is a damaged zip archive: ${cause instanceof Error ? cause.message : String(cause)}.`,
    { cause, hint: 'Copy the log again; a log that is still being written may lack its directory.' },
  );

/** `name` is how the person knows the file. Throws file.malformed where its directory cannot be read. */
export async function openArchive(path: string, name: string): Promise<ZipArchive> {
  const zip = await new Promise<ZipFile>((resolve, reject) => {
    openZip(path, { lazyEntries: true, autoClose: false, strictFileNames: false }, (error, opened) =>
      error === null ? resolve(opened) : reject(damaged(name, error)),
    );
  });
  try {
    const entries = await entriesOf(zip, name);
    return {
      names: [...entries.keys()],
      async text(member, signal) {
        const entry = entries.get(member);
        if (entry === undefined)
          throw new WorkbenchError('file.malformed', `${name} has no ${member}.`, {
            hint: 'Is it an Inspect log?',
          });
        return memberText(zip, entry, `${name}: ${member}`, signal);
      },
      [Symbol.asyncDispose]: async () => zip.close(),
    };
  } catch (thrown) {
    zip.close();
    throw thrown;
  }
}

/** A log that was flushed several times may hold a member more than once: the last one counts. */
async function entriesOf(zip: ZipFile, name: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  await new Promise<void>((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      entries.set(entry.fileName, entry);
      if (entries.size > MAX_MEMBERS)
        reject(
          new WorkbenchError('file.too_large', `${name} has more than ${MAX_MEMBERS} members.`, {
            hint: 'Import it in parts.',
          }),
        );
      else zip.readEntry();
    });
    zip.once('end', resolve);
    zip.once('error', (cause: unknown) => reject(damaged(name, cause)));
    zip.readEntry();
  });
  return entries;
}

async function memberText(zip: ZipFile, entry: Entry, place: string, signal?: AbortSignal): Promise<string> {
  if (entry.isEncrypted())
    throw new WorkbenchError('unsupported', `${place} is encrypted.`, { hint: 'Unpack it first.' });
  if (entry.compressedSize > MAX_JSON_BYTES || entry.uncompressedSize > MAX_JSON_BYTES) throw tooLarge(place);
  try {
    const packed = await packedBytes(zip, entry, signal);
    const bytes = await unpacked(packed, entry, place);
    return bytes.toString('utf8');
  } catch (cause) {
    if (cause instanceof WorkbenchError || signal?.aborted === true) throw cause;
    if (cause instanceof RangeError) throw tooLarge(place);
    throw damaged(place, cause);
  }
}

const tooLarge = (place: string): WorkbenchError =>
  new WorkbenchError('file.too_large', `${place} unpacks to more than any honest sample holds.`, {
    hint: 'Convert the log to JSON without its events, or leave that sample out.',
  });

async function packedBytes(zip: ZipFile, entry: Entry, signal?: AbortSignal): Promise<Buffer> {
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, { decodeFileData: false }, (error, opened) =>
      error === null ? resolve(opened) : reject(error),
    );
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What the directory says of the unpacked size is not believed: the unpacking itself is bounded. */
async function unpacked(packed: Buffer, { compressionMethod }: Entry, place: string): Promise<Buffer> {
  const options = { maxOutputLength: MAX_MEMBER_BYTES };
  if (compressionMethod === STORED) return packed;
  if (compressionMethod === DEFLATE) return promisify(zlib.inflateRaw)(packed, options);
  if (compressionMethod === ZSTD && typeof zlib.zstdDecompress === 'function')
    return promisify(zlib.zstdDecompress)(packed, options);
  throw new WorkbenchError(
    'unsupported',
    `${place} is packed with ${compressionMethod === ZSTD ? 'zstd, which this Node cannot read' : `method ${compressionMethod}`}.`,
    { hint: 'Use Node 22.15 or newer, or convert it: `inspect log convert --to json`.' },
  );
}
