import { describe, expect, it } from 'vitest';
import { readOutcomes } from '../../datasets/index.ts';
import type { Outcome } from '../../engine/api/index.ts';
import { scratch } from '../fixtures/scratch.ts';
import { sharedData, sharedDataAbsent } from '../fixtures/shared-data.ts';
import { openFile } from './reading.ts';

type Mapping = Parameters<typeof readOutcomes>[1];
const columns: Mapping = { example: 'id', candidate: 'model', score: 'ok', signals: [], maxRejected: 0 };

async function read(
  path: string,
  mapping: Partial<Mapping> = {},
  known = ['1', '2'],
): Promise<{ outcomes: Outcome[]; result: Awaited<ReturnType<typeof readOutcomes>> }> {
  const result = await readOutcomes(await openFile(path), { ...columns, ...mapping }, new Set(known), 'r');
  return { result, outcomes: (await Array.fromAsync(result.batches())).flat() };
}

describe('recorded outcomes', () => {
  it('reads scores in every usual form, costs, signals and errors; a blank cost is unknown', async () => {
    await using dir = await scratch();
    const path = await dir.file(
      'o.csv',
      'id,model,ok,usd,conf,kind,err\n1,a,TRUE,0.5,0.9,x,\n2,a,0,,NaN,y,\n1,b,0.25,0,0.1,x,\n2,b,,0,,,timeout\n',
    );
    const { outcomes } = await read(path, { cost: 'usd', signals: ['conf', 'kind'], error: 'err' });
    expect(
      outcomes.map(({ score, costUsd, signals, error }) => [score, costUsd, signals, error?.class ?? null]),
    ).toEqual([
      [1, 0.5, { conf: 0.9, kind: 'x' }, null],
      [0, null, { conf: null, kind: 'y' }, null],
      [0.25, 0, { conf: 0.1, kind: 'x' }, null],
      [null, 0, { conf: null, kind: null }, 'timeout'],
    ]);
  });

  it.each([
    ['id,model,ok\n1,a,2\n', 'outcomes.score_invalid'],
    ['id,model,ok\n1,a,maybe\n', 'outcomes.score_invalid'],
    ['id,model,ok\n1,a,1\n1,a,0\n', 'outcomes.pair_duplicate'],
    ['id,model,ok\n9,a,1\n', 'outcomes.example_unknown'],
    ['id,model,ok,usd\n1,a,1,-1\n', 'outcomes.rows_rejected'],
  ])('refuses %j', async (text, code) => {
    await using dir = await scratch();
    const path = await dir.file('o.csv', text);
    await expect(read(path, text.includes('usd') ? { cost: 'usd' } : {})).rejects.toMatchObject({
      code,
      hint: expect.any(String),
    });
  });

  it('warns of missing pairs, unknown costs and a candidate that looks broken', async () => {
    await using dir = await scratch();
    const ids = Array.from({ length: 30 }, (_, i) => String(i));
    const rows = ids.flatMap((id) => [
      `${id},good,1,0.1`,
      `${id},fine,1,0.1`,
      ...(id === '0' ? [] : [`${id},broken,0,`]),
    ]);
    const { result } = await read(
      await dir.file('o.csv', `id,model,ok,usd\n${rows.join('\n')}\n`),
      { cost: 'usd' },
      ids,
    );
    expect(Object.fromEntries(result.warnings.map(({ code, count }) => [code, count]))).toEqual({
      pairs_missing: 1,
      cost_unknown: 29,
      candidate_broken: 29,
    });
  });

  it.skipIf(sharedDataAbsent)('reads 56,717 outcomes of 43 real models', async () => {
    const ids = Array.from({ length: 1319 }, (_, i) => `gsm8k-main-test-#${i}`);
    const { outcomes, result } = await read(
      `${sharedData}/zeroeval_gsm/outcomes.csv`,
      { example: 'id', candidate: 'model', score: 'correct', output: 'parsed_answer', cost: 'est_cost_usd' },
      ids,
    );
    expect([outcomes.length, new Set(outcomes.map(({ candidate }) => candidate)).size]).toEqual([56_717, 43]);
    expect(result.warnings.map(({ code }) => code)).toContain('cost_unknown');
  });
});
