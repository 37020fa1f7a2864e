/** Bounds that keep hostile files from eating the machine; each is far above honest data. */
import { Transform } from 'node:stream';
import { WorkbenchError } from '../engine/api/index.ts';

export const MAX_CELL_CHARS = 16 * 1024 * 1024;
/** Of USD, ms or tokens an answer: sums of them stay finite. */
export const MAX_AMOUNT = 1e12;
export const MAX_JSON_BYTES = 400 * 1024 * 1024;
const BOMB_BYTES = 256 * 1024 * 1024;
const BOMB_RATIO = 200;

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
