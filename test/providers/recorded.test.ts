import { describe, expect, it } from 'vitest';
import {
  createProviders,
  type ModelRequest,
  type ModelSpec,
  ProviderError,
  recordedProvider,
  type RecordedAnswer,
} from '../../engine/providers/index.ts';

const quiet = new AbortController().signal;
const usage = { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 0, cacheWriteTokens: 0 };
const ask = (model: string, example?: string, more: Partial<ModelSpec> = {}): ModelRequest => ({
  spec: { provider: 'recorded', model, parameters: {}, ...more },
  messages: [{ role: 'user', content: 'x' }],
  input: {},
  ...(example === undefined ? {} : { example }),
});
const serving = (answer: RecordedAnswer) => recordedProvider(() => answer);

describe('recorded answers', () => {
  it('are looked up by example and model, and served with what was recorded', async () => {
    const asked: unknown[] = [];
    const registry = createProviders({
      env: {},
      recorded: ({ example, spec }) => {
        asked.push([example, spec.model]);
        return { text: 'spam', usage, costUsd: 0.25, latencyMs: 321, confidence: 0.5, answeredBy: 'm-2' };
      },
    });
    expect(await registry.get('recorded').call(ask('m', 'e7'), quiet)).toEqual({
      text: 'spam',
      toolCalls: [],
      usage,
      answeredBy: 'm-2',
      finish: 'stop',
      costUsd: 0.25,
      latencyMs: 321,
      confidence: 0.5,
    });
    expect(asked).toEqual([['e7', 'm']]);
  });

  it('without a recorded cost are priced by usage; without a price their cost is unknown, and not 0', async () => {
    const price = { inputPerMTok: 3, outputPerMTok: 5, nominal: true };
    const priced = await serving({ text: 'a', usage }).call(ask('m', 'e', { price }), quiet);
    expect(priced.costUsd).toBeCloseTo((1000 * 3 + 100 * 5) / 1e6, 12);
    expect((await serving({ text: 'a', usage }).call(ask('gpt-4o', 'e'), quiet)).costUsd).toBeNull();
    expect((await serving({ text: 'a' }).call(ask('m', 'e', { price }), quiet)).costUsd).toBeNull();
  });

  it('with a cost recorded as unknown keep it unknown, and 0 stays 0', async () => {
    const price = { perCallUsd: 1, nominal: true };
    expect(
      (await serving({ text: 'a', costUsd: null }).call(ask('m', 'e', { price }), quiet)).costUsd,
    ).toBeNull();
    expect((await serving({ text: 'a', costUsd: 0 }).call(ask('m', 'e', { price }), quiet)).costUsd).toBe(0);
  });

  it('stream as the text and then the same response', async () => {
    const provider = serving({ text: 'spam', usage });
    const deltas = await Array.fromAsync(provider.stream(ask('m', 'e'), quiet));
    const response = await provider.call(ask('m', 'e'), quiet);
    expect(deltas).toEqual([
      { type: 'text', text: 'spam' },
      { type: 'done', response },
    ]);
  });

  it.each([
    ['e9', 'on example e9'],
    [undefined, 'on example (none)'],
  ])(
    'that are missing (example %s) are a bad request naming model and example, for nothing',
    async (example, where) => {
      const thrown: unknown = await recordedProvider(() => null)
        .call(ask('m-9', example), quiet)
        .catch((reason: unknown) => reason);
      expect(thrown).toBeInstanceOf(ProviderError);
      expect(thrown).toMatchObject({ failure: { class: 'bad_request', paidUsd: 0 } });
      expect(String(thrown)).toContain('m-9');
      expect(String(thrown)).toContain(where);
    },
  );

  it('are not looked up for an aborted call, and a lookup is told when its call is', async () => {
    let looked = 0;
    const provider = recordedProvider((_request, signal) => {
      looked++;
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError'))),
      );
    });
    await expect(provider.call(ask('m', 'e'), AbortSignal.abort())).rejects.toHaveProperty(
      'name',
      'AbortError',
    );
    expect(looked).toBe(0);
    const controller = new AbortController();
    const calling = provider.call(ask('m', 'e'), controller.signal);
    controller.abort();
    await expect(calling).rejects.toHaveProperty('name', 'AbortError');
  });
});
