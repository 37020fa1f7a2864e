import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Example, Outcome, OutcomeMatrix } from '../../engine/api/index.ts';
import { canonicalAnswer } from '../../engine/scoring/index.ts';
import type { Store } from '../../engine/store/index.ts';
import { batched, datasetRecord, exampleOf, examplesOf } from '../runs/edge.ts';
import { outcomeOf, runRecord, workspace } from './fixtures.ts';

const read = (store: Store, runs: string[], more: { candidates?: string[] } = {}): Promise<OutcomeMatrix> =>
  store.runs.matrix(runs, { inputs: true, canonical: canonicalAnswer, ...more });

describe('the outcome matrix', () => {
  test('holds the newest outcome a (example, candidate), and counts only what failed last', async () => {
    await using place = await workspace();
    const { store } = place;
    await store.datasets.insert(datasetRecord(), batched(examplesOf(3)));
    const failed = {
      error: { class: 'timeout' as const, message: 'late' },
      score: null,
      output: null,
      costUsd: 0.1,
    };
    await store.runs.insertRecorded(
      runRecord(),
      batched([
        outcomeOf('e0', 'a', failed),
        outcomeOf('e0', 'a', { score: 0 }),
        outcomeOf('e2', 'a', { score: 1 }),
        outcomeOf('e2', 'a', failed),
      ]),
      [],
    );
    await store.runs.insertRecorded(
      runRecord({ id: 'r2' }),
      batched([outcomeOf('e1', 'b', { score: 0.25, costUsd: null })]),
      ['b'],
    );
    const matrix = await read(store, ['r1', 'r2']);
    expect(matrix.examples).toEqual(['e0', 'e1', 'e2']);
    expect(matrix.candidates).toEqual(['a', 'b']);
    expect(matrix.scores).toEqual([Float64Array.of(0, NaN, NaN), Float64Array.of(NaN, 0.25, NaN)]);
    expect(matrix.costs).toEqual([Float64Array.of(0.5, NaN, 0.1), Float64Array.of(NaN, NaN, NaN)]);
    expect(matrix.failed).toEqual([Uint8Array.of(0, 0, 1), Uint8Array.of(0, 0, 0)]);
    expect(matrix.answers[0]?.[2]).toBe(-1);
    expect(matrix.nominal).toEqual(new Set(['b']));
    expect((await read(store, ['r1'])).examples).toEqual(['e0', 'e2']);
    await expect(read(store, ['r1'], { candidates: ['nobody'] })).rejects.toMatchObject({
      code: 'candidate.unknown',
    });
  });

  test('answers agree exactly where the scorer says so', async () => {
    await using place = await workspace();
    await place.store.datasets.insert(datasetRecord(), batched(examplesOf(2)));
    await place.store.runs.insertRecorded(
      runRecord(),
      batched([
        outcomeOf('e0', 'a', { output: ' Yes ' }),
        outcomeOf('e0', 'b', { output: 'yes' }),
        outcomeOf('e0', 'c', { output: '' }),
        outcomeOf('e1', 'a', { output: 'no' }),
        outcomeOf('e1', 'b', { output: 'yes' }),
        outcomeOf('e1', 'c', { output: '' }),
      ]),
      [],
    );
    const { answers } = await read(place.store, ['r1']);
    expect(answers[0]![0]).toBe(answers[1]![0]);
    expect(answers[0]![1]).not.toBe(answers[1]![1]);
    expect([...answers[2]!]).toEqual([-1, -1]);
  });

  test('a signal alike for every candidate and unlike between examples was known before; any other came after', async () => {
    await using place = await workspace();
    await place.store.datasets.insert(datasetRecord(), batched(examplesOf(3)));
    const outcomes = [0, 1, 2].flatMap((i) =>
      ['a', 'b'].map((candidate) =>
        outcomeOf(`e${i}`, candidate, {
          signals: {
            size: i * 10,
            topic: i === 0 ? 'tax' : 'law',
            constant: 1,
            confidence: candidate === 'a' ? i / 10 : null,
            sure: candidate === 'b',
            mixed: i === 0 ? 1 : candidate,
          },
        }),
      ),
    );
    await place.store.runs.insertRecorded(runRecord(), batched(outcomes), []);
    const { signals } = await read(place.store, ['r1']);
    const found = new Map(signals.map((signal) => [signal.id, signal]));
    expect([...found.keys()].sort()).toEqual([
      'confidence(a)',
      'constant(a)',
      'constant(b)',
      'mixed(a)',
      'mixed(b)',
      'size',
      'sure(a)',
      'sure(b)',
      'topic',
    ]);
    expect(found.get('size')).toMatchObject({
      when: 'before',
      candidate: null,
      type: 'number',
      values: Float64Array.of(0, 10, 20),
    });
    expect(found.get('topic')).toMatchObject({
      when: 'before',
      type: 'label',
      values: ['tax', 'law', 'law'],
    });
    expect(found.get('confidence(a)')).toMatchObject({
      when: 'after',
      candidate: 'a',
      name: 'confidence',
      values: Float64Array.of(0, 0.1, 0.2),
    });
    expect(found.get('sure(b)')).toMatchObject({ type: 'label', values: ['true', 'true', 'true'] });
    expect(found.get('mixed(b)')).toMatchObject({ type: 'label', values: ['1', 'b', 'b'] });
    // One candidate alone proves nothing about the example.
    const alone = await read(place.store, ['r1'], { candidates: ['a'] });
    expect(alone.signals.every(({ when }) => when === 'after')).toBe(true);
  });

  test('tags, splits and inputs follow their rows; identical input in another key order is identical', async () => {
    await using place = await workspace();
    const rows = [
      exampleOf(0, { split: 'fit', tags: { lang: 'en' }, input: { question: { a: 1, b: [2] } } }),
      exampleOf(1, { split: 'calibrate', input: { question: { b: [2], a: 1 } } }),
      exampleOf(2, { split: 'test', tags: { lang: 'de' }, input: { question: { a: 1 } } }),
      exampleOf(3),
    ];
    const mapping = { input: ['question'], tags: ['lang'] };
    await place.store.datasets.insert(datasetRecord({ mapping }), batched(rows));
    await place.store.runs.insertRecorded(runRecord(), batched(rows.map(({ id }) => outcomeOf(id, 'a'))), []);
    const matrix = await read(place.store, ['r1']);
    expect([...matrix.splits]).toEqual([0, 1, 2, -1]);
    expect(matrix.tags).toEqual({ lang: ['en', null, 'de', null] });
    expect(matrix.inputs).toEqual(rows.map(({ input }) => input));
    expect([...matrix.groups]).toEqual([0, 0, 1, 2]);
    expect(matrix.groupCount).toBe(3);
  });

  test('clusters are the connected rows of equal group or equal input (against brute force)', async () => {
    await using place = await workspace();
    let n = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.option(fc.integer({ min: 0, max: 6 })), fc.integer({ min: 0, max: 12 })), {
          minLength: 1,
          maxLength: 25,
        }),
        async (shape) => {
          const hash = (n++).toString(16).padStart(64, '0');
          const rows = shape.map(([group, text], i): Example =>
            exampleOf(i, { group: group === null ? null : `g${group}`, input: { question: `q${text}` } }),
          );
          await place.store.datasets.insert(datasetRecord({ name: hash, hash }), batched(rows));
          const run = runRecord({ id: `run${hash.slice(-8)}`, datasetHash: hash });
          const outcomes: Outcome[] = rows.map(({ id }) => outcomeOf(id, 'a'));
          await place.store.runs.insertRecorded(run, batched(outcomes), []);
          const { groups, groupCount } = await read(place.store, [run.id]);
          const expected = connected(shape);
          for (let i = 0; i < rows.length; i++)
            for (let j = 0; j < rows.length; j++)
              expect(groups[i] === groups[j]).toBe(expected[i] === expected[j]);
          expect(groupCount).toBe(new Set(expected).size);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('runs over different datasets are not put together', async () => {
    await using place = await workspace();
    const { store } = place;
    await store.datasets.insert(datasetRecord(), batched(examplesOf(1)));
    await store.datasets.insert(
      datasetRecord({ name: 'other', hash: 'b'.repeat(64) }),
      batched(examplesOf(2)),
    );
    await store.runs.insertRecorded(runRecord(), batched([outcomeOf('e0', 'a')]), []);
    await store.runs.insertRecorded(
      runRecord({ id: 'r2', datasetHash: 'b'.repeat(64) }),
      batched([outcomeOf('e0', 'a')]),
      [],
    );
    await expect(read(store, ['r1', 'r2'])).rejects.toMatchObject({ code: 'input.invalid' });
  });

  test('a million outcomes become columns, each at its place', { timeout: 60_000 }, async () => {
    await using place = await workspace();
    const { store } = place;
    const n = 250_000;
    const candidates = ['a', 'b', 'c', 'd'];
    const range = async function* <T>(make: (i: number) => T): AsyncGenerator<T[]> {
      await Promise.resolve();
      for (let from = 0; from < n; from += 2048)
        yield Array.from({ length: Math.min(2048, n - from) }, (_, k) => make(from + k));
    };
    await store.datasets.insert(
      datasetRecord(),
      range((i) => exampleOf(i)),
    );
    const outcomes = async function* (): AsyncGenerator<Outcome[]> {
      for (const candidate of candidates)
        yield* range((i) =>
          outcomeOf(`e${i}`, candidate, { score: i % 2, output: i % 3 === 0 ? 'ham' : 'spam' }),
        );
    };
    await store.runs.insertRecorded(runRecord(), outcomes(), []);
    const matrix = await store.runs.matrix(['r1'], { inputs: false, canonical: canonicalAnswer });
    expect(matrix.examples).toHaveLength(n);
    expect(matrix.scores[3]![n - 1]).toBe(1);
    // Each outcome at its own place: of candidate b, say, every odd row scores.
    expect(matrix.scores[1]!.reduce((sum, score) => sum + score, 0)).toBe(n / 2);
    expect(matrix.scores[1]!.every((score, i) => score === i % 2)).toBe(true);
    expect(matrix.answers[2]!.every((code, i) => (code === matrix.answers[2]![0]) === (i % 3 === 0))).toBe(
      true,
    );
  });
});

/** Repeated relabelling until nothing changes. */
function connected(shape: [number | null, number][]): number[] {
  const label = shape.map((_, i) => i);
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 0; i < shape.length; i++) {
      for (let j = 0; j < shape.length; j++) {
        const [groupI, textI] = shape[i]!;
        const [groupJ, textJ] = shape[j]!;
        if (((groupI !== null && groupI === groupJ) || textI === textJ) && label[i]! > label[j]!) {
          label[i] = label[j]!;
          changed = true;
        }
      }
    }
  }
  return label;
}
