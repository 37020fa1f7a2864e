import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Example,
  type FitResult,
  type Json,
  Policy,
  type WorkbenchError,
} from '../../engine/api/index.ts';
import { batched, datasetRecord, exampleOf, examplesOf } from '../runs/edge.ts';
import { outcomeOf, runRecord, workspace } from './fixtures.ts';

const hash = 'a'.repeat(64);
const collect = async <T>(batches: AsyncIterable<T[]>): Promise<T[]> => {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
};

describe('datasets', () => {
  test('come back as they went in, in order, across batches and a reopening', async () => {
    await using place = await workspace();
    const rows = examplesOf(5000, (i) => ({
      group: i % 3 === 0 ? `g${i % 7}` : null,
      tags: i % 2 === 0 ? { lang: 'en', 'odd "key"/~': 'x' } : {},
      split: i % 2 === 0 ? 'fit' : 'test',
      expected: i % 4 === 0 ? null : { label: i },
    }));
    expect(await place.store.datasets.insert(datasetRecord(), batched(rows, 700))).toBe(5000);
    await place.reopen();
    expect(await collect(place.store.datasets.examples(hash))).toEqual(rows);
    expect((await collect(place.store.datasets.examples(hash, { split: 'test' }))).length).toBe(2500);
    expect(
      (await collect(place.store.datasets.examples(hash, { ids: ['e9', 'e3', 'nobody'] }))).map(
        ({ id }) => id,
      ),
    ).toEqual(['e3', 'e9']);
    expect(await place.store.datasets.splits(hash)).toEqual({ fit: 2500, test: 2500 });
  });

  test('keep hostile and unusual strings: quotes, NUL, SQL, HTML, emoji, BOM, prototype keys', async () => {
    await using place = await workspace();
    const hostile = [
      `'; DROP TABLE examples; --`,
      'a\u0000b',
      '<script>alert(1)</script>',
      '👩‍👩‍👧 é \ufeff \u202e',
      '\\"\'`$1 ? %s\n\r\t',
      '',
    ];
    const rows = hostile.map((text, i) =>
      exampleOf(i, {
        id: `${i}${text}`,
        input: { question: text, ['__proto__x']: text },
        expected: text,
        group: text,
        tags: { constructor: text },
      }),
    );
    await place.store.datasets.insert(
      datasetRecord({ name: hostile[0]!, source: hostile[2]! }),
      batched(rows),
    );
    expect(await collect(place.store.datasets.examples(hash))).toEqual(rows);
    expect((await place.store.datasets.find(hostile[0]!))?.source).toBe(hostile[2]);
    const page = await place.store.datasets.page(hash, { offset: 0, limit: 10, search: `'; drop TABLE` });
    expect(page.total).toBe(1);
    expect((await place.store.datasets.page(hash, { offset: 0, limit: 10, search: 'question' })).total).toBe(
      0,
    );
  });

  test('any JSON input survives', async () => {
    await using place = await workspace();
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), async (values) => {
        const name = (n++).toString(16).padStart(64, '0');
        // Through JSON once, as every reader gives it: -0 is 0.
        const plain = JSON.parse(JSON.stringify(values)) as Json[];
        const rows = plain.map((value, i): Example =>
          exampleOf(i, { input: { question: value }, expected: value }),
        );
        await place.store.datasets.insert(datasetRecord({ name, hash: name }), batched(rows));
        expect(await collect(place.store.datasets.examples(name))).toEqual(rows);
      }),
      { numRuns: 25 },
    );
  });

  test('a batch that throws leaves nothing behind, and the store works on', async () => {
    await using place = await workspace();
    const failing = async function* (): AsyncGenerator<Example[]> {
      yield examplesOf(20_000);
      await Promise.resolve();
      throw new Error('the file ended in the middle');
    };
    await expect(place.store.datasets.insert(datasetRecord(), failing())).rejects.toThrow('the file ended');
    expect(await place.store.datasets.list()).toEqual([]);
    await place.reopen();
    expect(await place.store.datasets.find('rows')).toBeNull();
    await place.store.datasets.insert(datasetRecord(), batched(examplesOf(3)));
    expect(await collect(place.store.datasets.examples(hash))).toHaveLength(3);
  });

  test('the same content is stored once, under however many names; the newest of a name counts', async () => {
    await using place = await workspace();
    const { datasets } = place.store;
    await datasets.insert(datasetRecord(), batched(examplesOf(4)));
    const never = (): AsyncIterable<Example[]> => ({
      [Symbol.asyncIterator]: () => {
        throw new Error('read again');
      },
    });
    expect(await datasets.insert(datasetRecord(), never())).toBe(4);
    expect(await datasets.insert(datasetRecord({ name: 'alias' }), never())).toBe(4);
    const other = 'b'.repeat(64);
    await datasets.insert(datasetRecord({ hash: other }), batched(examplesOf(7)));
    expect((await datasets.find('rows'))?.hash).toBe(other);
    expect((await datasets.find('alias'))?.hash).toBe(hash);
    expect((await datasets.list()).map(({ name, rows }) => [name, rows])).toEqual([
      ['rows', 7],
      ['alias', 4],
    ]);
    expect(await collect(datasets.examples(hash))).toHaveLength(4);
  });

  test('are found by name, hash, or a hash prefix of six characters and more', async () => {
    await using place = await workspace();
    const { datasets } = place.store;
    await datasets.insert(datasetRecord({ hash: 'abcdef00' + '0'.repeat(56) }), batched(examplesOf(1)));
    await datasets.insert(
      datasetRecord({ name: 'two', hash: 'abcdef11' + '0'.repeat(56) }),
      batched(examplesOf(2)),
    );
    expect((await datasets.find('abcdef1'))?.name).toBe('two');
    expect(await datasets.find('abcde')).toBeNull();
    expect(await datasets.find('%')).toBeNull();
    await expect(datasets.find('abcdef')).rejects.toMatchObject({ code: 'dataset.not_found' });
  });

  test('a summary counts types, nulls, distinct values, labels and repeated inputs', async () => {
    await using place = await workspace();
    const rows = [
      exampleOf(0, { input: { question: 'same', size: 1 }, expected: 'ham', tags: { lang: 'en' } }),
      exampleOf(1, { input: { question: 'same', size: 1 }, expected: 'ham', tags: { lang: 'de' } }),
      exampleOf(2, { input: { question: 'other', size: null }, expected: 'spam', tags: { lang: 'en' } }),
      exampleOf(3, { input: { question: '', size: '2.5' }, expected: null }),
    ];
    const mapping = { input: ['question', 'size'], expected: 'answer', tags: ['lang'] };
    await place.store.datasets.insert(datasetRecord({ mapping }), batched(rows));
    const shown = await place.store.datasets.show(hash);
    const summary = shown.columns.map(({ name, role, type, nulls, distinct }) => [
      name,
      role,
      type,
      nulls,
      distinct,
    ]);
    expect(summary).toEqual([
      ['question', 'input', 'text', 1, 2],
      ['size', 'input', 'number', 1, 2],
      ['answer', 'expected', 'text', 1, 2],
      ['lang', 'tag', 'text', 1, 2],
    ]);
    expect(shown.labels).toEqual([
      { label: 'ham', count: 2, splits: { none: 2 } },
      { label: 'spam', count: 1, splits: { none: 1 } },
    ]);
    expect(shown.labelCount).toBe(2);
    expect(shown.duplicates).toEqual({ inputs: 1, rows: 1 });
    expect(shown.columns[1]?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(3);
  });
});

