import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { scratch } from '../fixtures/scratch.ts';
import { zipOf } from '../fixtures/zip.ts';
import { fixtures, formatOf, rowAt, rowsOf } from './rows.ts';

const read = (file: string): Promise<string> => readFile(`${fixtures}/${file}`, 'utf8');

describe('the format is told by the content', () => {
  it.each([
    ['promptfoo.json', 'promptfoo'],
    ['inspect/small.json', 'inspect'],
    ['lm-eval/openai__gpt-4o/samples_sums_2026-09-01T11-00-00.000000.jsonl', 'lm-eval'],
    ['openai-evals/small.jsonl', 'openai-evals'],
    ['langfuse.csv', 'langfuse'],
    ['langsmith/small.csv', 'langsmith'],
  ])('%s, whatever it is called', async (file, format) => {
    await using dir = await scratch();
    expect(await formatOf(`${fixtures}/${file}`)).toBe(format);
    expect(await formatOf(await dir.file('download', await readFile(`${fixtures}/${file}`)))).toBe(format);
    const bom = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), await readFile(`${fixtures}/${file}`)]);
    expect(await formatOf(await dir.file('bom', bom))).toBe(format);
  });

  it('does not take a table or another JSON document for one of them', async () => {
    await using dir = await scratch();
    for (const [name, text] of [
      ['a.csv', 'id,model,score\n1,a,1\n'],
      ['b.csv', 'id,input,output\n1,a,1\n'],
      ['c.json', '{"results":[{"id":1}]}'],
      ['d.json', '[{"doc_id":1}]'],
      ['e.jsonl', '{"id":1,"type":"match"}\n'],
      ['f.txt', '{"eval": "not an object", "results": 3}'],
      ['g.csv', '"'],
    ] as const)
      expect([name, await formatOf(await dir.file(name, text))]).toEqual([name, null]);
    expect(await formatOf(await dir.file('x.zip', zipOf([['a.txt', 'a']])))).toBeNull();
  });
});

describe('promptfoo', () => {
  it('reads scores, costs and failures; a cost of 0 and a cached answer have no known cost', async () => {
    const { rows } = await rowsOf(`${fixtures}/promptfoo.json`);
    expect(rows).toHaveLength(6);
    expect(rowAt(rows, '0', 'small')).toMatchObject({
      input: { question: 'What is 6 x 7?' },
      expected: '42',
      output: '42',
      score: 1,
      costUsd: 7.8e-6,
      latencyMs: 310,
      inputTokens: 40,
      outputTokens: 3,
      model: 'openai:gpt-4o-mini',
      tags: { topic: 'products' },
      error: null,
    });
    // A failed assertion has a text in `error` too, and is a wrong answer, not a failure.
    expect(rowAt(rows, '1', 'small')).toMatchObject({ score: 0, error: null });
    expect(rowAt(rows, '1', 'large')).toMatchObject({ costUsd: null, inputTokens: 40 });
    expect(rowAt(rows, '2', 'small')).toMatchObject({
      score: null,
      error: 'API error: 429 Too Many Requests',
      costUsd: null,
    });
    expect(rowAt(rows, '2', 'large')).toMatchObject({
      score: 1,
      costUsd: null,
      latencyMs: null,
      inputTokens: null,
    });
  });

  it('takes repetitions of one test for repeats of one example, and several prompts for several candidates', async () => {
    await using dir = await scratch();
    const document = JSON.parse(await read('promptfoo.json'));
    const [one] = document.results.results;
    const results = [
      one,
      { ...one, testIdx: 1, score: 0 },
      { ...one, promptIdx: 1, prompt: { raw: 'B', label: 'terse' } },
      { ...one, testIdx: 1, promptIdx: 1, prompt: { raw: 'B', label: 'terse' } },
    ];
    const path = await dir.file(
      'r.json',
      JSON.stringify({ ...document, results: { ...document.results, results } }),
    );
    const { rows } = await rowsOf(path);
    expect(rows.map(({ example, epoch, candidate }) => [example, epoch, candidate.split(' · ')[1]])).toEqual([
      ['0', '1', 'Answer with a number only.\n\n{{question}}'],
      ['0', '2', 'Answer with a number only.\n\n{{question}}'],
      ['0', '1', 'terse'],
      ['0', '2', 'terse'],
    ]);
  });

  it('reads a result a line, and version 2, which has no test index', async () => {
    await using dir = await scratch();
    const document = JSON.parse(await read('promptfoo.json'));
    const lines = document.results.results.map((one: unknown) => JSON.stringify(one)).join('\n');
    const jsonl = await dir.file('r.jsonl', `${lines}\nnot json\n`);
    const fromLines = await rowsOf(jsonl);
    expect([fromLines.rows.length, fromLines.problems]).toEqual([
      6,
      [expect.stringContaining('7: not valid JSON')],
    ]);

    const old = document.results.results.map(
      ({ testIdx: _1, promptIdx: _2, failureReason: _3, ...one }: Record<string, unknown>) => one,
    );
    const path = await dir.file(
      'v2.json',
      JSON.stringify({ results: { version: 2, results: old, table: { head: {}, body: [] }, stats: {} } }),
    );
    const { rows } = await rowsOf(path);
    expect(new Set(rows.map(({ example }) => example)).size).toBe(3);
    expect(rows.filter(({ error }) => error !== null).map(({ candidate }) => candidate)).toEqual(['small']);
  });

  it('takes another figure for the score, and other fields for ids, when they are named', async () => {
    const { rows } = await rowsOf(`${fixtures}/promptfoo.json`, {
      score: 'Accuracy',
      example: 'vars.question',
    });
    expect(rowAt(rows, 'What is 17 + 25?', 'small').score).toBe(0);
  });
});

