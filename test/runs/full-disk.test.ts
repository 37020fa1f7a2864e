import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../engine/store/index.ts';
import {
  answer,
  batched,
  bench,
  datasetRecord,
  examplesOf,
  fakeProvider,
  registryOf,
  threeSteps,
} from './edge.ts';

const EXAMPLES = 1500;
const IN_FLIGHT = 16;

/** A file system of its own, 48 MB; null where this user may not mount one. */
function smallDisk(): { folder: string; [Symbol.dispose](): void } | null {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  return {
    folder,
    [Symbol.dispose]() {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
/** Not a byte is left. */
function fill(file: string): void {
  const out = openSync(file, 'w');
  try {
    for (;;) writeSync(out, Buffer.alloc(4096));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
  } finally {
    closeSync(out);
  }
}
/** Text that no log compresses away. */
const noise = (seed: number): string =>
  Buffer.from(Array.from({ length: 1500 }, (_, k) => (seed * 7919 + k * k * 31 + k * seed) % 256)).toString(
    'base64',
  );

function mountable(): boolean {
  using disk = smallDisk();
  return disk !== null;
}
const mounts = mountable();
const why = mounts ? '' : ' (skipped: this user may not mount a small tmpfs)';

describe.skipIf(!mounts)(`a disk that is full${why}`, () => {
  test('pauses a run with the reason, keeps what was acknowledged, and goes on after making room', async () => {
    using place = smallDisk()!;
    const asked = new Map<string, number>();
    const answered = new Map<string, number>();
    const provider = fakeProvider('fake', async ({ example, messages }) => {
      const question = `${example} ${messages[0]!.content[0]}`;
      asked.set(question, (asked.get(question) ?? 0) + 1);
      await new Promise((resolve) => setImmediate(resolve));
      answered.set(question, (answered.get(question) ?? 0) + 1);
      return answer(noise(asked.size));
    });
    const ballast = join(place.folder, 'ballast');
    {
      const folder = join(place.folder, 'w');
      mkdirSync(folder);
      await using workspace = await bench(examplesOf(EXAMPLES), registryOf([provider]), { folder });
      writeFileSync(ballast, Buffer.alloc(42e6));
      const { run } = await workspace.start(threeSteps, { concurrency: IN_FLIGHT });
      const full = await workspace.runs.wait({ run });
      expect(full).toMatchObject({ status: 'paused', reason: { code: 'workspace.disk_full' } });
      // Place and hint, in words that a person can act on.
      expect(full.reason!.message).toContain(folder);
      expect(full.reason!.message).toContain('Free some space');
      expect(full.done).toBeGreaterThan(0);
      expect(full.done).toBeLessThan(EXAMPLES);
      expect(full.failed).toBe(0);
      const told = workspace.events.filter((event) => event.type === 'run.changed').at(-1);
      expect(told).toMatchObject({ status: 'paused' });
      const callsBefore = [...asked.values()].reduce((sum, n) => sum + n, 0);
      expect(callsBefore).toBeLessThanOrEqual(3 * full.done + 3 * IN_FLIGHT);

      rmSync(ballast);
      await workspace.reopen();
      const opened = await workspace.runs.status({ run });
      expect(opened.status).toBe('paused');
      expect(opened.done).toBe(full.done);
      await workspace.runs.resume({ run, failed: false });
      const after = await workspace.runs.wait({ run });
      expect(after).toMatchObject({ status: 'done', done: EXAMPLES, failed: 0 });
      const twice = [...asked].filter(([, times]) => times > 1);
      expect(twice.length).toBeLessThanOrEqual(IN_FLIGHT);
      expect(readdirSync(folder)).toContain('workspace.duckdb');
    }
  });

  test('a workspace is not begun on it, and one that is there is left as it is', async () => {
    using place = smallDisk()!;
    const there = join(place.folder, 'there');
    const first = await openStore(there);
    await first.datasets.insert(datasetRecord(), batched(examplesOf(100)));
    await first.close();
    fill(join(place.folder, 'ballast'));
    await expect(openStore(join(place.folder, 'new'))).rejects.toMatchObject({
      code: 'workspace.disk_full',
      kind: 'storage',
      message: expect.stringContaining('new') as string,
      hint: expect.stringContaining('Free some space') as string,
    });
    // It may open, for reading; then what is written to it is refused by name.
    const refused = async (): Promise<void> => {
      const store = await openStore(there);
      try {
        await store.datasets.insert(
          datasetRecord({ name: 'b', hash: 'b'.repeat(64) }),
          batched(examplesOf(50_000)),
        );
      } finally {
        await store.close().catch(() => undefined);
      }
    };
    await expect(refused()).rejects.toMatchObject({ code: 'workspace.disk_full' });
    rmSync(join(place.folder, 'ballast'));
    await (await openStore(join(place.folder, 'new'))).close();
    const again = await openStore(there);
    expect((await again.datasets.list()).map(({ name }) => name)).toEqual(['rows']);
    expect((await again.datasets.find('rows'))?.rows).toBe(100);
    await again.close();
  });
});
