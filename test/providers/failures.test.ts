import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { FailureClass } from '../../engine/api/index.ts';
import { createProviders, ProviderError, type ProviderFailure } from '../../engine/providers/index.ts';
import { answer, events, firstEvents, json, loopback, requestTo, type WireName, wires } from './loopback.ts';

const KEY = 'sk-secret-0123456789';
const NOW = Date.parse('2026-11-23T12:00:00Z');
const env = { OPENAI_API_KEY: KEY, ANTHROPIC_API_KEY: KEY };
const providers = createProviders({ env, wallClock: () => NOW });
const quiet = new AbortController().signal;

interface Fault {
  name: string;
  answer: (response: ServerResponse, wire: WireName) => void;
  class: FailureClass;
  status?: number | null;
  retryAfterMs?: number;
  paidUsd?: number | null;
  /** Where it cannot happen. */
  not?: WireName[];
}
const error = (message: string, more: object = {}): object => ({ error: { message, type: 'x', ...more } });

const faults: Fault[] = [
  {
    name: '429 with Retry-After in seconds',
    answer: (r) => json(r, 429, error('slow down'), { 'retry-after': '7' }),
    class: 'rate_limited',
    status: 429,
    retryAfterMs: 7000,
    paidUsd: 0,
  },
  {
    name: '429 with Retry-After as a date',
    answer: (r) => json(r, 429, error('slow down'), { 'retry-after': 'Mon, 23 Nov 2026 12:00:30 GMT' }),
    class: 'rate_limited',
    retryAfterMs: 30_000,
  },
  {
    name: '429 with retry-after-ms, which is finer',
    answer: (r) => json(r, 429, error('slow down'), { 'retry-after': '1', 'retry-after-ms': '250' }),
    class: 'rate_limited',
    retryAfterMs: 250,
  },
  {
    name: '429 of a spent account',
    answer: (r) => json(r, 429, error('You exceeded your current quota', { code: 'insufficient_quota' })),
    class: 'auth',
    paidUsd: 0,
  },
  { name: '500', answer: (r) => json(r, 500, error('oops')), class: 'server_error', status: 500 },
  {
    name: '502 with an HTML page',
    answer: (r) => json(r, 502, '<html>', { 'content-type': 'text/html' }),
    class: 'server_error',
  },
  {
    name: '503',
    answer: (r) => json(r, 503, error('busy'), { 'retry-after': '2' }),
    class: 'overloaded',
    retryAfterMs: 2000,
  },
  { name: '529', answer: (r) => json(r, 529, error('Overloaded')), class: 'overloaded', paidUsd: 0 },
  {
    name: '401',
    answer: (r) => json(r, 401, error(`Incorrect API key provided: ${KEY}`)),
    class: 'auth',
    status: 401,
    paidUsd: 0,
  },
  {
    name: '401 that quotes part of the key',
    answer: (r) => json(r, 401, error('Bad key: sk-sec*****6789')),
    class: 'auth',
  },
  { name: '403', answer: (r) => json(r, 403, error('not your region')), class: 'auth' },
  {
    name: '404',
    answer: (r) => json(r, 404, error('no such model')),
    class: 'bad_request',
    status: 404,
    paidUsd: 0,
  },
  { name: '400', answer: (r) => json(r, 400, error('temperature is too hot')), class: 'bad_request' },
  {
    name: '400 with the context overflow code',
    answer: (r) => json(r, 400, error('too much', { code: 'context_length_exceeded' })),
    class: 'context_overflow',
    paidUsd: 0,
  },
  {
    name: '400 with the context overflow in words',
    answer: (r) => json(r, 400, error('prompt is too long: 210000 tokens > 200000 maximum')),
    class: 'context_overflow',
  },
  {
    name: '400 by the content policy',
    answer: (r) => json(r, 400, error('no', { code: 'content_policy_violation' })),
    class: 'refused',
  },
  { name: 'a closed connection', answer: (r) => void r.socket?.destroy(), class: 'connection', status: null },
];
const callFaults: Fault[] = [
  { name: 'an invalid JSON body', answer: (r) => json(r, 200, '{"id": "x", '), class: 'malformed' },
  {
    name: 'an HTML page with status 200',
    answer: (r) => json(r, 200, '<html>', { 'content-type': 'text/html' }),
    class: 'malformed',
  },
  { name: 'JSON of another form', answer: (r) => json(r, 200, { choices: 'none' }), class: 'malformed' },
  { name: 'JSON null', answer: (r) => json(r, 200, 'null'), class: 'malformed' },
  { name: 'an empty answer', answer: (r, wire) => json(r, 200, answer(wire, { text: '' })), class: 'empty' },
  {
    name: 'a limit spent before any text',
    answer: (r, wire) => json(r, 200, answer(wire, { text: '', finish: 'length' })),
    class: 'empty',
  },
  {
    name: 'a refusal',
    answer: (r, wire) => json(r, 200, answer(wire, { refusal: 'I cannot.' })),
    class: 'refused',
  },
  {
    name: 'a filtered answer',
    answer: (r, wire) => json(r, 200, answer(wire, { finish: 'content_filter' })),
    class: 'refused',
    not: ['anthropic'],
  },
];
const streamFaults: Fault[] = [
  {
    name: 'a stream that ends in the middle',
    answer: (r, wire) => {
      events(r, firstEvents(wire));
      r.end();
    },
    class: 'stream_cut',
  },
  {
    name: 'a stream whose socket is destroyed',
    answer: (r, wire) => {
      events(r, firstEvents(wire));
      setTimeout(() => r.socket?.destroy(), 20);
    },
    class: 'stream_cut',
  },
  {
    name: 'a stream event that is not JSON',
    answer: (r, wire) => {
      events(r, firstEvents(wire));
      const event = wire === 'anthropic' ? 'event: content_block_delta\n' : '';
      r.end(`${event}data: {"choices": [\n\n`);
    },
    class: 'malformed',
  },
  {
    name: 'an overload reported inside the stream',
    answer: (r, wire) => {
      events(r, firstEvents(wire));
      const body = {
        type: 'error',
        error: { type: 'overloaded_error', code: 'overloaded_error', message: 'Overloaded' },
      };
      r.end(`event: error\ndata: ${JSON.stringify(body)}\n\n`);
    },
    class: 'overloaded',
    // What had come by then may be charged.
    paidUsd: null,
  },
];

