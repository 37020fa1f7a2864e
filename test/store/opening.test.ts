import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../engine/store/index.ts';
import { type Migration, migrations } from '../../engine/store/migrations.ts';
import { batched, datasetRecord, examplesOf } from '../runs/edge.ts';
import { outcomeOf, runRecord, temporaryFolder } from './fixtures.ts';

const node = process.execPath;

async function holder(folder: string): Promise<ChildProcess> {
  const child = spawn(node, [join(import.meta.dirname, 'hold-workspace.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`exited with ${code}`)));
  });
  return child;
}
const killed = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

describe('one process owns a workspace', () => {
  test('a second process is told who has it; when that one is killed, its lock is taken over', async () => {
    using place = temporaryFolder();
    const child = await holder(place.folder);
    try {
      await expect(openStore(place.folder)).rejects.toMatchObject({
        code: 'workspace.locked',
        details: { pid: child.pid },
        message: expect.stringContaining(`process ${child.pid}`) as string,
        hint: expect.any(String) as string,
      });
    } finally {
      await killed(child);
    }
    const store = await openStore(place.folder);
    expect(store.warnings.map(({ code }) => code)).toEqual(['workspace.lock_taken_over']);
    await store.close();
    expect(readdirSync(place.folder)).not.toContain('workspace.lock');
  });

  test('DuckDB’s own lock holds where the lock file was deleted', async () => {
    using place = temporaryFolder();
    const child = await holder(place.folder);
    try {
      execFileSync('rm', [join(place.folder, 'workspace.lock')]);
      await expect(openStore(place.folder)).rejects.toMatchObject({ code: 'workspace.locked' });
    } finally {
      await killed(child);
    }
  });

  test('the same process cannot open it twice; a lock of another machine is respected; a torn one is replaced', async () => {
    using place = temporaryFolder();
    const store = await openStore(place.folder);
    await expect(openStore(place.folder)).rejects.toMatchObject({ code: 'workspace.locked' });
    await store.close();
    const lock = join(place.folder, 'workspace.lock');
    writeFileSync(lock, JSON.stringify({ pid: 1, host: 'elsewhere', opened: 'then', started: null }));
    await expect(openStore(place.folder)).rejects.toMatchObject({
      code: 'workspace.locked',
      hint: expect.stringContaining('workspace.lock') as string,
    });
    writeFileSync(lock, '{"pid":');
    await (await openStore(place.folder)).close();
  });

  test('a process that only happens to have the old number does not hold the lock', async () => {
    using place = temporaryFolder();
    const host = (await import('node:os')).hostname();
    const owner = { pid: process.ppid, host, opened: 'then', started: '1' };
    writeFileSync(join(place.folder, 'workspace.lock'), JSON.stringify(owner));
    await (await openStore(place.folder)).close();
  });
});

describe('versions', () => {
  const next: Migration = {
    number: migrations.length + 1,
    name: 'A column for this test.',
    statements: ['ALTER TABLE runs ADD COLUMN note VARCHAR'],
  };
  const newer = [...migrations, next];

  test('an older workspace is migrated after a copy is made, and keeps its data', async () => {
    using place = temporaryFolder();
    const old = await openStore(place.folder);
    await old.datasets.insert(datasetRecord(), batched(examplesOf(3)));
    await old.close();
    const store = await openStore(place.folder, { migrations: newer });
    expect(store.warnings.map(({ code }) => code)).toEqual(['workspace.migrated']);
    expect((await store.datasets.find('rows'))?.rows).toBe(3);
    await store.close();
    const copy = readdirSync(place.folder).find((name) => name.startsWith('workspace.before-'));
    expect(copy).toBeDefined();
    // The copy is a whole workspace of the older version.
    mkdirSync(join(place.folder, 'restored'));
    execFileSync('cp', [join(place.folder, copy!), join(place.folder, 'restored', 'workspace.duckdb')]);
    const restored = await openStore(join(place.folder, 'restored'));
    expect((await restored.datasets.find('rows'))?.rows).toBe(3);
    await restored.close();
  });

  test('a newer workspace is refused and left as it is', async () => {
    using place = temporaryFolder();
    await (await openStore(place.folder, { migrations: newer })).close();
    const before = readFileSync(join(place.folder, 'workspace.duckdb'));
    await expect(openStore(place.folder)).rejects.toMatchObject({ code: 'workspace.newer' });
    expect(readFileSync(join(place.folder, 'workspace.duckdb')).equals(before)).toBe(true);
    await (await openStore(place.folder, { migrations: newer })).close();
  });

  test('a migration that fails changes nothing', async () => {
    using place = temporaryFolder();
    await (await openStore(place.folder)).close();
    const broken = [...migrations, { ...next, statements: [...next.statements, 'SELECT * FROM nowhere'] }];
    await expect(openStore(place.folder, { migrations: broken })).rejects.toThrow('nowhere');
    const store = await openStore(place.folder, { migrations: newer });
    expect(store.warnings.map(({ code }) => code)).toEqual(['workspace.migrated']);
    await store.close();
  });

  test('migrations are numbered without gaps and say what they do', () => {
    expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, i) => i + 1));
    expect(migrations.every(({ name }) => name.length > 10)).toBe(true);
    const ddl = migrations.flatMap(({ statements }) => statements).join('\n');
    expect(ddl).not.toMatch(/PRIMARY KEY|UNIQUE|CREATE INDEX/i);
  });
});

