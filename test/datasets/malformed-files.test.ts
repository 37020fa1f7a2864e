import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { scratch } from '../fixtures/scratch.ts';
import type { Line } from './fuzz/import-hostile.ts';

/** Another one for another 200 files: `KNEEPOINT_FUZZ_SEED=7 npx vitest run test/datasets/malformed-files.test.ts`. */
const seed = process.env['KNEEPOINT_FUZZ_SEED'] ?? '1';
/** Of the whole process, over all files, archives that unpack to 300 MB among them. */
const MAX_PEAK_MB = 2048;
/** No verdict on speed: a reader that is this long silent hangs. */
const SILENCE_MS = 60_000;

/** Everything the child says; rejects where it hangs or dies, naming the file after which it did. */
async function fuzz(folder: string): Promise<Line[]> {
  const script = resolve(import.meta.dirname, 'fuzz/import-hostile.ts');
  const child = spawn(process.execPath, ['--no-warnings', script, folder, seed], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const lines: Line[] = [];
  let silence: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => child.kill('SIGKILL'), SILENCE_MS);
  };
  heard();
  for await (const line of createInterface(child.stdout)) {
    heard();
    lines.push(JSON.parse(line) as Line);
  }
  clearTimeout(silence);
  const code = await ended;
  if (code === 0) return lines;
  const last = lines.at(-1);
  throw new Error(
    `seed ${seed}: the process ended with ${code} after ${last?.kind === 'file' ? last.file : 'the start'}\n${complaints}`,
  );
}

describe('malformed and hostile files', () => {
  it('are read or refused with a code, a message and a hint; nothing is half done; memory stays bounded', async () => {
    await using dir = await scratch();
    const lines = await fuzz(dir.folder);
    const files = lines.filter((line) => line.kind === 'file');
    const faults = files.flatMap(({ file, attempts }) =>
      attempts.flatMap(({ door, fault }) => (fault === null ? [] : [`${file}: ${door}: ${fault}`])),
    );
    expect(faults, `seed ${seed}`).toEqual([]);
    expect(files.length).toBeGreaterThanOrEqual(200);

    const outcomes = new Set(files.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome)));
    // Each kind of trouble was met: a fuzzer whose files are all fine would pass too.
    expect([...outcomes]).toEqual(
      expect.arrayContaining([
        'read',
        'file.malformed',
        'file.too_large',
        'file.empty',
        'dataset.rows_rejected',
      ]),
    );
    const end = lines.find((line) => line.kind === 'end');
    expect(
      end?.halfDone,
      'datasets and runs that are there though their import failed, or the reverse',
    ).toEqual([]);
    expect(end?.orphans, 'rows that belong to no dataset or run').toBe(0);
    expect(end?.peakMb).toBeLessThan(MAX_PEAK_MB);
  }, 120_000);
});