describe('Inspect', () => {
  const path = `${fixtures}/inspect/*.json`;
  const small = 'openai/gpt-4o-mini';
  const large = 'anthropic/claude-3-5-sonnet-20241022';

  it('reads letters, repeats, failures, limits and NaN; graders do not count as the model', async () => {
    const { rows, notes } = await rowsOf(path);
    expect(rows).toHaveLength(12);
    expect(notes).toEqual({ score_chosen: 11 });
    expect(rowAt(rows, 's1', small, '1')).toMatchObject({
      score: 1,
      expected: '42',
      input: { input: 'What is 6 x 7?' },
      inputTokens: 50,
      cachedInputTokens: 10,
      outputTokens: 3,
      costUsd: null,
      model: small,
      latencyMs: 400,
      tags: { topic: 'products' },
    });
    expect(rowAt(rows, 's2', small, '1')).toMatchObject({
      score: 0,
      output: '43',
      input: { input: 'What is 17 + 25?' },
    });
    expect(rowAt(rows, '3', small, '1')).toMatchObject({
      score: 0,
      unparsed: true,
      finish: 'length',
      input: { input: 'What is 90 - 8?' },
    });
    expect(rowAt(rows, '3', small, '2')).toMatchObject({
      score: null,
      error: 'RateLimitError: 429 rate limit',
    });
    expect(rowAt(rows, 's2', large, '1').score).toBeNull();
    expect(rowAt(rows, '3', large, '1').score).toBe(0.5);
  });

  it.each(['stored', 'deflate', 'zstd'] as const)('reads the same from an archive, %s', async (packing) => {
    await using dir = await scratch();
    const { samples, ...header } = JSON.parse(await read('inspect/small.json'));
    const members = samples.map((sample: { id: string | number; epoch: number }): [string, string] => [
      `samples/${sample.id}_epoch_${sample.epoch}.json`,
      JSON.stringify(sample),
    ]);
    const log = await dir.file(
      'a.eval',
      zipOf([['_journal/start.json', '{}'], ...members, ['header.json', JSON.stringify(header)]], packing),
    );
    const plain = await rowsOf(`${fixtures}/inspect/small.json`);
    expect((await rowsOf(log)).rows).toEqual(plain.rows);

    const { version, eval: spec, plan } = header;
    const cut = await dir.file(
      'cut.eval',
      zipOf(
        [['_journal/start.json', JSON.stringify({ version, eval: spec, plan })], ...members.slice(0, 2)],
        packing,
      ),
    );
    const started = await rowsOf(cut);
    expect([started.rows.length, started.notes['log_incomplete']]).toEqual([2, 1]);
  });

  it('takes the scorer that is named, and says which there are when it is none of them', async () => {
    const { rows } = await rowsOf(path, { score: 'brevity' });
    expect(rowAt(rows, 's2', small, '1').score).toBe(1);
    const wrong = await rowsOf(path, { score: 'nope' });
    expect(wrong.problems[0]).toMatch(/samples\[0\]: no scorer "nope"; there are: match, brevity/);
  });
});

