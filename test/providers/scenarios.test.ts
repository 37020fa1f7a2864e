/**
 * Every provider in every situation: the official clients against a server of their wire format. The server is
 * @copilotkit/aimock, with its documented faults (`chaos`, `truncateAfterChunks`, error fixtures). It reports no cached
 * tokens, so that one column is served by the raw node:http server of loopback.ts.
 */
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createProviders,
  type ModelRequest,
  type ModelResponse,
  ProviderError,
  type ProviderFailure,
  type Usage,
} from '../../engine/providers/index.ts';
import { allEvents, answer, events, json, loopback, requestTo, type WireName, wires } from './loopback.ts';

const KEY = 'planted-key-of-no-known-shape-4711';
const providers = createProviders({ env: { OPENAI_API_KEY: KEY, ANTHROPIC_API_KEY: KEY } });
const quiet = new AbortController().signal;

/** USD per million tokens, copied by hand from the frozen table; the last as loopback.ts declares it. */
const perMTok: Record<WireName, { input: number; cached: number; written: number; output: number }> = {
  // gpt-4o-mini; writing to the cache costs what input costs.
  openai: { input: 0.15, cached: 0.075, written: 0.15, output: 0.6 },
  'openai-responses': { input: 0.15, cached: 0.075, written: 0.15, output: 0.6 },
  // claude-haiku-4-5, five-minute cache.
  anthropic: { input: 1, cached: 0.1, written: 1.25, output: 5 },
  'openai-compatible': { input: 1, cached: 0.25, written: 1.5, output: 2 },
};
function usd(
  wire: WireName,
  tokens: { plain: number; cached?: number; written?: number; output: number },
): number {
  const price = perMTok[wire];
  const { plain, cached = 0, written = 0, output } = tokens;
  return (
    (plain * price.input + cached * price.cached + written * price.written + output * price.output) / 1e6
  );
}

