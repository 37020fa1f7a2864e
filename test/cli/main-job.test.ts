import { readFile, readdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { scratch, type Scratch } from '../fixtures/scratch.ts';
import { sharedData, sharedDataAbsent } from '../fixtures/shared-data.ts';
import { seededRandom } from '../../engine/math/index.ts';
import { at } from './terminal.ts';

/** Outcomes of a cheap candidate whose confidence tells where it is wrong, and of a dear one that is nearly always right. */
async function recorded(dir: Scratch, rows = 1500): Promise<{ examples: string; outcomes: string }> {
  const random = seededRandom(7);
  const examples = ['id,question,answer,kind'];
  const outcomes = ['id,model,ok,answer,usd,ms,conf'];
  for (let i = 0; i < rows; i++) {
    const hard = random.next() < 0.3;
    examples.push(`${i},"question ${i}, please",a${i},${hard ? 'hard' : 'easy'}`);
    const cheapRight = random.next() < (hard ? 0.3 : 0.98);
    const dearRight = random.next() < 0.97;
    const confidence = (hard ? 0.2 : 0.7) + 0.3 * random.next();
    outcomes.push(`${i},cheap,${cheapRight ? 1 : 0},${cheapRight ? `a${i}` : 'x'},0.001,10,${confidence}`);
    outcomes.push(
      `${i},dear,${dearRight ? 1 : 0},${dearRight ? `a${i}` : 'y'},0.02,90,${0.5 + random.next() / 2}`,
    );
  }
  return {
    examples: await dir.file('examples.csv', `${examples.join('\n')}\n`),
    outcomes: await dir.file('outcomes.csv', `${outcomes.join('\n')}\n`),
  };
}

interface Fit {
  verdict: string;
  policy: string;
  certificate: { certified: boolean };
  test: { score: { mean: number }; costUsd: { mean: number } };
  baselines: { name: string; kind: string; score: { mean: number }; costUsd: { mean: number } }[];
}

describe('the main job on recorded outcomes', () => {
  it('goes from two tables to a certified cascade that replays to the last digit', async () => {
    await using dir = await scratch();
    const files = await recorded(dir);
    const run = at(`${dir.folder}/w`);
    const imported = await run([
      'dataset',
      'import',
      files.examples,
      '--name',
      'd',
      '--id',
      'id',
      '--input',
      'question',
      '--expected',
      'answer',
      '--tags',
      'kind',
    ]);
    expect(imported.json()).toMatchObject({ dataset: 'd', rows: 1500, rejected: [] });
    const again = await run([
      'dataset',
      'import',
      files.examples,
      '--name',
      'd',
      '--id',
      'id',
      '--input',
      'question',
      '--expected',
      'answer',
      '--tags',
      'kind',
    ]);
    expect(again.json()).toMatchObject({ unchanged: true, hash: imported.json<{ hash: string }>().hash });
    const outcomes = await run([
      'outcomes',
      'import',
      files.outcomes,
      '--dataset',
      'd',
      '--example',
      'id',
      '--candidate',
      'model',
      '--score',
      'ok',
      '--output',
      'answer',
      '--cost',
      'usd',
      '--latency',
      'ms',
      '--signal',
      'conf',
    ]);
    expect(outcomes.json()).toMatchObject({
      candidates: [
        { id: 'cheap', n: 1500 },
        { id: 'dear', n: 1500 },
      ],
    });

    const compared = await run(['compare', 'latest', '--by', 'kind']);
    expect(compared.json()).toMatchObject({
      n: 1500,
      pairs: [{ verdict: expect.stringMatching(/better|worse/), test: { kind: 'mcnemar-mid-p' } }],
    });

    const policy = `${dir.folder}/policy.json`;
    const fit = (
      await run([
        'fit',
        'latest',
        '--max-loss',
        '0.03',
        '--confidence',
        '0.9',
        '--seed',
        '1',
        '--out',
        policy,
      ])
    ).json<Fit>();
    expect(fit.verdict).toMatch(/cascade|route/);
    expect(fit.certificate.certified).toBe(true);
    const dear = fit.baselines.find(({ kind, name }) => kind === 'single' && name.includes('dear'));
    expect(fit.test.costUsd.mean).toBeLessThan(0.7 * (dear?.costUsd.mean ?? 0));

    const replay = (
      await run(['policy', 'replay', policy, '--run', 'latest', '--split', 'test', '--per-example'])
    ).json<Fit['test'] & { n: number; examples: { score: number }[] }>();
    expect([replay.score.mean, replay.costUsd.mean]).toEqual([fit.test.score.mean, fit.test.costUsd.mean]);
    expect(replay.examples).toHaveLength(replay.n);

    expect((await run(['policy', 'verify', policy, '--run', 'latest'])).json()).toMatchObject({
      valid: true,
      conformance: { failed: 0 },
      // On its own run only the rows that did not make it count.
      certificate: { n: replay.n },
    });
    const decided = await run(['policy', 'decide', policy], {
      stdin:
        '{"id":"1","input":{"question":"x","kind":"easy"}}\n\n{"id":"2","input":{"question":"y"},"signals":{"conf(cheap)":0.99}}\n',
    });
    const decisions = decided.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(decisions.map(({ id }) => id)).toEqual(['1', '2']);
    for (const decision of decisions)
      expect(Object.keys(decision)).toEqual(expect.arrayContaining(['rule', 'route', 'attempts', 'margin']));

    const exported = await run([
      'policy',
      'export',
      policy,
      '--to',
      'bundle',
      '--out',
      `${dir.folder}/bundle`,
    ]);
    expect(exported.code).toBe(0);
    expect(await readdir(`${dir.folder}/bundle`)).toEqual(
      expect.arrayContaining(['policy.json', 'evaluator.js', 'evaluator.py', 'vectors.json']),
    );

    const text = await readFile(policy, 'utf8');
    await writeFile(policy, text.replace(/"maxLoss": 0.03/, '"maxLoss": 0.01'));
    expect(
      (await run(['policy', 'decide', policy], { stdin: '{"id":"1","input":{}}\n' })).json(),
    ).toMatchObject({ error: { code: 'policy.integrity' } });
    const broken = await run(['policy', 'verify', policy]);
    expect([broken.code, broken.json()]).toMatchObject([1, { valid: false, integrity: 'broken' }]);
  });

  it('writes the same policy for the same seed', async () => {
    await using dir = await scratch();
    const files = await recorded(dir, 600);
    const run = at(`${dir.folder}/w`);
    await run(['dataset', 'import', files.examples, '--name', 'd', '--id', 'id', '--input', 'question']);
    await run([
      'outcomes',
      'import',
      files.outcomes,
      '--dataset',
      'd',
      '--example',
      'id',
      '--candidate',
      'model',
      '--score',
      'ok',
      '--cost',
      'usd',
      '--signal',
      'conf',
    ]);
    const rules = [1, 2].map((i) => `${dir.folder}/p${i}.json`);
    for (const file of rules)
      expect((await run(['fit', 'latest', '--max-loss', '0.05', '--seed', '3', '--out', file])).code).toBe(0);
    const [a, b] = await Promise.all(rules.map(async (file) => JSON.parse(await readFile(file, 'utf8'))));
    for (const key of ['rules', 'routes', 'signals', 'conformance']) expect(a[key]).toEqual(b[key]);
  });
});

describe('the main job on real models', () => {
  it('runs a pipeline of local models, with every call in the ledger; a second run costs nothing', async () => {
    await using dir = await scratch();
    const random = seededRandom(3);
    const words = {
      spam: ['winner', 'cash', 'free', 'offer', 'click'],
      ham: ['meeting', 'patch', 'kernel', 'lunch', 'report'],
    };
    const rows = Array.from({ length: 400 }, (_, i) => {
      const label = random.next() < 0.5 ? 'spam' : 'ham';
      const text = Array.from(
        { length: 6 },
        () => words[random.next() < 0.85 ? label : 'ham'][random.int(5)],
      ).join(' ');
      return `${i},${text},${label},${['train', 'val', 'test'][i % 3]}`;
    });
    const csv = await dir.file('m.csv', `id,text,label,split\n${rows.join('\n')}\n`);
    const yaml = await dir.file(
      'p.yaml',
      `pipeline: mails
version: 1
candidates:
  small: { provider: local, model: naive-bayes, parameters: { fields: { text: 12 }, ngrams: 1, buckets: 1024 }, price: { perCallUsd: 0.001, nominal: true } }
  large: { provider: local, model: naive-bayes, parameters: { fields: { text: 400 }, ngrams: 2, buckets: 65536 }, price: { perCallUsd: 0.01, nominal: true } }
steps:
  - id: answer
    route: { by: candidate, candidates: [small, large] }
    generate: { prompt: "{{input.text}}" }
`,
    );
    const run = at(`${dir.folder}/w`);
    await run([
      'dataset',
      'import',
      csv,
      '--name',
      'm',
      '--id',
      'id',
      '--input',
      'text',
      '--expected',
      'label',
      '--split',
      'split',
    ]);
    expect((await run(['pipeline', 'check', yaml, '--dataset', 'm'])).json()).toMatchObject({
      valid: true,
      candidates: ['small', 'large'],
    });
    const first = (await run(['run', 'start', yaml, '--dataset', 'm'])).json<{
      status: string;
      done: number;
      freshCostUsd: number;
      candidates: { priceNominal: boolean }[];
    }>();
    expect(first).toMatchObject({
      status: 'done',
      failed: 0,
      candidates: [{ priceNominal: true }, { priceNominal: true }],
    });
    expect(first.done).toBe(2 * rows.filter((row) => !row.endsWith('train')).length);
    const second = (await run(['run', 'start', yaml, '--dataset', 'm'])).json<{
      cached: number;
      done: number;
      freshCostUsd: number;
    }>();
    expect([second.cached, second.freshCostUsd]).toEqual([second.done, 0]);
  });

  it('runs a local model that learns nothing on rows without splits', async () => {
    await using dir = await scratch();
    const run = at(`${dir.folder}/w`);
    const csv = await dir.file('q.csv', 'id,text,answer\n1,yes,yes\n2,no,maybe\n');
    const yaml = await dir.file(
      'e.yaml',
      'pipeline: echo\nversion: 1\ncandidates: { e: { provider: local, model: echo } }\nsteps:\n  - id: a\n    route: { by: candidate, candidates: [e] }\n    generate: { prompt: "{{input.text}}" }\n',
    );
    await run([
      'dataset',
      'import',
      csv,
      '--name',
      'q',
      '--id',
      'id',
      '--input',
      'text',
      '--expected',
      'answer',
    ]);
    const ran = (await run(['run', 'start', yaml, '--dataset', 'q'])).json<{
      status: string;
      done: number;
    }>();
    expect(ran).toMatchObject({ status: 'done', done: 2 });
  });

  it.skipIf(sharedDataAbsent)(
    'imports 56,717 recorded outcomes of 43 models and fits a cascade on agreement',
    async () => {
      await using dir = await scratch();
      const run = at(`${dir.folder}/w`);
      const folder = `${sharedData}/zeroeval_gsm`;
      expect(
        (
          await run([
            'dataset',
            'import',
            `${folder}/problems.jsonl`,
            '--name',
            'gsm',
            '--id',
            'id',
            '--input',
            'question',
            '--expected',
            'gold',
          ])
        ).json(),
      ).toMatchObject({ rows: 1319 });
      const outcomes = await run([
        'outcomes',
        'import',
        `${folder}/outcomes.csv`,
        '--dataset',
        'gsm',
        '--example',
        'id',
        '--candidate',
        'model',
        '--score',
        'correct',
        '--output',
        'parsed_answer',
        '--cost',
        'est_cost_usd',
      ]);
      expect(outcomes.json<{ candidates: unknown[] }>().candidates).toHaveLength(43);
      const fit = (
        await run([
          'fit',
          'latest',
          '--candidates',
          'claude-3-haiku-20240307,gpt-4o-mini-2024-07-18,claude-3-5-sonnet-20241022',
          '--max-loss',
          '0.015',
          '--confidence',
          '0.9',
          '--seed',
          '1',
          '--out',
          `${dir.folder}/p.json`,
        ])
      ).json<Fit>();
      expect(fit.verdict).toBe('cascade');
      const replay = (
        await run(['policy', 'replay', `${dir.folder}/p.json`, '--run', 'latest', '--split', 'test'])
      ).json<Fit['test']>();
      expect([replay.score.mean, replay.costUsd.mean]).toEqual([fit.test.score.mean, fit.test.costUsd.mean]);
    },
  );
});
