import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OutcomeJudgement, longFromWide, readOutcomes } from '../../datasets/index.ts';
import { reduceEpochs } from '../../datasets/outcomes/reduce-epochs.ts';
import type { Outcome } from '../../engine/api/index.ts';
import { scratch } from '../fixtures/scratch.ts';
import { openFile } from './reading.ts';

type Mapping = Parameters<typeof readOutcomes>[1];
const columns: Mapping = { example: 'id', candidate: 'model', score: 'ok', signals: [], maxRejected: 0 };
const ids = Array.from({ length: 40 }, (_, i) => String(i));

async function read(text: string, mapping: Partial<Mapping> = {}, judgement: OutcomeJudgement = {}) {
  await using dir = await scratch();
  const source = await openFile(await dir.file('o.csv', text));
  const result = await readOutcomes(source, { ...columns, ...mapping }, new Set(ids), 'r', judgement);
  const outcomes = (await Array.fromAsync(result.batches())).flat();
  const warnings = Object.fromEntries(
    result.warnings.map(({ code, count, examples }) => [code, { count, examples }]),
  );
  return { outcomes, warnings, result };
}

describe('costs', () => {
  const price: OutcomeJudgement['price'] = (model, { inputTokens, outputTokens, cachedInputTokens }) =>
    model === 'm' ? (inputTokens - cachedInputTokens) * 1e-6 + outputTokens * 2e-6 : null;
  const mapping = { cost: 'usd', inputTokens: 'in', outputTokens: 'out' };

  it('are warned of where they are not tokens × price, with the worst one; rounding is no mismatch', async () => {
    const { warnings } = await read(
      'id,model,ok,usd,in,out\n0,m,1,0.0014,1000,200\n1,m,1,0.14,1000,200\n2,m,1,0,1000,200\n3,m,1,0.00142,1000,200\n6,m,1,0.00154,1000,200\n4,other,1,9,1000,200\n5,m,1,1,,\n',
      mapping,
      { price },
    );
    expect(warnings['cost_mismatch']).toEqual({
      count: 3,
      examples: ['m: 3, such as $0.140 where $0.00140 is due'],
    });
  });

  it('that are missing come from tokens × price, else from what was declared, else stay unknown', async () => {
    const { outcomes, warnings } = await read(
      'id,model,ok,usd,in,out,err\n0,m,1,,1000,200,\n1,free,1,,1000,200,\n2,declared,1,,,,\n3,declared,,,,,timeout\n4,m,1,,1000,,\n',
      { ...mapping, error: 'err' },
      { price, costPerAnswer: { declared: 0.5, free: 0 } },
    );
    expect(outcomes.map(({ costUsd }) => costUsd)).toEqual([0.0014, 0, 0.5, null, null]);
    expect(warnings['cost_from_price']?.count).toBe(1);
    expect(warnings['cost_unknown']?.count).toBe(2);
  });

  it('are looked up by the model column where there is one, at the day of the call, less what was cached', async () => {
    const asked: [string, string | null, number][] = [];
    await read(
      'id,model,ok,who,in,out,cached,when\n0,a,1,m,1000,1,2000,2026-01-02T00:00:00Z\n1,a,1,,1000,1,,soon\n',
      { inputTokens: 'in', outputTokens: 'out', model: 'who', cachedInputTokens: 'cached', at: 'when' },
      {
        price: (model, usage, at) => {
          asked.push([model, at?.toISOString() ?? null, usage.cachedInputTokens]);
          return 1;
        },
      },
    );
    expect(asked.slice(0, 2)).toEqual([
      ['m', '2026-01-02T00:00:00.000Z', 1000],
      ['a', null, 0],
    ]);
  });
});