const told = { prompt_tokens: 1200, completion_tokens: 34, input_tokens: 1200, output_tokens: 34 };
const toldUsage: Usage = { inputTokens: 1200, outputTokens: 34, cachedInputTokens: 0, cacheWriteTokens: 0 };
const weather = {
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const schema = {
  type: 'object',
  properties: { label: { type: 'string' } },
  required: ['label'],
  additionalProperties: false,
};

const mock = new LLMock({ port: 0 });
beforeAll(async () => {
  mock.onMessage('hello', { content: 'Hello to you, and a fine day.', usage: told });
  mock.onMessage('weather', {
    toolCalls: [{ name: 'get_weather', arguments: '{"city":"Kyiv"}', id: 'call_9' }],
    usage: told,
  });
  mock.onMessage('classify', { content: '{"label":"spam"}', usage: told });
  mock.onMessage('too fast', {
    error: { message: 'slow down', type: 'rate_limit_error' },
    status: 429,
    retryAfter: 3,
  });
  mock.onMessage('break', { error: { message: 'broken', type: 'server_error' }, status: 500 });
  const long = { content: 'a long answer that is cut off in the middle of it', usage: told };
  mock.onMessage('cut', long, { truncateAfterChunks: 2, chunkSize: 5, latency: 20 });
  mock.onMessage('garble', long, { chaos: { malformedRate: 1 } });
  mock.onMessage('wait', long, { chaos: { latencyMs: 30_000 } });
  await mock.start();
});
afterAll(() => mock.stop());

const ask = (wire: WireName, content: string, more: Parameters<typeof requestTo>[2] = {}): ModelRequest =>
  requestTo(wire, mock.url, { messages: [{ role: 'user', content }], ...more });

const call = (request: ModelRequest, signal = quiet): Promise<ModelResponse> =>
  providers.get(request.spec.provider).call(request, signal);

interface Streamed {
  texts: string[];
  response: ModelResponse;
}
async function stream(request: ModelRequest, signal = quiet): Promise<Streamed> {
  const deltas = await Array.fromAsync(providers.get(request.spec.provider).stream(request, signal));
  const last = deltas.at(-1);
  if (last?.type !== 'done') throw new Error('the stream did not end with its response');
  return {
    texts: deltas.flatMap((delta) => (delta.type === 'text' ? [delta.text] : [])),
    response: last.response,
  };
}

async function thrownBy(attempt: Promise<unknown>): Promise<unknown> {
  const answered = Symbol('answered');
  const thrown: unknown = await attempt.then(
    () => answered,
    (reason: unknown) => reason,
  );
  expect(thrown).not.toBe(answered);
  return thrown;
}
async function failureOf(attempt: Promise<unknown>): Promise<ProviderFailure> {
  const thrown = await thrownBy(attempt);
  if (!(thrown instanceof ProviderError)) throw thrown;
  expect(`${JSON.stringify(thrown.failure)} ${thrown.stack}`).not.toContain(KEY);
  return thrown.failure;
}
const both = async (request: ModelRequest): Promise<ProviderFailure[]> => [
  await failureOf(call(request)),
  await failureOf(stream(request)),
];

const paths: Record<WireName, string> = {
  openai: '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  anthropic: '/v1/messages',
  'openai-compatible': '/v1/chat/completions',
};

type Scenario = (wire: WireName) => Promise<void>;
const scenarios: Record<string, Scenario> = {
  'a plain call is answered through the official client, and costs usage times price': async (wire) => {
    const response = await call(ask(wire, 'hello'));
    expect(response).toMatchObject({ text: 'Hello to you, and a fine day.', finish: 'stop', toolCalls: [] });
    expect(response.usage).toEqual(toldUsage);
    expect(response.costUsd).toBeCloseTo(usd(wire, { plain: 1200, output: 34 }), 12);
    expect(response.latencyMs).toBeGreaterThan(0);
    const sent = mock.getLastRequest();
    expect(sent?.path).toBe(paths[wire]);
    expect(sent?.headers['user-agent']).toMatch(wire === 'anthropic' ? /^Anthropic\/JS/ : /^OpenAI\/JS/);
  },

  'a streamed call comes in parts and ends in the same answer, usage and cost': async (wire) => {
    const { texts, response } = await stream(ask(wire, 'hello'));
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.join('')).toBe('Hello to you, and a fine day.');
    expect(response).toMatchObject({ text: texts.join(''), finish: 'stop', usage: toldUsage });
    expect(response.costUsd).toBeCloseTo(usd(wire, { plain: 1200, output: 34 }), 12);
  },

  'a tool call has its id, name and arguments, plain and streamed, and its cost': async (wire) => {
    const request = ask(wire, 'weather', { tools: [weather] });
    for (const response of [await call(request), (await stream(request)).response]) {
      expect(response.toolCalls).toEqual([
        { id: 'call_9', name: 'get_weather', arguments: { city: 'Kyiv' } },
      ]);
      expect(response.finish).toBe('tool');
      expect(response.costUsd).toBeCloseTo(usd(wire, { plain: 1200, output: 34 }), 12);
    }
  },

  'JSON output is asked for with its schema and comes as JSON, plain and streamed': async (wire) => {
    const request = ask(wire, 'classify', { output: schema });
    for (const response of [await call(request), (await stream(request)).response]) {
      expect(JSON.parse(response.text)).toEqual({ label: 'spam' });
      expect(response.costUsd).toBeCloseTo(usd(wire, { plain: 1200, output: 34 }), 12);
    }
  },

  'cached tokens are a part of the input, and each kind is charged at its own price': async (wire) => {
    // Anthropic counts what the cache held beside the input, the others within it.
    const apart = wire === 'anthropic';
    const counts = { input: apart ? 200 : 1000, cached: 700, written: 100, output: 40 };
    await using server = await loopback((response, body) => {
      if (!JSON.stringify(body).includes('"stream":true')) return json(response, 200, answer(wire, counts));
      events(response, allEvents(wire, counts));
      return void response.end(apart || wire === 'openai-responses' ? '' : 'data: [DONE]\n\n');
    });
    const request = requestTo(wire, server.url);
    for (const response of [await call(request), (await stream(request)).response]) {
      expect(response.text).toBe('Hi.');
      expect(response.usage).toEqual({
        inputTokens: 1000,
        cachedInputTokens: 700,
        cacheWriteTokens: 100,
        outputTokens: 40,
      });
      const expected = usd(wire, { plain: 200, cached: 700, written: 100, output: 40 });
      expect(response.costUsd).toBeCloseTo(expected, 12);
    }
  },

  '429 is rate_limited with its Retry-After, tried once, and cost nothing': async (wire) => {
    const before = mock.getRequests().length;
    for (const failure of await both(ask(wire, 'too fast'))) {
      expect(failure).toMatchObject({ class: 'rate_limited', status: 429, retryAfterMs: 3000, paidUsd: 0 });
    }
    expect(mock.getRequests()).toHaveLength(before + 2);
  },

  '500 is a server_error, tried once, whose cost is unknown': async (wire) => {
    const before = mock.getRequests().length;
    for (const failure of await both(ask(wire, 'break'))) {
      expect(failure).toMatchObject({
        class: 'server_error',
        status: 500,
        retryAfterMs: null,
        paidUsd: null,
      });
    }
    expect(mock.getRequests()).toHaveLength(before + 2);
  },

  'a cut stream is a stream_cut, never an answer, and its cost is unknown': async (wire) => {
    const request = ask(wire, 'cut');
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const delta of providers.get(wire).stream(request, quiet)) seen.push(delta.type);
    };
    expect(await failureOf(reading())).toMatchObject({ class: 'stream_cut', paidUsd: null });
    expect(seen).not.toContain('done');
  },

  'an answer that is not JSON is malformed, and its cost is unknown': async (wire) => {
    const failure = await failureOf(call(ask(wire, 'garble')));
    expect(failure).toMatchObject({ class: 'malformed', paidUsd: null });
    // A stream without one readable event never was an answer.
    const streamed = await failureOf(stream(ask(wire, 'garble')));
    expect(['malformed', 'stream_cut']).toContain(streamed.class);
    expect(streamed.paidUsd).toBeNull();
  },

  'a server that does not answer in time is a timeout, and its cost is unknown': async (wire) => {
    for (const failure of await both(ask(wire, 'wait', { spec: { timeoutMs: 60 } }))) {
      expect(failure).toMatchObject({ class: 'timeout', status: null, paidUsd: null });
      expect(failure.message).toContain('60 ms');
    }
  },

  'an aborted call is an AbortError: no failure of the provider, and nothing said of its cost': async (
    wire,
  ) => {
    for (const attempt of [call, stream]) {
      const controller = new AbortController();
      const attempted = thrownBy(attempt(ask(wire, 'wait'), controller.signal));
      setTimeout(() => controller.abort(), 30);
      const thrown = await attempted;
      expect(thrown).toHaveProperty('name', 'AbortError');
      expect(thrown).not.toBeInstanceOf(ProviderError);
      expect(thrown).not.toHaveProperty('failure');
    }
    const requests = mock.getRequests().length;
    expect(await thrownBy(call(ask(wire, 'hello'), AbortSignal.abort()))).toHaveProperty(
      'name',
      'AbortError',
    );
    expect(mock.getRequests()).toHaveLength(requests);
  },
};

describe.each(wires)('%s', (wire) => {
  it.each(Object.entries(scenarios))('%s', (_name, scenario) => scenario(wire));
});
