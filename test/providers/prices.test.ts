import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  costUsd,
  type ModelSpec,
  PRICE_TABLE_DATE,
  type PriceSpec,
  priceOf,
  priceTableSha256,
  type Usage,
  worstCaseUsd,
} from '../../engine/providers/index.ts';
import { answer, json, loopback, requestTo } from './loopback.ts';
import { createProviders } from '../../engine/providers/index.ts';

const specOf = (provider: string, model: string, price?: PriceSpec): ModelSpec => ({
  provider,
  model,
  parameters: {},
  ...(price === undefined ? {} : { price }),
});
const usageOf = (more: Partial<Usage> = {}): Usage => ({
  inputTokens: 1000,
  outputTokens: 100,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  ...more,
});

describe('the frozen price table', () => {
  it('is the one these figures were checked against: a new one needs a new date', () => {
    expect([PRICE_TABLE_DATE, priceTableSha256()]).toEqual([
      '2026-09-23',
      '6b09e885b8ec78379e7f491ac9c391a4750c4ffa126bb2f6a29034fd02bae2c0',
    ]);
  });

  // USD per million tokens: input, cached input, cache write, output.
  it.each([
    ['openai', 'gpt-4o-mini', 0.15, 0.075, 0.15, 0.6],
    ['openai-responses', 'gpt-4o-mini-2024-07-18', 0.15, 0.075, 0.15, 0.6],
    ['openai', 'gpt-4o', 2.5, 1.25, 2.5, 10],
    ['openai', 'GPT-4.1', 2, 0.5, 2, 8],
    ['anthropic', 'claude-haiku-4-5', 1, 0.1, 1.25, 5],
    ['anthropic', 'claude-haiku-4-5-20251001', 1, 0.1, 1.25, 5],
    ['anthropic', 'claude-opus-4-5', 5, 0.5, 6.25, 25],
  ])('%s/%s', (provider, model, input, cached, written, output) => {
    expect(priceOf(specOf(provider, model))).toEqual({
      inputPerMTok: input,
      cachedInputPerMTok: cached,
      cacheWritePerMTok: written,
      outputPerMTok: output,
      nominal: false,
    });
  });

  it('has the price of the day: o3 fell from 10 and 40 to 2 and 8 on 10 June 2025', () => {
    const spec = specOf('openai', 'o3');
    const at = (day: string): number | null => costUsd(spec, usageOf(), new Date(`${day}T12:00:00Z`));
    expect(at('2025-06-09')).toBeCloseTo((1000 * 10 + 100 * 40) / 1e6, 12);
    expect(at('2025-06-11')).toBeCloseTo((1000 * 2 + 100 * 8) / 1e6, 12);
  });

  it('charges a prompt above a tier wholly at that tier, cached tokens and answer too', () => {
    const spec = specOf('anthropic', 'claude-sonnet-4-5');
    const cost = (inputTokens: number): number | null =>
      costUsd(spec, usageOf({ inputTokens, cachedInputTokens: 50_000, cacheWriteTokens: 10_000 }));
    expect(cost(200_000)).toBeCloseTo((140_000 * 3 + 50_000 * 0.3 + 10_000 * 3.75 + 100 * 15) / 1e6, 12);
    expect(cost(200_001)).toBeCloseTo((140_001 * 6 + 50_000 * 0.6 + 10_000 * 7.5 + 100 * 22.5) / 1e6, 12);
  });
});