describe('candidates that look broken', () => {
  it('fail on nearly everything while their peers answer', async () => {
    const rows = ids.flatMap((id) => [
      `${id},good,1,`,
      `${id},dead,${id === '7' ? 1 : ''},${id === '7' ? '' : 'HTTP 401 Unauthorized'}`,
    ]);
    const { warnings, outcomes } = await read(`id,model,ok,err\n${rows.join('\n')}\n`, { error: 'err' });
    expect(warnings['candidate_failing']).toEqual({ count: 39, examples: ['dead: 39'] });
    expect(warnings['candidate_broken']).toBeUndefined();
    const failed = outcomes.filter(({ error }) => error !== null);
    expect(new Set(failed.map(({ error, score }) => `${error?.class} ${score}`))).toEqual(
      new Set(['auth null']),
    );
  });

  it('are not called failing where everybody fails', async () => {
    const rows = ids.flatMap((id) => [`${id},a,,timeout`, `${id},b,,timeout`]);
    const { warnings } = await read(`id,model,ok,err\n${rows.join('\n')}\n`, { error: 'err' });
    expect(Object.keys(warnings)).toEqual(['cost_unknown', 'outcomes_failed']);
  });

  it('give many answers in which no answer is found; one slip in forty is none', async () => {
    const rows = ids.flatMap((id, i) => [
      `${id},a,0,${i < 10 ? 'I cannot' : i}`,
      `${id},b,0,${i < 1 ? 'no' : i}`,
    ]);
    const { warnings } = await read(
      `id,model,ok,said\n${rows.join('\n')}\n`,
      { output: 'said' },
      { parsed: (output) => /\d/.test(output) },
    );
    expect(warnings['answers_unparsed']).toEqual({ count: 10, examples: ['a: 10 of 40'] });
  });

  it('are cut off: as the table says, else where one large token count occurs again and again', async () => {
    const said = ids.flatMap((id, i) => [`${id},a,1,${i < 3 ? 'max_tokens' : 'stop'}`, `${id},b,1,stop`]);
    expect(
      (await read(`id,model,ok,why\n${said.join('\n')}\n`, { finish: 'why' })).warnings['answers_truncated'],
    ).toEqual({
      count: 3,
      examples: ['a: 3 of 40'],
    });
    const counted = ids.flatMap((id, i) => [
      `${id},capped,1,${i < 6 ? 512 : 40 + i}`,
      `${id},free,1,${40 + i}`,
      `${id},label,1,1`,
      `${id},long,1,${i < 6 ? 512 : 400}`,
    ]);
    const { warnings } = await read(`id,model,ok,out\n${counted.join('\n')}\n`, { outputTokens: 'out' });
    expect(warnings['answers_truncated']).toEqual({ count: 6, examples: ['capped: 6 of 40'] });
  });
});

describe('pairs', () => {
  const text = 'id,model,ok,run\n0,a,1,1\n0,a,0,2\n1,a,1,1\n0,b,1,1\n0,b,1,2\n1,b,0,1\n1,b,1,2\n';

  it('that occur twice are refused with what to do, and warned of where they are tolerated', async () => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'outcomes.pair_duplicate',
      hint: expect.stringContaining('--epoch'),
    });
    const { warnings, outcomes } = await read(text, { maxRejected: 3 });
    expect(warnings['pairs_duplicated']).toMatchObject({
      count: 3,
      examples: ['line 3: a second outcome of a for example 0', expect.anything(), expect.anything()],
    });
    expect(outcomes.map(({ score }) => score)).toEqual([1, 1, 1, 0]);
  });

  it('that are repeats of one question become one outcome; missing repeats and pairs are said', async () => {
    const { outcomes, warnings, result } = await read(`${text}2,b,1,1\n2,b,1,2\n`, { epoch: 'run' });
    expect(result.outcomes).toBe(5);
    expect(
      Object.fromEntries(outcomes.map(({ example, candidate, score }) => [`${example}${candidate}`, score])),
    ).toEqual({ '0a': 0.5, '1a': 1, '0b': 1, '1b': 0.5, '2b': 1 });
    expect(warnings).toMatchObject({
      pairs_missing: { count: 1, examples: ['a: 1'] },
      epochs_reduced: { count: 4 },
      epochs_missing: { count: 1, examples: ['a: 1'] },
    });
    await expect(read(`${text}0,a,1,2\n`, { epoch: 'run' })).rejects.toMatchObject({
      code: 'outcomes.pair_duplicate',
      message: expect.stringContaining('(repeat 2)'),
    });
  });
});