describe('lm-evaluation-harness', () => {
  it('reads one filter a document, the model from the folder, the prompt and the target', async () => {
    const { rows, notes } = await rowsOf(`${fixtures}/lm-eval/openai*/*.jsonl`);
    expect([rows.length, notes]).toEqual([6, { score_chosen: 6 }]);
    expect(rowAt(rows, '2', 'openai__gpt-4o-mini')).toMatchObject({
      output: '[invalid]',
      unparsed: true,
      score: 0,
      expected: '82',
      input: { prompt: 'Question: What is 90 - 8?\nAnswer:' },
      costUsd: null,
      latencyMs: null,
      model: 'openai/gpt-4o-mini',
    });
    const flexible = await rowsOf(`${fixtures}/lm-eval/openai*/*.jsonl`, {
      score: 'exact_match,flexible-extract',
    });
    expect(rowAt(flexible.rows, '2', 'openai__gpt-4o-mini')).toMatchObject({ output: '82', score: 1 });
  });

  it('takes the likeliest choice for the answer where choices were weighed', async () => {
    const { rows } = await rowsOf(`${fixtures}/lm-eval/choices/*.jsonl`);
    expect(rows.map(({ output, score }) => [output, score])).toEqual([
      ['blue', 1],
      ['red', 0],
    ]);
    const norm = await rowsOf(`${fixtures}/lm-eval/choices/*.jsonl`, { score: 'acc_norm' });
    expect(norm.rows.map(({ score }) => score)).toEqual([1, 1]);
  });

  it('keeps documents of several tasks apart, and reads NaN as no score', async () => {
    await using dir = await scratch();
    const line = {
      doc_id: 0,
      doc: {},
      target: 'a',
      arguments: {},
      filtered_resps: ['a'],
      filter: 'none',
      metrics: ['acc'],
    };
    await dir.file('samples_x_1.jsonl', JSON.stringify({ ...line, acc: 1 }));
    await dir.file('samples_y_1.jsonl', JSON.stringify({ ...line, acc: 0 }).replace('"acc":0', '"acc":NaN'));
    const { rows } = await rowsOf(`${dir.folder}/samples_*.jsonl`);
    expect(rows.map(({ example, score, tags }) => [example, score, tags])).toEqual([
      ['x/0', 1, { task: 'x' }],
      ['y/0', null, { task: 'y' }],
    ]);
  });
});

describe('OpenAI evals', () => {
  it('gathers scattered events by sample; a failed one keeps its error', async () => {
    const { rows } = await rowsOf(`${fixtures}/openai-evals/*.jsonl`);
    expect(rowAt(rows, 'sums.test.1', 'gpt-4o-mini')).toMatchObject({
      input: { prompt: 'What is 17 + 25?' },
      expected: '42',
      output: '43',
      score: 0,
      inputTokens: 40,
      outputTokens: 3,
      model: 'gpt-4o-mini',
    });
    expect(rowAt(rows, 'sums.test.2', 'gpt-4o-mini')).toMatchObject({
      score: null,
      error: 'Request timed out.',
    });
    expect(rowAt(rows, 'sums.test.2', 'gpt-4o').model).toBe('gpt-4o-2024-08-06');
  });

  it('leaves the grader out, takes its figure for the score, and notes a run that did not end', async () => {
    await using dir = await scratch();
    const event = (type: string, data: object) =>
      JSON.stringify({
        run_id: 'r',
        event_id: 0,
        sample_id: 's.t.0',
        type,
        data,
        created_by: '',
        created_at: '',
      });
    const path = await dir.file(
      'graded.jsonl',
      [
        '{"spec":{"completion_fns":["gpt-4o-mini"],"eval_name":"s.t.v0"}}',
        event('sampling', {
          prompt: 'Q',
          sampled: ['A'],
          model: 'gpt-4o-mini',
          usage: { prompt_tokens: 1, completion_tokens: 2 },
        }),
        event('sampling', {
          prompt: 'Grade',
          sampled: ['Y'],
          model: 'gpt-4o',
          usage: { prompt_tokens: 100, completion_tokens: 50 },
        }),
        event('metrics', { choice: 'Y', score: 0.75, length: 0.1 }),
        'garbage',
      ].join('\n'),
    );
    const { rows, problems, notes } = await rowsOf(path);
    expect(rows[0]).toMatchObject({ output: 'A', score: 0.75, inputTokens: 1, outputTokens: 2 });
    expect([problems, notes]).toEqual([['5: not a JSON object'], { log_incomplete: 1 }]);
    expect((await rowsOf(path, { score: 'length' })).rows[0]?.score).toBe(0.1);
  });
});