describe('recorded runs', () => {
  test('are whole or not there at all', async () => {
    await using place = await workspace();
    await place.store.datasets.insert(datasetRecord(), batched(examplesOf(3)));
    const failing = async function* () {
      yield [outcomeOf('e0', 'a')];
      await Promise.resolve();
      throw new Error('line 2 is broken');
    };
    await expect(place.store.runs.insertRecorded(runRecord(), failing(), [])).rejects.toThrow('line 2');
    expect(await place.store.runs.find('r1')).toBeNull();
    expect((await place.store.counts()).outcomes).toBe(0);
    expect(await place.store.runs.insertRecorded(runRecord(), batched([outcomeOf('e0', 'a')]), ['a'])).toBe(
      1,
    );
    expect((await place.store.runs.find('latest'))?.total).toBe(1);
    expect((await place.store.runs.summary('r1')).candidates[0]?.priceNominal).toBe(true);
  });

  test('unknown figures stay unknown: NaN is no number, and a sum says what it leaves out', async () => {
    await using place = await workspace();
    await place.store.datasets.insert(datasetRecord(), batched(examplesOf(4)));
    const outcomes = [
      outcomeOf('e0', 'a', { costUsd: NaN, latencyMs: Infinity, score: NaN }),
      outcomeOf('e1', 'a', { costUsd: 2, score: 0 }),
      outcomeOf('e2', 'a', { costUsd: 4, score: 1 }),
      outcomeOf('e0', 'b', {
        costUsd: null,
        latencyMs: null,
        score: null,
        output: null,
        error: { class: 'timeout', message: 'late' },
      }),
    ];
    await place.store.runs.insertRecorded(runRecord(), batched(outcomes), []);
    const summary = await place.store.runs.summary('r1');
    expect(summary).toMatchObject({ done: 4, failed: 1, costUsd: 6 });
    expect(summary.warnings).toMatchObject([{ code: 'run.cost_unknown', count: 2 }]);
    const [a, b] = summary.candidates;
    expect(a).toMatchObject({
      n: 2,
      failed: 0,
      score: { mean: 0.5, n: 2 },
      costUsd: { mean: 3, n: 2 },
      latencyMs: { n: 2, p50: 10 },
    });
    expect(b).toMatchObject({ n: 0, failed: 1, score: null, costUsd: null, latencyMs: null });
  });

  test('pages show failed and wrong rows apart', async () => {
    await using place = await workspace();
    await place.store.datasets.insert(datasetRecord(), batched(examplesOf(6)));
    const outcomes = [0, 1, 2, 3, 4, 5].map((i) =>
      outcomeOf(`e${i}`, i % 2 === 0 ? 'a' : 'b', {
        score: i < 2 ? null : i < 4 ? 0 : 1,
        error: i < 2 ? { class: 'refused', message: '<img onerror=x>' } : null,
      }),
    );
    await place.store.runs.insertRecorded(runRecord(), batched(outcomes), []);
    const page = (only: 'all' | 'failed' | 'wrong', candidate?: string) =>
      place.store.runs.page('r1', { offset: 0, limit: 10, only, candidate });
    expect((await page('all')).columns['example']).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5']);
    expect((await page('failed')).columns['errorMessage']).toEqual(['<img onerror=x>', '<img onerror=x>']);
    expect((await page('wrong', 'b')).columns['example']).toEqual(['e3']);
    const outputs = await place.store.runs.outputs(['r1'], {
      examples: ['e2', 'e3'],
      candidates: ['a', 'zz'],
    });
    expect(outputs.get('a')).toEqual(new Map([['e2', 'yes']]));
    expect(outputs.get('zz')).toEqual(new Map());
  });
});

