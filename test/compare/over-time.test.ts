/** The same candidates in two runs: each against itself, on the rows that did not change. */
import { describe, expect, it } from 'vitest';
import { createWorkbench } from '../../engine/workbench.ts';
import { scratch } from '../fixtures/scratch.ts';

const ROWS = 200;
const csv = (header: string, rows: string[]): string => `${[header, ...rows].join('\n')}\n`;
const ids = Array.from({ length: ROWS }, (_, i) => i);

async function opened() {
  const dir = await scratch();
  const { api, close } = await createWorkbench({ folder: `${dir.folder}/w`, env: {}, allowPaths: true });
  const dataset = async (file: string, question: (i: number) => string): Promise<void> => {
    const rows = ids.map((i) => `e${i},${question(i)},yes`);
    const path = await dir.file(file, csv('id,q,a', rows));
    const source = { kind: 'path' as const, path };
    await api.datasets.import({ source, name: 'd', input: ['q'], expected: 'a', id: 'id' });
  };
  const run = async (file: string, right: (i: number, candidate: string) => boolean, rows = ids) => {
    const lines = rows.flatMap((i) =>
      ['small', 'large'].map((id) => `e${i},${id},${right(i, id) ? 1 : 0},0.01,${100 + i}`),
    );
    const path = await dir.file(file, csv('id,model,ok,usd,ms', lines));
    const imported = await api.outcomes.import({
      source: { kind: 'path', path },
      dataset: 'd',
      example: 'id',
      candidate: 'model',
      score: 'ok',
      cost: 'usd',
      latency: 'ms',
    });
    return imported.run;
  };
  return {
    api,
    dataset,
    run,
    async [Symbol.asyncDispose]() {
      await close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe('over time', () => {
  it('each candidate is compared with itself, and only the one that fell is worse', async () => {
    await using place = await opened();
    await place.dataset('d.csv', (i) => `question ${i}`);
    const before = await place.run('one.csv', (i) => i % 10 > 0);
    const after = await place.run('two.csv', (i, id) => (id === 'small' ? i % 2 > 0 : i % 10 > 0));
    const compared = await place.api.compare.compare({ runs: [before, after], overTime: true });
    expect(compared.n).toBe(ROWS);
    expect(compared.pairs.map(({ a, b, verdict }) => [a, b, verdict])).toEqual([
      [`large@${after}`, `large@${before}`, 'tied'],
      [`small@${after}`, `small@${before}`, 'worse'],
    ]);
    expect(compared.pairs[1]!.delta.mean).toBeCloseTo(-0.4, 12);
    expect(compared.overTime).toMatchObject({ changed: 0, apart: 0 });
  });

  it('rows that changed between two versions, or were answered once, are counted and left out', async () => {
    await using place = await opened();
    await place.dataset('d.csv', (i) => `question ${i}`);
    const before = await place.run('one.csv', () => true, ids.slice(0, 150));
    await place.dataset('e.csv', (i) => (i < 30 ? `another question ${i}` : `question ${i}`));
    const after = await place.run('two.csv', () => false);
    const compared = await place.api.compare.compare({ runs: [before, after], overTime: true });
    expect(compared.n).toBe(120);
    expect(compared.overTime).toMatchObject({ changed: 30, apart: 50 });
    expect(compared.warnings.map(({ code, count }) => [code, count])).toEqual(
      expect.arrayContaining([
        ['compare.rows_changed', 30],
        ['compare.rows_apart', 50],
      ]),
    );
    expect(compared.pairs.every(({ delta }) => delta.mean === -1)).toBe(true);
  });

  it('one run is no time', async () => {
    await using place = await opened();
    await place.dataset('d.csv', (i) => `question ${i}`);
    const run = await place.run('one.csv', () => true);
    await expect(place.api.compare.compare({ runs: [run, run], overTime: true })).rejects.toMatchObject({
      code: 'input.invalid',
      hint: expect.any(String),
    });
  });
});