describe('Langfuse', () => {
  it('reads generations with the scores of their columns; an unknown usage is not 0', async () => {
    const { rows, notes } = await rowsOf(`${fixtures}/langfuse.csv`);
    expect(notes).toEqual({ score_chosen: 1, rows_skipped: 1 });
    expect(rowAt(rows, 'i1', 'gpt-4o-mini')).toMatchObject({
      input: { input: [{ role: 'user', content: 'What is 6 x 7?' }] },
      expected: '42',
      output: '42',
      score: 1,
      costUsd: 7.05e-6,
      latencyMs: 310,
      inputTokens: 40,
      cachedInputTokens: 10,
      outputTokens: 3,
    });
    expect(rowAt(rows, 'i2', 'gpt-4o-mini').score).toBe(0.25);
    expect(rowAt(rows, 'i2', 'gpt-4o').costUsd).toBeNull();
    expect(rowAt(rows, 'i3', 'gpt-4o-mini')).toMatchObject({
      error: '429 rate limit exceeded',
      score: null,
      inputTokens: null,
      outputTokens: null,
    });
  });

  it('pairs traces by what they were asked, and experiments by their run and item', async () => {
    await using dir = await scratch();
    const header =
      'id,timestamp,name,userId,sessionId,release,version,environment,tags,bookmarked,public,input,output,metadata,comments,ok';
    const trace = (id: string, name: string, input: string, metadata = '{}'): string =>
      `${id},2026-09-01T10:00:00Z,${name},,,,,default,[],false,false,${input},out,"${metadata.replaceAll('"', '""')}",[],[1]`;
    const path = await dir.file(
      't.csv',
      [
        header,
        trace('1', 'a', 'same'),
        trace('2', 'b', 'same'),
        trace('3', 'c', 'other', '{"experiment_run_name":"run 1","dataset_item_id":"item"}'),
      ].join('\n'),
    );
    const { rows } = await rowsOf(path);
    expect(rows.map(({ candidate }) => candidate)).toEqual(['a', 'b', 'run 1']);
    expect(rows[0]?.example).toBe(rows[1]?.example);
    expect(rows[2]?.example).toBe('item');
  });
});

describe('LangSmith', () => {
  it('reads the columns of to_pandas; the file names the candidate', async () => {
    const { rows } = await rowsOf(`${fixtures}/langsmith/*.csv`);
    expect(rowAt(rows, '22222222-2222-4222-8222-222222222222', 'small')).toMatchObject({
      input: { question: 'What is 17 + 25?' },
      expected: '42',
      output: '43',
      score: 'False',
      latencyMs: 290,
      costUsd: null,
    });
    expect(rowAt(rows, '33333333-3333-4333-8333-333333333333', 'small')).toMatchObject({
      error: "ReadTimeout('timed out')",
      score: null,
    });
    const tone = await rowsOf(`${fixtures}/langsmith/*.csv`, { score: 'tone' });
    expect(rowAt(tone.rows, '22222222-2222-4222-8222-222222222222', 'large').score).toBe('1.0');
  });

  it('pairs rows without an example id by their input, and keeps several outputs together', async () => {
    await using dir = await scratch();
    const csv = (out: string): string =>
      `,reference.answer,input.q,outputs.label,outputs.why,execution_time,error,id,feedback.ok\n0,x,hello,${out},because,1.5,,r,1.0\n`;
    await dir.file('a.csv', csv('x'));
    await dir.file('b.csv', csv('y'));
    const { rows } = await rowsOf(`${dir.folder}/*.csv`);
    expect(new Set(rows.map(({ example }) => example)).size).toBe(1);
    expect(rows.map(({ candidate, output }) => [candidate, output])).toEqual([
      ['a', 'x'],
      ['b', 'y'],
    ]);
  });
});