describe('an unknown cost is null, and not 0', () => {
  it.each([
    ['a model the table does not list', specOf('openai', 'gpt-99'), usageOf()],
    ['a listed name on a server of another provider', specOf('openai-compatible', 'gpt-4o'), usageOf()],
    [
      'a provider that is no table but a property of every object',
      specOf('constructor', 'gpt-4o'),
      usageOf(),
    ],
    ['a local model without a declared price', specOf('local', 'naive-bayes'), usageOf()],
    ['no usage reported', specOf('openai', 'gpt-4o'), null],
    ['a declared input price alone', specOf('local', 'x', { inputPerMTok: 1, nominal: true }), usageOf()],
    ['a declared output price alone', specOf('local', 'x', { outputPerMTok: 1, nominal: true }), usageOf()],
    ['a declaration without any price', specOf('openai', 'gpt-4o', { nominal: true }), usageOf()],
  ])('%s', (_name, spec, usage) => {
    expect(costUsd(spec, usage)).toBeNull();
  });

  it('but a declared price of 0 is 0', () => {
    const free = { inputPerMTok: 0, outputPerMTok: 0, nominal: false };
    expect(costUsd(specOf('openai-compatible', 'llama', free), usageOf())).toBe(0);
  });
});

describe('a declared price', () => {
  it('overrides the table, and says whether it is nominal', () => {
    const price = { inputPerMTok: 7, outputPerMTok: 9, nominal: true };
    const spec = specOf('openai', 'gpt-4o', price);
    expect(priceOf(spec)).toEqual(price);
    expect(costUsd(spec, usageOf())).toBeCloseTo((1000 * 7 + 100 * 9) / 1e6, 12);
    expect(priceOf(specOf('openai', 'gpt-4o'))?.nominal).toBe(false);
  });

  it('per call needs no usage, and adds to one per token', () => {
    expect(costUsd(specOf('local', 'x', { perCallUsd: 0.002, nominal: true }), null)).toBe(0.002);
    const mixed = specOf('local', 'x', { inputPerMTok: 1, outputPerMTok: 2, perCallUsd: 0.5, nominal: true });
    expect(costUsd(mixed, usageOf())).toBeCloseTo(0.5 + (1000 + 200) / 1e6, 12);
    expect(costUsd(mixed, null)).toBeNull();
  });

  it('without a cache price charges cached tokens as input', () => {
    const spec = specOf('local', 'x', { inputPerMTok: 3, outputPerMTok: 1, nominal: true });
    const usage = usageOf({ cachedInputTokens: 400, cacheWriteTokens: 100 });
    expect(costUsd(spec, usage)).toBeCloseTo((1000 * 3 + 100) / 1e6, 12);
  });
});

const tokens = fc.integer({ min: 0, max: 100_000 });
describe('the worst case', () => {
  it('is never below what an answer within the limit costs, whatever was cached', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(['openai', 'gpt-4o-mini'], ['openai', 'o3'], ['anthropic', 'claude-sonnet-4-5']),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.record({ output: tokens, cached: fc.nat(1000), written: fc.nat(1000) }),
        ([provider = '', model = ''], content, { output, cached, written }) => {
          const spec = { ...specOf(provider, model), maxOutputTokens: 100_000 };
          const worst = worstCaseUsd({ spec, messages: [{ role: 'user', content }], input: {} });
          // No tokenizer gives more tokens than there are bytes.
          const inputTokens = Buffer.byteLength(content);
          const cachedInputTokens = Math.floor((inputTokens * cached) / 2000);
          const cacheWriteTokens = Math.floor((inputTokens * written) / 2000);
          const cost = costUsd(spec, {
            inputTokens,
            outputTokens: output,
            cachedInputTokens,
            cacheWriteTokens,
          });
          expect(worst).toBeGreaterThanOrEqual(cost ?? Number.POSITIVE_INFINITY);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['maxOutputTokens', { maxOutputTokens: 50 }, 50],
    ['a limit among the parameters', { parameters: { max_completion_tokens: 70 } }, 70],
    ['the larger of two', { maxOutputTokens: 50, parameters: { max_tokens: 70 } }, 70],
    ['three answers', { maxOutputTokens: 50, parameters: { n: 3 } }, 150],
    ['the whole context without a limit', {}, 128_000],
  ])('bounds the answer by %s', (_name, more, outputTokens) => {
    const worst = (spec: ModelSpec): number =>
      worstCaseUsd({ spec, messages: [{ role: 'user', content: 'hello' }], input: {} }) ?? Number.NaN;
    const bounded = worst({ ...specOf('openai', 'gpt-4o-mini'), ...more });
    const silent = worst({ ...specOf('openai', 'gpt-4o-mini'), maxOutputTokens: 0 });
    expect(bounded - silent).toBeCloseTo((outputTokens * 0.6) / 1e6, 12);
  });

  it('is null where the price or the length of the answer is not known', () => {
    const request = { messages: [{ role: 'user' as const, content: 'hello' }], input: {} };
    expect(worstCaseUsd({ ...request, spec: specOf('openai', 'gpt-99') })).toBeNull();
    const own = specOf('openai-compatible', 'llama', { inputPerMTok: 1, outputPerMTok: 1, nominal: false });
    expect(worstCaseUsd({ ...request, spec: own })).toBeNull();
    expect(worstCaseUsd({ ...request, spec: { ...own, maxOutputTokens: 10 } })).toBeGreaterThan(0);
  });
});

