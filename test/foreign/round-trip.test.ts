import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { foreignFormats } from '../../engine/api/index.ts';
import { createWorkbench } from '../../engine/workbench.ts';
import { at } from '../cli/terminal.ts';
import { scratch } from '../fixtures/scratch.ts';
import { fixtures } from './rows.ts';
import { type Answer, answersOf, costUsd, latencyMs, writers } from './write-results.ts';

interface Imported {
  run: string;
  format: string;
  created: boolean;
  outcomes: number;
  warnings: { code: string }[];
}
interface Compared {
  n: number;
  candidates: {
    id: string;
    score: { mean: number };
    costUsd: { mean: number } | null;
    latencyMs: { p50: number } | null;
  }[];
  pairs: {
    a: string;
    delta: { mean: number };
    onlyARight: number;
    onlyBRight: number;
    test: { p: number };
  }[];
}
interface Fit {
  verdict: string;
  rows: { fit: number; calibrate: number; test: number };
  baselines: { name: string; kind: string; score: { mean: number }; costUsd: { mean: number } }[];
}

/** McNemar's mid-p from the definition: half of the probability of what was seen, all of what is more extreme, twice. */
function midP(b: number, c: number): number {
  const n = b + c;
  const choose = (k: number): number => {
    let value = 1;
    for (let i = 0; i < k; i++) value = (value * (n - i)) / (i + 1);
    return value;
  };
  const low = Math.min(b, c);
  let tail = choose(low) / 2;
  for (let k = 0; k < low; k++) tail += choose(k);
  return Math.min(1, (2 * tail) / 2 ** n);
}

describe('results of every tool round-trip into compare and fit', () => {
  const answers = answersOf(240);
  const right = (candidate: Answer['candidate']): boolean[] =>
    answers.filter((answer) => answer.candidate === candidate).map((answer) => answer.right);
  const [small, large] = [right('small'), right('large')];
  const alone = (ours: boolean[], theirs: boolean[]): number =>
    ours.filter((ok, i) => ok && theirs[i] === false).length;
  const mean = (values: boolean[]): number => values.filter(Boolean).length / values.length;

  it.each(foreignFormats)('%s', async (format) => {
    await using dir = await scratch();
    await using workspace = await scratch();
    const written = await writers[format](dir, answers);
    const run = at(`${workspace.folder}/w`);
    const declared = written.costs
      ? []
      : ['--cost-per-answer', `small=${costUsd.small}`, '--cost-per-answer', `large=${costUsd.large}`];

    const answered = await run([
      'outcomes',
      'import',
      written.path,
      '--dataset',
      'sums',
      '--create',
      ...declared,
    ]);
    const imported = answered.json<Imported>();
    expect(imported).toMatchObject({ format, created: true, outcomes: 480 });
    const codes = imported.warnings.map(({ code }) => code);
    expect(codes.filter((code) => code !== 'cost_from_price')).toEqual([]);

    const compared = (await run(['compare', 'latest', '--baseline', written.names.large])).json<Compared>();
    expect(compared.n).toBe(240);
    for (const candidate of ['small', 'large'] as const) {
      const found = compared.candidates.find(({ id }) => id === written.names[candidate]);
      expect(found?.score.mean).toBeCloseTo(mean(right(candidate)), 12);
      expect(found?.costUsd?.mean).toBeCloseTo(costUsd[candidate], 12);
      expect(found?.latencyMs?.p50 ?? null).toBe(written.latencies ? latencyMs[candidate] : null);
    }
    const [pair] = compared.pairs;
    const [ours, theirs] = pair?.a === written.names.small ? [small, large] : [large, small];
    expect(pair?.delta.mean).toBeCloseTo(mean(ours) - mean(theirs), 12);
    expect([pair?.onlyARight, pair?.onlyBRight]).toEqual([alone(ours, theirs), alone(theirs, ours)]);
    expect(pair?.test.p).toBeCloseTo(midP(alone(small, large), alone(large, small)), 10);

    const policy = `${workspace.folder}/policy.json`;
    const fitted = await run(['fit', 'latest', '--max-loss', '0.1', '--seed', '1', '--out', policy]);
    const fit = fitted.json<Fit>();
    expect(['single', 'route', 'cascade', 'insufficient-data']).toContain(fit.verdict);
    expect(fit.rows.fit + fit.rows.calibrate + fit.rows.test).toBe(240);
    const singles = fit.baselines.filter(({ kind }) => kind === 'single');
    expect(
      singles.map(({ costUsd: cost }) => Number(cost.mean.toPrecision(6))).sort((a, b) => a - b),
    ).toEqual([costUsd.small, costUsd.large].map((cost) => Number(cost.toPrecision(6))));
    expect((await run(['policy', 'verify', policy])).json()).toMatchObject({ valid: true });
  });

  it('two runs of two files over the same questions are compared with each other', async () => {
    await using dir = await scratch();
    await using later = await scratch();
    const run = at(`${dir.folder}/w`);
    const first = await writers.langsmith(dir, answers);
    const one = await run(['outcomes', 'import', first.path, '--dataset', 'd', '--create']);
    const again = await writers.langsmith(later, answersOf(240, 6));
    const two = await run(['outcomes', 'import', again.path, '--dataset', 'd', '--create']);
    expect(two.json<Imported>().created).toBe(false);
    const both = `${one.json<Imported>().run},${two.json<Imported>().run}`;
    expect((await run(['compare', both])).code).toBe(0);
  });
});

