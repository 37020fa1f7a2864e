import { describe, expect, it } from 'vitest';
import { Repricing } from '../../engine/api/index.ts';
import type { ModelResponse, Usage } from '../../engine/providers/index.ts';
import { canonicalAnswer } from '../../engine/scoring/index.ts';
import { repriceMatrix } from '../../engine/services/reprice-matrix.ts';
import type { Store } from '../../engine/store/index.ts';
import { batched, datasetRecord, examplesOf } from '../runs/edge.ts';
import { outcomeOf, runRecord, workspace } from '../store/fixtures.ts';

interface Call {
  model: string;
  usage: Usage | null;
  step?: string;
  /** A failed attempt that was paid for. */
  paidUsd?: number;
}
const used = (inputTokens: number, outputTokens: number, cached = 0, written = 0): Usage => ({
  inputTokens,
  outputTokens,
  cachedInputTokens: cached,
  cacheWriteTokens: written,
});

/** One outcome with the calls the run's ledger has of it; `own` are the tokens the outcome itself states. */
async function outcome(
  store: Store,
  [example, candidate]: [string, string],
  calls: Call[],
  own: [number | null, number | null],
): Promise<void> {
  for (const [i, { model, usage, step = `s${i}`, paidUsd }] of calls.entries()) {
    const key = { run: 'r1', example, candidate, step, attempt: i + 1 };
    const requestHash = `${example}${candidate}${step}`.padEnd(64, '0');
    await store.journal.intend({ ...key, requestHash, model, estimatedCostUsd: 1, startedAt: '2026-01-01' });
    const response: ModelResponse = {
      text: 'yes',
      toolCalls: [],
      usage,
      answeredBy: model.split('/')[1]!,
      finish: 'stop',
      costUsd: 9,
      latencyMs: 1,
      confidence: null,
    };
    await store.journal.settle({
      ...key,
      requestHash,
      response: JSON.stringify(response),
      ok: paidUsd === undefined,
      costUsd: paidUsd ?? 9,
      latencyMs: 1,
    });
  }
  const [inputTokens, outputTokens] = own;
  await store.journal.outcome(outcomeOf(example, candidate, { inputTokens, outputTokens }));
}

const price = { inputPerMTok: 10, outputPerMTok: 40, cachedInputPerMTok: 1, cacheWritePerMTok: 12 };
const models = {
  'openai/one': price,
  two: { inputPerMTok: 100, outputPerMTok: 100 },
  'openai/three': { perCallUsd: 0.5 },
};

async function repriced(store: Store, prices: object) {
  await store.journal.flush();
  const matrix = await store.runs.matrix(['r1'], { inputs: false, canonical: canonicalAnswer });
  const anew = await repriceMatrix(store, matrix, Repricing.parse(prices));
  const cost = (example: string, candidate: string): number =>
    anew.matrix.costs[matrix.candidates.indexOf(candidate)]![matrix.examples.indexOf(example)]! * 1e6;
  return { ...anew, cost, recorded: matrix };
}

describe('costs anew from the ledger', () => {
  it('price each call at its model, and tokens from a cache at the cache’s price', async () => {
    await using place = await workspace();
    const { store } = place;
    await store.datasets.insert(datasetRecord(), batched(examplesOf(4)));
    await store.runs.create(runRecord({ kind: 'pipeline' }));
    await outcome(store, ['e0', 'plain'], [{ model: 'openai/one', usage: used(100, 10, 60, 20) }], [100, 10]);
    await outcome(
      store,
      ['e0', 'chain'],
      [
        { model: 'openai/one', usage: used(100, 10) },
        { model: 'openai/two', usage: used(50, 5) },
        { model: 'openai/three', usage: used(7, 1) },
      ],
      [157, 16],
    );
    const recorded = await repriced(store, { models });
    expect(recorded.cost('e0', 'plain')).toBeCloseTo(20 * 10 + 60 * 1 + 20 * 12 + 10 * 40, 6);
    expect(recorded.cost('e0', 'chain')).toBeCloseTo(1000 + 400 + 5500 + 500_000, 4);
    expect(recorded.repriced).toMatchObject({ known: 2, unknown: 0, cacheUnknown: 0, unpriced: [] });
    expect(recorded.recorded.costs[0]![0]).toBe(0.5);
    expect((await repriced(store, { models, pricing: 'uncached' })).cost('e0', 'plain')).toBeCloseTo(1400, 6);
    expect((await repriced(store, { models, pricing: 'cached' })).cost('e0', 'plain')).toBeCloseTo(500, 6);
    expect((await repriced(store, { models, pricing: 'batch' })).cost('e0', 'plain')).toBeNaN();
  });

  it('are unknown, never nothing, where usage or price is', async () => {
    await using place = await workspace();
    const { store } = place;
    await store.datasets.insert(datasetRecord(), batched(examplesOf(6)));
    await store.runs.create(runRecord({ kind: 'pipeline' }));
    const one = { model: 'openai/one', usage: used(100, 10) };
    const two = { model: 'openai/two', usage: used(50, 5) };
    await outcome(store, ['e0', 'silent'], [{ ...one, usage: null }], [null, null]);
    // The second of the two calls was answered from an earlier run: whose tokens were they?
    await outcome(store, ['e0', 'chain'], [one, two], [150, 15]);
    await outcome(store, ['e1', 'chain'], [one], [150, 15]);
    await outcome(
      store,
      ['e0', 'retried'],
      [
        { ...one, step: 's', paidUsd: 0.3 },
        { ...one, step: 's' },
      ],
      [100, 10],
    );
    await outcome(
      store,
      ['e1', 'retried'],
      [
        { ...one, step: 's', paidUsd: 0 },
        { ...one, step: 's' },
      ],
      [100, 10],
    );
    await outcome(store, ['e0', 'unlisted'], [{ model: 'openai/other', usage: used(1, 1) }], [1, 1]);
    const { cost, repriced: told } = await repriced(store, { models });
    for (const [example, candidate] of [
      ['e0', 'silent'],
      ['e1', 'chain'],
      ['e0', 'retried'],
      ['e0', 'unlisted'],
    ] as const)
      expect(cost(example, candidate)).toBeNaN();
    expect(cost('e0', 'chain')).toBeCloseTo(1000 + 400 + 5500, 6);
    expect(cost('e1', 'retried')).toBeCloseTo(1400, 6);
    expect(told).toMatchObject({ known: 2, unknown: 4, unpriced: ['silent', 'unlisted'] });
  });

  it('under the frozen table halve for batches, and know no model that it does not list', async () => {
    await using place = await workspace();
    const { store } = place;
    await store.datasets.insert(datasetRecord(), batched(examplesOf(2)));
    await store.runs.create(runRecord({ kind: 'pipeline' }));
    await outcome(store, ['e0', 'a'], [{ model: 'openai/gpt-4o', usage: used(1000, 100, 400) }], [1000, 100]);
    await outcome(store, ['e0', 'b'], [{ model: 'local/mine', usage: used(1000, 100) }], [1000, 100]);
    // openai.com/api/pricing: gpt-4o 2.50 in, 1.25 cached, 10.00 out.
    const at = async (pricing: string): Promise<number> =>
      (await repriced(store, { pricing })).cost('e0', 'a');
    expect(await at('recorded')).toBeCloseTo(600 * 2.5 + 400 * 1.25 + 100 * 10, 6);
    expect(await at('uncached')).toBeCloseTo(3500, 6);
    expect(await at('batch')).toBeCloseTo(1750, 6);
    expect((await repriced(store, {})).repriced.unpriced).toEqual(['b']);
  });
});