describe('what a provider reports', () => {
  const providers = createProviders({ env: { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' } });
  const costOf = async (
    wire: 'openai' | 'openai-responses' | 'anthropic',
    body: Record<string, unknown>,
    model?: string,
  ): Promise<number | null> => {
    await using server = await loopback((response) => json(response, 200, body));
    const request = requestTo(wire, server.url, model === undefined ? {} : { spec: { model } });
    return (await providers.get(wire).call(request, new AbortController().signal)).costUsd;
  };

  it.each([
    ['fewer than no tokens', { input: -1_000_000 }],
    ['a negative answer', { output: -5 }],
    ['more cached than read', { input: 10, cached: 11 }],
    ['half a token', { output: 0.5 }],
    ['more tokens than a number holds', { output: 2 ** 60 }],
  ])('%s is no usage, and never a cost below 0', async (_name, counts) => {
    expect(await costOf('openai', answer('openai', counts))).toBeNull();
    expect(await costOf('openai-responses', answer('openai-responses', counts))).toBeNull();
    if (!('cached' in counts)) expect(await costOf('anthropic', answer('anthropic', counts))).toBeNull();
  });

  it('a model that only begins like the one asked for has no known price; its snapshot has', async () => {
    const answered = (model: string): Record<string, unknown> =>
      answer('openai', { model, input: 1000, output: 0 });
    expect(await costOf('openai', answered('gpt-4o-mini-2031-01-01'))).toBeCloseTo(0.15 / 1000, 12);
    expect(await costOf('openai', answered('gpt-4o-mini-ultra'))).toBeNull();
    expect(await costOf('openai', answered('gpt-4o-mini2'))).toBeNull();
  });

  it('searches that the provider ran are charged apart, so the cost is not known', async () => {
    const whole = answer('anthropic');
    const searched = { ...(whole['usage'] as object), server_tool_use: { web_search_requests: 2 } };
    expect(await costOf('anthropic', { ...whole, usage: searched })).toBeNull();
    const none = { ...(whole['usage'] as object), server_tool_use: { web_search_requests: 0 } };
    expect(await costOf('anthropic', { ...whole, usage: none })).toBeGreaterThan(0);
    const { output, ...rest } = answer('openai-responses');
    const withSearch = { ...rest, output: [{ type: 'web_search_call' }, ...(output as unknown[])] };
    expect(await costOf('openai-responses', withSearch)).toBeNull();
  });

  it('a one-hour cache write has a price of its own, so the cost is not known', async () => {
    const whole = answer('anthropic', { written: 100 });
    const usage = { ...(whole['usage'] as object), cache_creation: { ephemeral_1h_input_tokens: 100 } };
    expect(await costOf('anthropic', { ...whole, usage })).toBeNull();
  });
});