describe('what an accident leaves behind', () => {
  test('a log that cannot be replayed is moved aside, kept and reported', async () => {
    using place = temporaryFolder();
    const first = await openStore(place.folder);
    await first.datasets.insert(datasetRecord(), batched(examplesOf(3)));
    await first.close();
    const garbage = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 37 + 11) % 251));
    writeFileSync(join(place.folder, 'workspace.duckdb.wal'), garbage);
    const store = await openStore(place.folder);
    expect(store.warnings.map(({ code }) => code)).toEqual(['workspace.log_moved_aside']);
    expect((await store.datasets.find('rows'))?.rows).toBe(3);
    await store.close();
    const aside = readdirSync(place.folder).find((name) => name.includes('.wal.unreadable-'));
    expect(readFileSync(join(place.folder, aside!)).equals(garbage)).toBe(true);
  });

  test('a file that is no workspace is refused and not touched', async () => {
    using place = temporaryFolder();
    const file = join(place.folder, 'workspace.duckdb');
    writeFileSync(file, 'this is not a database, and long enough to look like one'.repeat(200));
    const before = readFileSync(file);
    await expect(openStore(place.folder)).rejects.toMatchObject({ code: 'workspace.corrupt' });
    expect(readFileSync(file).equals(before)).toBe(true);
    await expect(openStore(file)).rejects.toMatchObject({ code: 'workspace.unusable' });
  });

  test('a run that was going on is paused, and the warning says which', async () => {
    using place = temporaryFolder();
    const first = await openStore(place.folder);
    await first.runs.create(runRecord({ kind: 'pipeline', status: 'running' }));
    await first.close();
    const store = await openStore(place.folder);
    expect(store.warnings).toMatchObject([{ code: 'workspace.runs_interrupted', examples: ['r1'] }]);
    expect(await store.runs.find('r1')).toMatchObject({ status: 'paused', reason: { code: 'interrupted' } });
    await store.close();
  });
});

/** A file system of its own; false where this user may not mount one. */
function mounted(folder: string, options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('the disk', () => {
  test('a full one is named, what was acknowledged is there, and after making room it goes on', async (context) => {
    using place = temporaryFolder();
    const small = join(place.folder, 'small');
    mkdirSync(small);
    if (!mounted(small, 'size=12m')) context.skip('a small tmpfs cannot be mounted by this user');
    try {
      const store = await openStore(join(small, 'w'));
      await store.datasets.insert(datasetRecord(), batched(examplesOf(10)));
      await store.runs.create(runRecord({ kind: 'pipeline', status: 'paused', total: 1e6 }));
      writeFileSync(join(small, 'ballast'), Buffer.alloc(9e6));
      // Not compressible: the log grows by what is written.
      const noise = (i: number): string =>
        Buffer.from(Array.from({ length: 3000 }, (_, k) => (i * 7919 + k * k * 31) % 256)).toString('base64');
      let acknowledged = 0;
      let failure: unknown = null;
      for (let i = 0; i < 2000 && failure === null; i++) {
        await store.journal.outcome(outcomeOf(`e${i % 10}`, `c${i}`, { output: noise(i) })).then(
          () => acknowledged++,
          (thrown: unknown) => (failure = thrown),
        );
      }
      expect(failure).toMatchObject({ code: 'workspace.disk_full', hint: expect.any(String) as string });
      expect(acknowledged).toBeGreaterThan(0);
      const full = store.datasets.insert(
        datasetRecord({ name: 'more', hash: 'b'.repeat(64) }),
        batched(examplesOf(50_000)),
      );
      await expect(full).rejects.toMatchObject({ code: 'workspace.disk_full' });
      await store.close().catch(() => undefined);
      execFileSync('rm', [join(small, 'ballast')]);
      const again = await openStore(join(small, 'w'));
      const { done } = await again.runs.totals('r1');
      expect(done).toBeGreaterThanOrEqual(acknowledged);
      expect(await again.datasets.find('more')).toBeNull();
      await again.journal.outcome(outcomeOf('e1', 'after'));
      await again.close();
    } finally {
      execFileSync('umount', [small]);
    }
  });

  test('one that cannot be written is named', async (context) => {
    using place = temporaryFolder();
    const readOnly = join(place.folder, 'ro');
    mkdirSync(readOnly);
    if (!mounted(readOnly, 'ro')) context.skip('a read-only tmpfs cannot be mounted by this user');
    try {
      await expect(openStore(readOnly)).rejects.toMatchObject({ code: 'workspace.read_only' });
      await expect(openStore(join(readOnly, 'w'))).rejects.toMatchObject({ code: 'workspace.read_only' });
    } finally {
      execFileSync('umount', [readOnly]);
    }
  });
});