describe('a preview', () => {
  it('says what an import would find, and stores nothing', async () => {
    await using dir = await scratch();
    const run = at(`${dir.folder}/w`);
    expect((await run(['outcomes', 'preview', `${fixtures}/promptfoo.json`])).json()).toEqual({
      format: 'promptfoo',
      examples: 3,
      candidates: [
        { id: 'large', rows: 3, failed: 0, scored: 3 },
        { id: 'small', rows: 3, failed: 1, scored: 2 },
      ],
      inputs: ['question'],
      expected: true,
      rejected: 0,
      warnings: [],
    });
    const csv = await dir.file('t.csv', 'id,model,score\n1,a,1\n');
    expect((await run(['outcomes', 'preview', csv])).json()).toMatchObject({ format: 'table' });
    expect((await run(['dataset', 'list'])).json()).toEqual([]);
  });
});

describe('a dataset made of results', () => {
  it('has the question and the answer of a call that failed from the candidate that did not fail', async () => {
    await using dir = await scratch();
    const run = at(`${dir.folder}/w`);
    const both = await run([
      'outcomes',
      'import',
      `${fixtures}/openai-evals/*.jsonl`,
      '--dataset',
      'both',
      '--create',
    ]);
    expect(both.json<Imported>().outcomes).toBe(6);
    expect((await run(['dataset', 'show', 'both'])).json()).toMatchObject({
      rows: 3,
      mapping: { input: ['prompt'], expected: 'expected' },
      scorer: { kind: 'numeric' },
      labels: [
        { label: '42', count: 2 },
        { label: '82', count: 1 },
      ],
    });
    const alone = await run([
      'outcomes',
      'import',
      `${fixtures}/openai-evals/small.jsonl`,
      '--dataset',
      'alone',
      '--create',
    ]);
    expect(alone.json()).toMatchObject({
      outcomes: 2,
      warnings: expect.arrayContaining([
        expect.objectContaining({ code: 'inputs_missing', examples: ['sums.test.2'] }),
      ]),
    });
  });

  it('never holds the expected answer among its inputs, and has the metadata as tags', async () => {
    await using dir = await scratch();
    const run = at(`${dir.folder}/w`);
    await run(['outcomes', 'import', `${fixtures}/promptfoo.json`, '--dataset', 'd', '--create']);
    expect((await run(['dataset', 'show', 'd'])).json()).toMatchObject({
      mapping: { input: ['question'], expected: 'expected', tags: ['topic'] },
    });
    const bySubject = (await run(['compare', 'latest', '--by', 'topic'])).json<{ by: { tag: string } }>();
    expect(bySubject.by.tag).toBe('topic');
  });

  it('judges answers by itself where the file has no score', async () => {
    await using dir = await scratch();
    const path = await dir.file(
      'small.csv',
      ',inputs.q,outputs.output,error,reference.answer,execution_time,example_id,id\n0,1 + 1,It is 2,,2,1,a,r\n1,1 + 2,4,,3,1,b,s\n',
    );
    const run = at(`${dir.folder}/w`);
    const imported = await run(['outcomes', 'import', path, '--dataset', 'd', '--create']);
    expect(imported.json()).toMatchObject({ candidates: [{ id: 'small', score: { mean: 0.5, n: 2 } }] });
  });
});