async function failureOf(attempt: () => Promise<unknown>): Promise<ProviderFailure> {
  const thrown: unknown = await attempt().then(
    (response) => {
      throw new Error(`expected a failure, got ${JSON.stringify(response)}`);
    },
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof ProviderError)) throw thrown;
  expect(JSON.stringify(thrown.failure)).not.toMatch(/sk-sec/);
  expect(`${thrown.stack} ${JSON.stringify(thrown.cause)}`).not.toMatch(/sk-sec/);
  return thrown.failure;
}
async function readStream(wire: WireName, url: string): Promise<string> {
  let text = '';
  for await (const delta of providers.get(wire).stream(requestTo(wire, url), quiet)) {
    if (delta.type === 'text') text += delta.text;
  }
  return text;
}

function expectFailure(failure: ProviderFailure, fault: Fault): void {
  expect(failure.class).toBe(fault.class);
  if (fault.status !== undefined) expect(failure.status).toBe(fault.status);
  expect(failure.retryAfterMs).toBe(fault.retryAfterMs ?? null);
  if (fault.paidUsd !== undefined) expect(failure.paidUsd).toBe(fault.paidUsd);
}

describe.each(wires)('%s', (wire) => {
  // A server without a key names its variable here, so that the key could leak if it were let.
  const keyed = { spec: wire === 'openai-compatible' ? { keyVariable: 'OPENAI_API_KEY' } : {} };

  it.each([...faults, ...callFaults].filter((fault) => !fault.not?.includes(wire)))(
    'a call answered by $name is $class, tried once',
    async (fault) => {
      await using server = await loopback((response) => fault.answer(response, wire));
      const failure = await failureOf(() =>
        providers.get(wire).call(requestTo(wire, server.url, keyed), quiet),
      );
      expectFailure(failure, fault);
      expect(server.requests).toHaveLength(1);
    },
  );

  it.each([...faults, ...streamFaults])('a stream answered by $name is $class, tried once', async (fault) => {
    await using server = await loopback((response) => fault.answer(response, wire));
    expectFailure(await failureOf(() => readStream(wire, server.url)), fault);
    expect(server.requests).toHaveLength(1);
  });

  it('what a refused or empty answer cost is reported as paid', async () => {
    await using server = await loopback((response) =>
      json(response, 200, answer(wire, { refusal: 'I cannot.' })),
    );
    const failure = await failureOf(() => providers.get(wire).call(requestTo(wire, server.url), quiet));
    expect(failure.paidUsd).toBeGreaterThan(0);
  });

  it('silence beyond the time limit is a timeout, and the request is let go', async () => {
    await using server = await loopback(() => {});
    const request = requestTo(wire, server.url, { spec: { timeoutMs: 60 } });
    const failure = await failureOf(() => providers.get(wire).call(request, quiet));
    expect(failure).toMatchObject({ class: 'timeout', paidUsd: null });
    await server.abandoned;
  });

  it.each([2 ** 31, 5e9])(
    'a time limit longer than a timer holds (%d ms) does not end at once',
    async (timeoutMs) => {
      await using server = await loopback((response) => {
        setTimeout(() => json(response, 200, answer(wire)), 20);
      });
      const request = requestTo(wire, server.url, { spec: { timeoutMs } });
      expect(await providers.get(wire).call(request, quiet)).toMatchObject({ text: 'Hi.' });
    },
  );

  it('a stream that falls silent is a timeout', async () => {
    await using server = await loopback((response) => events(response, firstEvents(wire)));
    const stream = providers
      .get(wire)
      .stream(requestTo(wire, server.url, { spec: { timeoutMs: 100 } }), quiet);
    const failure = await failureOf(() => Array.fromAsync(stream));
    expect(failure.class).toBe('timeout');
    await server.abandoned;
  });

  it('an aborted call throws AbortError at once and lets the request go', async () => {
    const controller = new AbortController();
    await using server = await loopback(() => controller.abort());
    const thrown: unknown = await providers
      .get(wire)
      .call(requestTo(wire, server.url), controller.signal)
      .catch((reason: unknown) => reason);
    expect(thrown).toHaveProperty('name', 'AbortError');
    await server.abandoned;
  });

  it('an aborted stream throws AbortError', async () => {
    const controller = new AbortController();
    await using server = await loopback((response) => events(response, firstEvents(wire)));
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const delta of providers.get(wire).stream(requestTo(wire, server.url), controller.signal)) {
        seen.push(delta.type);
        controller.abort();
      }
    };
    await expect(reading()).rejects.toHaveProperty('name', 'AbortError');
    expect(seen).toEqual(['text']);
    await server.abandoned;
  });

  it('a consumer that stops reading lets the request go', async () => {
    await using server = await loopback((response) => events(response, firstEvents(wire)));
    for await (const delta of providers.get(wire).stream(requestTo(wire, server.url), quiet)) {
      expect(delta.type).toBe('text');
      break;
    }
    await server.abandoned;
  });

  it('a server that is not there is a connection failure that cost nothing', async () => {
    const server = await loopback(() => {});
    await server[Symbol.asyncDispose]();
    const failure = await failureOf(() => providers.get(wire).call(requestTo(wire, server.url), quiet));
    expect(failure).toMatchObject({ class: 'connection', paidUsd: 0 });
    expect(failure.message).toContain('ECONNREFUSED');
  });
});