describe('repeats', () => {
  const outcome = (score: number | null, costUsd: number | null, failed: boolean): Outcome => ({
    run: 'r',
    example: 'e',
    candidate: 'c',
    output: 'o',
    score: failed ? null : score,
    costUsd,
    freshCostUsd: 0,
    latencyMs: costUsd,
    inputTokens: null,
    outputTokens: null,
    cached: false,
    error: failed ? { class: 'timeout', message: 't' } : null,
    answeredBy: null,
    signals: { conf: score },
  });
  const repeats = fc.array(
    fc.tuple(
      fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      fc.option(fc.double({ min: 0, max: 9, noNaN: true })),
      fc.boolean(),
    ),
    { minLength: 2 },
  );

  it('have the mean score of those that were judged; an unknown cost makes the cost unknown; failed only if all failed', () => {
    fc.assert(
      fc.property(repeats, (list) => {
        const given = list.map((one) => outcome(...one));
        const reduced = reduceEpochs(given);
        const scores = given.flatMap(({ score }) => (score === null ? [] : [score]));
        const mean = (values: number[]): number =>
          values.reduce((sum, value) => sum + value, 0) / values.length;
        if (scores.length === 0) expect(reduced.score).toBeNull();
        else expect(reduced.score).toBeCloseTo(mean(scores), 12);
        const costs = given.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]));
        if (costs.length < given.length) expect(reduced.costUsd).toBeNull();
        else expect(reduced.costUsd).toBeCloseTo(mean(costs), 10);
        expect(reduced.error === null).toBe(given.some(({ error }) => error === null));
      }),
    );
  });
});

describe('a wide table', () => {
  async function wide(text: string, mapping: Partial<Mapping>, wanted?: string[]) {
    await using dir = await scratch();
    const { candidate: _, ...shared } = columns;
    const opened = await openFile(await dir.file('w.csv', text));
    const long = longFromWide(opened, { ...shared, ...mapping }, wanted);
    const result = await readOutcomes(long.source, { ...long.columns, maxRejected: 0 }, new Set(ids), 'r');
    return { result, outcomes: (await Array.fromAsync(result.batches())).flat() };
  }

  it('has a column per candidate; blank cells are questions that were not asked', async () => {
    const { outcomes, result } = await wide(
      'id,gpt-4_ok,gpt-4_usd,mix_ok,mix_usd,note\n0,1,0.5,0,0.1,x\n1,0,,,,y\n',
      { score: '{candidate}_ok', cost: '{candidate}_usd', signals: ['note'] },
    );
    expect(
      outcomes.map(({ example, candidate, score, costUsd, signals }) => [
        example,
        candidate,
        score,
        costUsd,
        signals,
      ]),
    ).toEqual([
      ['0', 'gpt-4', 1, 0.5, { note: 'x' }],
      ['0', 'mix', 0, 0.1, { note: 'x' }],
      ['1', 'gpt-4', 0, null, { note: 'y' }],
    ]);
    expect(result.warnings.map(({ code }) => code)).toEqual(['pairs_missing', 'cost_unknown']);
  });

  it('may name its candidates, and must where any column could be one', async () => {
    const text = 'id,a,b,why\n0,1,0,x\n';
    expect((await wide(text, { score: '{candidate}' }, ['a', 'b'])).outcomes).toHaveLength(2);
    await expect(wide(text, { score: '{candidate}' })).rejects.toMatchObject({ code: 'input.invalid' });
    await expect(wide(text, { score: '{candidate}' }, ['a', 'c'])).rejects.toMatchObject({
      code: 'dataset.column_unknown',
    });
    await expect(wide(text, { score: '{candidate}_ok' })).rejects.toMatchObject({
      code: 'dataset.column_unknown',
    });
    await expect(wide(text, { score: 'a' })).rejects.toMatchObject({ code: 'input.invalid' });
  });
});