describe('a file that is not usable changes nothing', () => {
  const truncated = (text: string): string => text.slice(0, Math.floor(text.length / 2));
  it.each([
    ['promptfoo cut off', 'r.json', truncated, 'promptfoo', 'file.malformed'],
    [
      'promptfoo without results',
      'r.json',
      () => '{"results":{"version":3,"results":"none"}}',
      'promptfoo',
      'outcomes.format_mismatch',
    ],
    ['no promptfoo at all', 'r.json', () => '{"a":1}', 'promptfoo', 'outcomes.format_mismatch'],
    [
      'results that are no objects',
      'r.json',
      () => '{"results":{"version":3,"results":[1,null]}}',
      'promptfoo',
      'outcomes.rows_rejected',
    ],
    [
      'Inspect without a model',
      'r.json',
      () => '{"version":2,"eval":{"task":"t"},"samples":[]}',
      'inspect',
      'outcomes.format_mismatch',
    ],
    ['a zip that is cut off', 'r.eval', () => 'PK\u0003\u0004 and no more', 'inspect', 'file.malformed'],
    [
      'evals without a specification',
      'r.jsonl',
      () => '{"run_id":"r","event_id":0,"sample_id":"s","type":"match","data":{}}\n',
      'openai-evals',
      'outcomes.format_mismatch',
    ],
    ['lm-eval of other lines', 'r.jsonl', () => '{"a":1}\nnot json\n', 'lm-eval', 'outcomes.rows_rejected'],
    ['Langfuse without columns', 'r.csv', () => 'a,b\n1,2\n', 'langfuse', 'outcomes.format_mismatch'],
    [
      'LangSmith without outputs',
      'r.csv',
      () => 'inputs.a,b\n1,2\n',
      'langsmith',
      'outcomes.format_mismatch',
    ],
    [
      'Inspect without samples',
      'r.json',
      () => '{"version":2,"eval":{"task":"t","model":"m"}}',
      'inspect',
      'file.empty',
    ],
    ['nothing', 'r.csv', () => '', 'langsmith', 'file.empty'],
  ])('%s', async (_name, file, text, format, code) => {
    await using dir = await scratch();
    const whole = JSON.stringify({
      results: { version: 3, results: [{ provider: 'a', vars: { q: '1' }, score: 1 }] },
    });
    const path = await dir.file(file, text(whole));
    const run = at(`${dir.folder}/w`);
    const tried = await run(['outcomes', 'import', path, '--dataset', 'd', '--create', '--format', format]);
    expect([tried.code, tried.json()]).toMatchObject([2, { error: { code, hint: expect.any(String) } }]);
    expect((await run(['run', 'list'])).json()).toEqual([]);
    expect((await run(['dataset', 'list'])).json()).toEqual([]);
  });

  it('one bad score refuses the whole file, and the dataset is not made either', async () => {
    await using dir = await scratch();
    const { path } = await writers.langsmith(dir, answersOf(5));
    const small = `${dir.folder}/small.csv`;
    await writeFile(small, (await readFile(small, 'utf8')).replace(/"(True|False)"/, '"17"'));
    const run = at(`${dir.folder}/w`);
    const tried = await run(['outcomes', 'import', path, '--dataset', 'd', '--create']);
    expect(tried.json()).toMatchObject({
      error: {
        code: 'outcomes.score_invalid',
        message: expect.stringContaining('the score "17" is not 0…1'),
      },
    });
    expect((await run(['dataset', 'list'])).json()).toEqual([]);
    const tolerated = await run([
      'outcomes',
      'import',
      path,
      '--dataset',
      'd',
      '--create',
      '--max-rejected',
      '1',
    ]);
    expect(tolerated.json()).toMatchObject({ outcomes: 9, rejected: [{ line: 2 }] });
  });

  it.each([
    ['--score', 'nope', 'dataset.column_unknown'],
    ['--example', 'vars.nope', 'dataset.column_unknown'],
    ['--signal', 'nope', 'dataset.column_unknown'],
    ['--candidate-name', 'one', 'input.invalid'],
  ])('refuses a name that fits nothing: %s %s', async (flag, value, code) => {
    await using dir = await scratch();
    const { path } = await writers.promptfoo(dir, answersOf(3));
    const run = at(`${dir.folder}/w`);
    const tried = await run(['outcomes', 'import', path, '--dataset', 'd', '--create', flag, value]);
    expect(tried.json()).toMatchObject({ error: { code, hint: expect.any(String) } });
    expect((await run(['dataset', 'list'])).json()).toEqual([]);
  });

  it('is a table where csv is said, whatever its columns look like', async () => {
    await using dir = await scratch();
    await writers.langsmith(dir, answersOf(3));
    const questions = await dir.file('d.txt', 'id,q\ne0,a\ne1,b\ne2,c\n');
    const run = at(`${dir.folder}/w`);
    await run([
      'dataset',
      'import',
      questions,
      '--format',
      'csv',
      '--name',
      'd',
      '--id',
      'id',
      '--input',
      'q',
    ]);
    const small = [`${dir.folder}/small.csv`, '--dataset', 'd', '--format', 'csv'];
    expect((await run(['outcomes', 'import', ...small])).json()).toMatchObject({
      error: { code: 'input.invalid' },
    });
    const columns = ['--example', 'example_id', '--candidate', 'error', '--score', 'feedback.correct'];
    expect((await run(['outcomes', 'import', ...small, ...columns])).json()).toMatchObject({
      error: {
        code: 'outcomes.rows_rejected',
        message: expect.stringContaining('no value in the candidate column'),
      },
    });
  });

  it('takes paths into its rows for ids, signals and the candidate', async () => {
    await using dir = await scratch();
    const { path } = await writers.promptfoo(dir, answersOf(4));
    const run = at(`${dir.folder}/w`);
    const paths = [
      '--example',
      'vars.question',
      '--candidate',
      'provider.id',
      '--signal',
      'response.tokenUsage.total',
    ];
    const imported = await run(['outcomes', 'import', path, '--dataset', 'd', '--create', ...paths]);
    expect(imported.json<{ candidates: { id: string }[] }>().candidates.map(({ id }) => id)).toEqual([
      'openai:gpt-4o',
      'openai:gpt-4o-mini',
    ]);
    const one = await run([
      'outcomes',
      'import',
      path,
      '--dataset',
      'e',
      '--create',
      '--candidates',
      'small',
    ]);
    expect(one.json()).toMatchObject({ outcomes: 4, candidates: [{ id: 'small' }] });
  });

  it('takes the same ids for the same examples only where they ask the same', async () => {
    await using dir = await scratch();
    await using other = await scratch();
    const answers = answersOf(3);
    const run = at(`${dir.folder}/w`);
    await run([
      'outcomes',
      'import',
      (await writers.promptfoo(dir, answers)).path,
      '--dataset',
      'd',
      '--create',
    ]);
    const asked = answers.map((answer) => ({ ...answer, question: `${answer.question} Please.` }));
    const { path } = await writers.promptfoo(other, asked);
    expect((await run(['outcomes', 'import', path, '--dataset', 'd', '--create'])).json()).toMatchObject({
      error: { code: 'dataset.name_taken' },
    });
    expect((await run(['run', 'list'])).json()).toHaveLength(1);
  });

  it('is read from an upload, and its dataset made, at a door that takes no paths', async () => {
    await using dir = await scratch();
    const { path } = await writers
      .inspect(dir, answersOf(5))
      .then(() => ({ path: `${dir.folder}/large.eval` }));
    const workbench = await createWorkbench({ folder: `${dir.folder}/w`, env: {}, allowPaths: false });
    try {
      const { upload } = await workbench.api.uploads.create({ name: 'large.eval' });
      await workbench.api.uploads.append({ upload, chunk: new Uint8Array(await readFile(path)) });
      const source = { kind: 'upload', upload } as const;
      expect(await workbench.api.outcomes.import({ source, dataset: 'd', create: true })).toMatchObject({
        format: 'inspect',
        created: true,
        outcomes: 5,
      });
      await expect(
        workbench.api.outcomes.import({ source: { kind: 'path', path }, dataset: 'e', create: true }),
      ).rejects.toMatchObject({ code: 'host.refused' });
    } finally {
      await workbench.close();
    }
  });

  it('says what to do where the ids of the file are not those of the dataset', async () => {
    await using dir = await scratch();
    const { path } = await writers.promptfoo(dir, answersOf(3));
    const csv = await dir.file('d.csv', 'id,question,answer\nq1,What is 0 + 100?,100\n');
    const run = at(`${dir.folder}/w`);
    await run([
      'dataset',
      'import',
      csv,
      '--name',
      'd',
      '--id',
      'id',
      '--input',
      'question',
      '--expected',
      'answer',
    ]);
    expect((await run(['outcomes', 'import', path, '--dataset', 'd'])).json()).toMatchObject({
      error: { code: 'outcomes.example_unknown', hint: expect.stringContaining('--create') },
    });
    expect((await run(['outcomes', 'import', path, '--dataset', 'd', '--create'])).json()).toMatchObject({
      error: { code: 'dataset.name_taken' },
    });
    expect((await run(['outcomes', 'import', path, '--dataset', 'e'])).json()).toMatchObject({
      error: { code: 'dataset.not_found' },
    });
  });
});