it('a response that failed within its body, with status 200, has an unknown cost', async () => {
  await using server = await loopback((response) =>
    json(response, 200, {
      ...answer('openai-responses'),
      status: 'failed',
      error: { code: 'rate_limit_exceeded', message: 'too many' },
    }),
  );
  const request = requestTo('openai-responses', server.url);
  const failure = await failureOf(() => providers.get('openai-responses').call(request, quiet));
  expect(failure).toMatchObject({ class: 'rate_limited', status: null, paidUsd: null });
});

describe('keys', () => {
  const without = createProviders({ env: {} });

  it.each([
    ['openai', 'OPENAI_API_KEY'],
    ['openai-responses', 'OPENAI_API_KEY'],
    ['anthropic', 'ANTHROPIC_API_KEY'],
  ] as const)('%s without a key names the variable and sends nothing', async (wire, variable) => {
    await using server = await loopback((response) => json(response, 200, answer(wire)));
    await expect(without.get(wire).call(requestTo(wire, server.url), quiet)).rejects.toMatchObject({
      code: 'provider.key_missing',
      details: { variable },
    });
    expect(server.requests).toHaveLength(0);
  });

  it('a compatible server gets no key unless the spec names its variable', async () => {
    await using server = await loopback((response) => json(response, 200, answer('openai-compatible')));
    const provider = providers.get('openai-compatible');
    await provider.call(requestTo('openai-compatible', server.url), quiet);
    await provider.call(
      requestTo('openai-compatible', server.url, { spec: { keyVariable: 'OPENAI_API_KEY' } }),
      quiet,
    );
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, `Bearer ${KEY}`]);
  });

  it('the key store is asked before the environment', async () => {
    await using server = await loopback((response) => json(response, 200, answer('anthropic')));
    const stored = createProviders({
      env,
      secrets: (variable) => (variable === 'ANTHROPIC_API_KEY' ? 'from-store' : null),
    });
    await stored.get('anthropic').call(requestTo('anthropic', server.url), quiet);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer from-store');
  });
});
