import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openSource, rejectedRows } from '../../datasets/index.ts';
import { type DatasetRejections, type Exported, rejectionWords } from '../api/index.ts';
import { csvLine } from '../text/index.ts';
import { type Rooms, opening } from './rooms.ts';

/** All rows that an import with this mapping leaves out, as CSV: where, why, and what to do. Nothing is imported. */
export async function exportRejected(
  rooms: Rooms,
  { source, ...mapping }: DatasetRejections,
): Promise<Exported> {
  const opened = await openSource(source, opening(rooms, 'rejected rows'));
  try {
    let rows = 0;
    async function* lines(): AsyncGenerator<string> {
      yield csvLine(['line', 'code', 'reason', 'fix']);
      for await (const { line, code, message } of rejectedRows(opened, mapping)) {
        rows++;
        yield csvLine([line, code, message, rejectionWords[code].fix]);
      }
    }
    const file = await rooms.downloads.create((path) =>
      pipeline(Readable.from(lines()), createWriteStream(path, { encoding: 'utf8' })),
    );
    return { ...file, name: 'rejected-rows.csv', rows, total: rows };
  } finally {
    await opened.close();
  }
}
