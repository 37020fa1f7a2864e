/** Bounds that keep hostile files from eating the machine; each is far above honest data. */
import { Transform } from 'node:stream';
import { WorkbenchError } from '../engine/api/index.ts';

/** Of one file: honest tables have thousands at most, and each becomes an object of its own in every answer. */
const MAX_COLUMNS = 100_000;
export const MAX_CELL_CHARS = 16 * 1024 * 1024;
/** Of USD, ms or tokens an answer: sums of them stay finite. */
export const MAX_AMOUNT = 1e12;
export const MAX_JSON_BYTES = 400 * 1024 * 1024;
/** Objects and lists, and values, of one JSON document: what it becomes in memory is not its size on disk. */
const MAX_JSON_NODES = 8_000_000;
const MAX_JSON_VALUES = 40_000_000;
const BOMB_BYTES = 256 * 1024 * 1024;
/** Unpacked bytes (or declared values) per byte of a file that are still believed. */
export const BOMB_RATIO = 200;

/** Lets bytes through while they stay plausible for `compressedBytes` of archive. */
export function bombGuard(name: string, compressedBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > BOMB_BYTES && seen > compressedBytes * BOMB_RATIO) {
        done(
          new WorkbenchError('file.too_large', `${name} unpacks to more than ${BOMB_RATIO} times its size.`, {
            hint: 'Unpack it yourself and import the file if this is intended.',
          }),
        );
      } else {
        done(null, chunk);
      }
    },
  });
}

/** Called with each piece of a JSON document before it is parsed as a whole; throws file.too_large. */
export function jsonGuard(name: string): (piece: string) => void {
  let chars = 0;
  let nodes = 0;
  let values = 0;
  return (piece) => {
    chars += piece.length;
    for (let i = 0; i < piece.length; i++) {
      const code = piece.charCodeAt(i);
      if (code === 0x2c) values++;
      else if (code === 0x7b || code === 0x5b) nodes++;
    }
    if (chars > MAX_JSON_BYTES || nodes > MAX_JSON_NODES || values > MAX_JSON_VALUES) {
      throw new WorkbenchError('file.too_large', `${name} is too large for one JSON document.`, {
        hint: 'Convert it to JSONL (one object a line), which is read as a stream, or write it in parts.',
      });
    }
  };
}

/** Throws file.too_large. */
export function checkColumns(count: number, name: string): void {
  if (count <= MAX_COLUMNS) return;
  throw new WorkbenchError('file.too_large', `${name} has more than ${MAX_COLUMNS} columns.`, {
    hint: 'Is the delimiter right, or is a row a column? Keep the columns that are needed.',
  });
}
