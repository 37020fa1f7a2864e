/** What an import leaves beside the dataset: the file of its rejected rows, and the difference as a file. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorkbench } from '../../engine/workbench.ts';
import { failure } from '../contract/failure.ts';
import { scratch } from '../fixtures/scratch.ts';

async function opened() {
  const dir = await scratch();
  const workbench = await createWorkbench({ folder: join(dir.folder, 'ws'), env: {}, allowPaths: true });
  const { api } = workbench;
  const source = async (name: string, text: string) => ({
    kind: 'path' as const,
    path: await dir.file(name, text),
  });
  const text = async ({ download, bytes }: { download: string; bytes: number }): Promise<string> =>
    new TextDecoder().decode(
      (await api.downloads.read({ download, offset: 0, limit: Math.max(1, bytes) })).chunk,
    );
  return {
    api,
    source,
    text,
    async [Symbol.asyncDispose]() {
      await workbench.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe('rows that are rejected', () => {
  it('are tolerated as a number or a share, and refused beyond it', async () => {
    await using at = await opened();
    const source = await at.source('a.csv', `q,l\n${'x,1\n'.repeat(99)}y,\n`);
    const input = { source, input: ['q'], expected: 'l' };
    expect(
      await failure(at.api.datasets.import({ ...input, name: 'a', maxRejectedShare: 0.009 })),
    ).toMatchObject({
      code: 'dataset.label_missing',
    });
    expect(await at.api.datasets.list({})).toEqual([]);
    expect(await at.api.datasets.import({ ...input, name: 'a', maxRejectedShare: 0.01 })).toMatchObject({
      rows: 99,
      rejections: 1,
    });
  });

  it('are all in the file, with line, reason and fix, and no formula', async () => {
    await using at = await opened();
    const source = await at.source('a.csv', `q,=cmd(),s\n${'x,,fit\n'.repeat(1500)}y,1,"=1+1,"\n`);
    const file = await at.api.datasets.rejections({ source, input: ['q'], expected: '=cmd()', split: 's' });
    expect(file.rows).toBe(1501);
    const lines = (await at.text(file)).trimEnd().split('\r\n');
    expect(lines).toHaveLength(1502);
    expect(lines[0]).toBe('line,code,reason,fix');
    expect(lines[1]).toMatch(/^2,label_missing,"no value in the expected column ""=cmd\(\)""","?Fill in/);
    expect(lines.at(-1)).toMatch(/^1502,split_unknown,/);
  });
});

describe('a difference', () => {
  it('is saved without formulas, a line a column, and names what judges otherwise', async () => {
    await using at = await opened();
    const add = async (text: string, scorer: 'exact' | 'contains') =>
      at.api.datasets.import({
        source: await at.source('a.csv', text),
        name: 'd',
        id: 'id',
        input: ['q'],
        expected: 'l',
        scorer: { kind: scorer },
      });
    const { hash } = await add('id,q,l\n1,x,a\n', 'exact');
    await add('id,q,l\n1,x,=1+1\n', 'contains');
    const difference = await at.api.datasets.diff({ a: hash.slice(0, 8), b: 'd' });
    expect(difference).toMatchObject({
      by: 'id',
      counts: { added: 0, removed: 0, changed: 1, same: 0 },
      scorer: { before: { kind: 'exact' }, after: { kind: 'contains' } },
      mapping: null,
      rows: [{ change: 'changed', id: '1', columns: [{ column: 'expected', before: 'a', after: '=1+1' }] }],
    });
    const csv = await at.api.datasets.exportDiff({ a: hash, b: 'd', format: 'csv' });
    expect(await at.text(csv)).toBe("change,id,column,before,after\r\nchanged,1,expected,a,'=1+1\r\n");
    const lines = await at.api.datasets.exportDiff({ a: hash, b: 'd', format: 'jsonl' });
    expect(JSON.parse(await at.text(lines))).toEqual(difference.rows[0]);
  });
});

describe('docs/datasets.md', () => {
  it('names a test that there is in every row of its tables', () => {
    const page = join(import.meta.dirname, '../../docs/datasets.md');
    const rows = readFileSync(page, 'utf8')
      .split('\n')
      .filter(
        (line) => line.startsWith('| ') && !/^\| (format|feature) /.test(line) && !line.startsWith('| -'),
      );
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      const linked = [...row.matchAll(/\]\((\.\.\/test\/[^)]+)\)/g)].map(([, path]) => path!);
      expect(linked, row).not.toEqual([]);
      for (const path of linked) expect(existsSync(join(dirname(page), path)), path).toBe(true);
    }
  });
});