test('fits keep their typed arrays and the numbers JSON cannot hold; policies are found by id, prefix and name', async () => {
  await using place = await workspace();
  const policy = Policy.parse({
    format: 'kneepoint-policy/1',
    version: '1.0.0',
    name: 'p',
    created: '2026-01-01T00:00:00.000Z',
    candidates: [{ id: 'a', provider: null, model: null, parameters: {}, price: null }],
    signals: [],
    rules: [{ id: 'all', when: 'always', route: 'only' }],
    routes: [
      {
        id: 'only',
        attempts: [{ candidate: 'a', accept: 'always', timeoutMs: 1, retries: 0 }],
        fallbacks: {},
        scope: null,
        onAllFail: 'error',
      },
    ],
    budget: { perRequestUsd: null, perDayUsd: null },
    rollout: { mode: 'active', percent: 100, salt: '', stickyKey: '' },
    evidence: {
      verdict: 'single',
      sentence: 'One is enough.',
      reference: 'a',
      dataset: { name: 'rows', hash, rows: 1 },
      run: ['r1'],
      seed: 1,
      rows: { fit: 1, calibrate: 0, test: 0, leftOut: 0 },
      splitHash: '',
      score: null,
      costUsd: null,
      lossVsReference: null,
      shares: {},
      certificate: { maxLoss: 0, confidence: 0.9, certified: false, n: 0, method: '', bound: null },
      baselines: [],
      signalProfile: {},
      validUntil: null,
      nominalPrices: false,
    },
    conformance: [],
    integrity: { algorithm: 'sha256-rfc8785', hash: 'x' },
  });
  // Only what the store touches of a fit matters here.
  const fit = {
    fit: 'f123',
    policy: 'p456',
    created: '2026-01-01T00:00:00.000Z',
    sweep: { threshold: Float64Array.of(0.1, NaN, -Infinity) },
    frontier: [{ threshold: Infinity }],
  } as unknown as FitResult;
  await place.store.fits.insert(fit, policy, 'mails');
  await place.store.fits.insert({ ...fit, fit: 'f124', policy: 'p457' }, policy, 'mails');
  await place.reopen();
  expect(await place.store.fits.get('f123')).toEqual(fit);
  expect((await place.store.fits.get('latest'))?.fit).toBe('f124');
  expect((await place.store.policies.get('mails'))?.id).toBe('p457');
  expect((await place.store.policies.get('p456'))?.policy).toEqual(policy);
  expect(await place.store.policies.get('nothing')).toBeNull();
  const refused: unknown = await place.store.fits.get('f12').catch((thrown: unknown) => thrown);
  expect((refused as WorkbenchError).code).toBe('fit.not_found');
  expect((await place.store.policies.list()).map(({ id, verdict }) => [id, verdict])).toEqual([
    ['p457', 'single'],
    ['p456', 'single'],
  ]);
  expect(await place.store.counts()).toMatchObject({ fits: 2, policies: 2 });
});
