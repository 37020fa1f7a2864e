/** The members of a zip archive, read one at a time and bounded. Stored, deflate and zstd, which Inspect writes. */
import { type Readable, type Transform, pipeline } from 'node:stream';
import * as zlib from 'node:zlib';
import { type Entry, type ZipFile, open as openZip } from 'yauzl';
import { WorkbenchError } from '../../engine/api/index.ts';
import { MAX_JSON_BYTES, bombGuard } from '../limits.ts';

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
        reject(new WorkbenchError('file.too_large', `${name} has more than ${MAX_MEMBERS} members.`));
      else zip.readEntry();
    });
    zip.once('end', resolve);
    zip.once('error', (cause: unknown) => reject(damaged(name, cause)));
    zip.readEntry();
  });
  return entries;
}

async function memberText(zip: ZipFile, entry: Entry, place: string, signal?: AbortSignal): Promise<string> {
  const packed = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, { decodeFileData: false }, (error, stream) =>
      error === null ? resolve(stream) : reject(damaged(place, error)),
    );
  });
  const unpack = unpacker(entry, place);
  const stream =
    unpack === null
      ? packed
      : pipeline(packed, unpack, bombGuard(place, entry.compressedSize), () => undefined);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      size += chunk.length;
      if (size > MAX_JSON_BYTES)
        throw new WorkbenchError('file.too_large', `${place} is too large for one JSON document.`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof WorkbenchError || signal?.aborted === true) throw cause;
    throw damaged(place, cause);
  } finally {
    packed.destroy();
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unpacker(entry: Entry, place: string): Transform | null {
  if (entry.isEncrypted())
    throw new WorkbenchError('unsupported', `${place} is encrypted.`, { hint: 'Unpack it first.' });
  if (entry.compressionMethod === STORED) return null;
  if (entry.compressionMethod === DEFLATE) return zlib.createInflateRaw();
  if (entry.compressionMethod === ZSTD && typeof zlib.createZstdDecompress === 'function')
    return zlib.createZstdDecompress();
  throw new WorkbenchError(
    'unsupported',
    `${place} is packed with ${entry.compressionMethod === ZSTD ? 'zstd, which this Node cannot read' : `method ${entry.compressionMethod}`}.`,
    { hint: 'Use Node 22.15 or newer, or convert it: `inspect log convert --to json`.' },
  );
}
