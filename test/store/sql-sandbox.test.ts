import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameRows } from '../../engine/scoring/index.ts';
import { openSqlSandbox, type SqlSandbox } from '../../engine/store/index.ts';

const schema = `CREATE TABLE sales (city VARCHAR, amount DECIMAL(9, 2), day DATE);
  INSERT INTO sales VALUES ('Oslo', 1.10, '2026-01-01'), ('Rome', 2.20, '2026-01-02'), ('Oslo', 3.30, NULL);`;
async function inSandbox(
  work: (sandbox: SqlSandbox) => Promise<void>,
  limits: { timeoutMs?: number; memoryMb?: number } = {},
): Promise<void> {
  const sandbox = await openSqlSandbox({ schema, timeoutMs: 2000, memoryMb: 64, ...limits });
  try {
    await work(sandbox);
  } finally {
    sandbox.close();
  }
}

describe('the SQL sandbox', () => {
  it('answers a query on the tables of its schema script, one after the other', () =>
    inSandbox(async (sandbox) => {
      expect(await sandbox.query('SELECT city, sum(amount) FROM sales GROUP BY city ORDER BY city')).toEqual({
        ok: true,
        rows: [
          ['Oslo', 4.4],
          ['Rome', 2.2],
        ],
      });
      const both = await Promise.all([
        sandbox.query('SELECT 1'),
        sandbox.query('SELECT day FROM sales WHERE city = $$Rome$$'),
      ]);
      expect(both).toEqual([
        { ok: true, rows: [[1]] },
        { ok: true, rows: [['2026-01-02']] },
      ]);
    }));

  it('reaches no file, no network, no extension and no setting, and changes nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-sql-'));
    const secret = join(folder, 'secret.csv');
    writeFileSync(secret, 'a\nSECRET\n');
    try {
      await inSandbox(async (sandbox) => {
        for (const sql of [
          `SELECT * FROM read_csv('${secret}')`,
          `SELECT * FROM '${secret}'`,
          `SELECT content FROM read_text('${secret}')`,
          `SELECT * FROM glob('${folder}/*')`,
          `COPY (SELECT 1) TO '${join(folder, 'out.csv')}'`,
          `ATTACH '${join(folder, 'x.duckdb')}'`,
          `EXPORT DATABASE '${folder}'`,
          "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
          'INSTALL httpfs',
          'LOAD httpfs',
          'SET enable_external_access = true',
          'SET memory_limit = $$8GB$$',
          'RESET lock_configuration',
          'PRAGMA enable_profiling',
          'DROP TABLE sales',
          'DELETE FROM sales; SELECT 1',
          "INSERT INTO sales VALUES ('x', 1, NULL) RETURNING city",
          'CREATE TABLE t AS SELECT 1',
          'ROLLBACK; SELECT 1',
          'COMMIT',
          "SELECT getenv('HOME')",
          '',
          'nonsense',
        ]) {
          const result = await sandbox.query(sql);
          expect(result, sql).toMatchObject({ ok: false });
          expect(JSON.stringify(result), sql).not.toContain('SECRET');
        }
        expect(await sandbox.query('SELECT count(*) FROM sales')).toEqual({ ok: true, rows: [[3]] });
      });
      expect(readdirSync(folder)).toEqual(['secret.csv']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('stops a query that runs on, swallows memory or answers without end; the next one is answered', () =>
    inSandbox(
      async (sandbox) => {
        const endless =
          'WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r';
        expect(await sandbox.query(endless)).toMatchObject({ ok: false });
        expect(
          await sandbox.query(
            'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 3',
          ),
        ).toMatchObject({ ok: false, reason: 'timeout' });
        expect(
          await sandbox.query("SELECT string_agg(repeat('x', 100), '') FROM range(100000000)"),
        ).toMatchObject({ ok: false });
        expect(await sandbox.query('SELECT * FROM range(100000000)')).toMatchObject({
          ok: false,
          reason: 'too_large',
        });
        expect(await sandbox.query('SELECT 1')).toEqual({ ok: true, rows: [[1]] });
      },
      { timeoutMs: 500 },
    ));

  it('refuses a schema script that reaches out or fails', async () => {
    for (const bad of [
      'CREATE TABLE',
      "CREATE TABLE t AS SELECT * FROM read_csv('/etc/passwd')",
      'INSTALL httpfs',
    ])
      await expect(openSqlSandbox({ schema: bad, timeoutMs: 1000, memoryMb: 64 })).rejects.toMatchObject({
        code: 'scorer.invalid',
      });
  });
});

describe('rows of two results', () => {
  const cell = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b', null, true, 0.1));
  const rows = fc.array(fc.tuple(cell, cell), { maxLength: 7 });
  it('are the same where one is an order of the other, and only there', () => {
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        const left = [...b];
        // By hand: each row of a takes one equal row out of b.
        const brute =
          a.length === b.length &&
          a.every((row) => {
            const at = left.findIndex((other) => JSON.stringify(other) === JSON.stringify(row));
            if (at >= 0) left.splice(at, 1);
            return at >= 0;
          });
        expect(sameRows(a, b, false)).toBe(brute);
        expect(sameRows(a, [...a].reverse(), false)).toBe(true);
        expect(sameRows(a, b, true)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
  it('forgive rounding, not a missing duplicate or another column', () => {
    expect(
      sameRows(
        [
          [0.1 + 0.2, 'b'],
          [0.3, 'a'],
        ],
        [
          [0.3, 'a'],
          [0.3, 'b'],
        ],
        false,
      ),
    ).toBe(true);
    expect(sameRows([[1], [1]], [[1]], false)).toBe(false);
    expect(sameRows([[1, 2]], [[1]], false)).toBe(false);
    expect(sameRows([[1]], [['1']], false)).toBe(false);
    expect(sameRows([], [], true)).toBe(true);
  });
});
