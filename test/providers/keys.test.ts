/** A key that was planted: looked for wherever something is said, kept or logged. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProviders, ProviderError } from '../../engine/providers/index.ts';
import { WorkbenchError } from '../../engine/api/index.ts';
import { at } from '../cli/terminal.ts';
import { scratch } from '../fixtures/scratch.ts';
import { answer, events, firstEvents, json, loopback, requestTo, type WireName, wires } from './loopback.ts';

/** Of no shape that could be recognised: only knowing it helps. */
const KEY = 'Planted.4711-key_of+no/known=shape';
const env = { OPENAI_API_KEY: KEY, ANTHROPIC_API_KEY: KEY };
const quiet = new AbortController().signal;
const keyed = { spec: { keyVariable: 'OPENAI_API_KEY' } };

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function thrownBy(attempt: Promise<unknown>): Promise<unknown> {
  const answered = Symbol('answered');
  const thrown: unknown = await attempt.then(
    () => answered,
    (reason: unknown) => reason,
  );
  expect(thrown).not.toBe(answered);
  return thrown;
}
/** All that an error could tell: its text, its trace, its fields, its causes. */
function told(thrown: unknown): string {
  const parts: string[] = [];
  for (let at = thrown; at instanceof Error; at = at.cause) {
    parts.push(String(at), at.stack ?? '', JSON.stringify(at, Object.getOwnPropertyNames(at)));
    if (at instanceof ProviderError) parts.push(JSON.stringify(at.failure));
    if (at instanceof WorkbenchError) parts.push(JSON.stringify(at.toBody()));
  }
  return parts.join('\n');
}
/** Everything written to the console or the terminal from now on. */
function listen(): () => string {
  const said: string[] = [];
  const keep = (...parts: unknown[]): boolean => said.push(parts.map(String).join(' ')) > 0;
  for (const level of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
    vi.spyOn(console, level).mockImplementation(keep);
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  return () => said.join('\n');
}

describe.each(wires)('%s', (wire: WireName) => {
  const provider = createProviders({ env }).get(wire);

  it.each([400, 401, 403, 404, 429, 500, 503])(
    'HTTP %i that quotes the key does not show it',
    async (status) => {
      vi.stubEnv('OPENAI_LOG', 'debug');
      vi.stubEnv('ANTHROPIC_LOG', 'debug');
      const logged = listen();
      await using server = await loopback((response) =>
        json(
          response,
          status,
          { error: { type: 'x', code: KEY, message: `bad: Bearer ${KEY}` } },
          { 'x-key': KEY },
        ),
      );
      const request = requestTo(wire, server.url, keyed);
      for (const thrown of [
        await thrownBy(provider.call(request, quiet)),
        await thrownBy(Array.fromAsync(provider.stream(request, quiet))),
      ]) {
        expect(thrown).toBeInstanceOf(ProviderError);
        expect(told(thrown)).toContain('[key]');
        expect(told(thrown)).not.toContain(KEY);
      }
      // The key did go out, in the one place where it belongs.
      expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
      expect(JSON.stringify(server.requests.map(({ body, path }) => [body, path]))).not.toContain(KEY);
      expect(logged()).toBe('');
    },
  );

  it('a refusal, a body and a stream event that quote the key do not show it', async () => {
    const answers: [string, (response: Parameters<typeof json>[0]) => void][] = [
      ['refusal', (r) => json(r, 200, answer(wire, { refusal: `no, ${KEY}` }))],
      ['not JSON', (r) => json(r, 200, `${KEY} is not JSON`)],
      ['other JSON', (r) => json(r, 200, { [KEY]: KEY })],
      ['HTML', (r) => json(r, 502, `<h1>${KEY}</h1>`, { 'content-type': 'text/html' })],
    ];
    for (const [name, respond] of answers) {
      await using server = await loopback(respond);
      const thrown = await thrownBy(provider.call(requestTo(wire, server.url, keyed), quiet));
      expect(told(thrown), name).not.toContain(KEY);
    }
    await using server = await loopback((response) => {
      events(response, firstEvents(wire));
      const error = { type: 'error', error: { type: KEY, message: `in the stream: ${KEY}` } };
      response.end(`event: error\ndata: ${JSON.stringify(error)}\n\n`);
    });
    const request = requestTo(wire, server.url, keyed);
    expect(told(await thrownBy(Array.fromAsync(provider.stream(request, quiet))))).not.toContain(KEY);
  });

  it('a key quoted with stars in the middle shows neither end', async () => {
    await using server = await loopback((response) =>
      json(response, 401, {
        error: { type: 'x', message: 'Incorrect key: Planted.47*****shape. Get another.' },
      }),
    );
    const thrown = await thrownBy(provider.call(requestTo(wire, server.url, keyed), quiet));
    expect(told(thrown)).toContain('Incorrect key: [key]');
    expect(told(thrown)).not.toMatch(/Planted|shape/);
  });

  it('a long message without an end costs no time to clear of keys', async () => {
    await using server = await loopback((response) =>
      json(response, 400, { error: { type: 'x', message: 'a'.repeat(4_000_000) } }),
    );
    const thrown = await thrownBy(provider.call(requestTo(wire, server.url, keyed), quiet));
    expect(thrown).toHaveProperty('failure.class', 'bad_request');
    expect(String(thrown).length).toBeLessThan(700);
  });

  it.each([
    ['a line break inside', 'Planted.4711\nkey'],
    ['a space inside', 'Planted.4711 key'],
    ['a typographic dash', 'Planted.4711–key'],
  ])('what cannot be a key (%s) is refused before it is sent, and not shown', async (_name, bad) => {
    await using server = await loopback((response) => json(response, 200, answer(wire)));
    const broken = createProviders({ env: { OPENAI_API_KEY: bad, ANTHROPIC_API_KEY: bad } }).get(wire);
    const request = requestTo(wire, server.url, keyed);
    const thrown = await thrownBy(broken.call(request, quiet));
    expect(thrown).toMatchObject({
      code: 'provider.key_missing',
      hint: expect.stringContaining('OPENAI_API_KEY'),
    });
    expect(told(thrown)).not.toContain('Planted');
    expect(() => broken.requireKey?.(request.spec)).toThrow(WorkbenchError);
    expect(server.requests).toHaveLength(0);
  });

  it('a line break at the end, as files have, is no part of the key', async () => {
    await using server = await loopback((response) => json(response, 200, answer(wire)));
    const spaced = createProviders({ env: { OPENAI_API_KEY: ` ${KEY}\n`, ANTHROPIC_API_KEY: `${KEY}\r\n` } });
    await spaced.get(wire).call(requestTo(wire, server.url, keyed), quiet);
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('headers that the environment holds for the SDK reach no server, nor replace the key', async () => {
    for (const name of ['OPENAI_CUSTOM_HEADERS', 'ANTHROPIC_CUSTOM_HEADERS'])
      vi.stubEnv(name, 'X-Corporate: secret\nAuthorization: Bearer another\nX-Api-Key: another');
    await using server = await loopback((response) => json(response, 200, answer(wire)));
    await createProviders({ env })
      .get(wire)
      .call(requestTo(wire, server.url, keyed), quiet);
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(JSON.stringify(server.requests[0]?.headers)).not.toMatch(/secret|another/);
  });

  it('a server that sends the call elsewhere gets no second server told the key or the prompt', async () => {
    await using other = await loopback((response) => json(response, 200, answer(wire)));
    await using server = await loopback((response) =>
      json(response, 307, '', { location: `${other.url}/v1/x` }),
    );
    const thrown = await thrownBy(provider.call(requestTo(wire, server.url, keyed), quiet));
    expect(thrown).toMatchObject({ failure: { class: 'bad_request', status: 307, paidUsd: 0 } });
    expect(other.requests).toEqual([]);
  });
});

it('a whole run leaves no trace of the key: not in its outcomes, nor its files, nor on the terminal', async () => {
  await using server = await loopback((response, body) => {
    const asked = JSON.stringify(body);
    if (asked.includes('fine?')) return json(response, 200, answer('openai', { text: 'yes' }));
    return json(response, 400, { error: { type: 'x', message: `no: Bearer ${KEY}` } }, { 'x-key': KEY });
  });
  await using dir = await scratch();
  const logged = listen();
  const workspace = join(dir.folder, 'w');
  const rows = await dir.file('rows.csv', 'id,question,answer\n1,fine?,yes\n2,bad?,yes\n');
  const pipeline = await dir.file(
    'p.yaml',
    `pipeline: p
version: 1
candidates:
  a: { provider: openai, model: gpt-4o-mini, baseUrl: "${server.url}/v1", maxOutputTokens: 10 }
steps:
  - id: s
    route: { by: candidate, candidates: [a] }
    generate: { prompt: "{{input.question}}" }
`,
  );
  const kneepoint = at(workspace);
  const said: string[] = [];
  for (const args of [
    ['dataset', 'import', rows, '--name', 'd', '--id', 'id', '--input', 'question', '--expected', 'answer'],
    ['run', 'start', pipeline, '--dataset', 'd'],
    ['run', 'list'],
  ]) {
    const { stdout, stderr } = await kneepoint(args, { env: { ...env } });
    said.push(stdout, stderr);
  }
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    `Bearer ${KEY}`,
    `Bearer ${KEY}`,
  ]);
  expect(said.join('\n')).toMatch(/"failed": ?1/);
  expect(said.join('\n')).not.toContain(KEY);
  expect(logged()).not.toContain(KEY);
  const files = await readdir(workspace, { recursive: true, withFileTypes: true });
  const kept = files.filter((file) => file.isFile());
  expect(kept.length).toBeGreaterThan(0);
  const bytes = Buffer.concat(
    await Promise.all(kept.map((file) => readFile(join(file.parentPath, file.name)))),
  );
  // What the server said is there; the key in it is not.
  expect(bytes.includes('no: Bearer [key]')).toBe(true);
  expect(bytes.includes(KEY)).toBe(false);
});

describe('Where a key may go', () => {
  const specOf = (provider: string, baseUrl?: string, keyVariable?: string) => ({
    provider,
    model: 'm',
    parameters: {},
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(keyVariable === undefined ? {} : { keyVariable }),
  });
  const check = (provider: string, baseUrl?: string, keyVariable?: string) => () => {
    createProviders({ env })
      .get(provider)
      .requireKey?.(specOf(provider, baseUrl, keyVariable));
  };

  it.each([
    ['openai', undefined, undefined],
    ['anthropic', undefined, undefined],
    ['openai', 'https://api.openai.com/v1', undefined],
    ['openai', 'http://127.0.0.1:4000/v1', undefined],
    ['anthropic', 'http://[::1]:4000', undefined],
    ['openai', 'https://gateway.example.com/v1', 'OPENAI_API_KEY'],
    ['openai-compatible', 'http://vllm:8000/v1', 'OPENAI_API_KEY'],
    ['openai-compatible', 'http://192.168.1.7:8000/v1', 'OPENAI_API_KEY'],
    ['openai-compatible', 'http://models.example.com/v1', undefined],
  ])('%s at %s with %s: there', (provider, baseUrl, keyVariable) => {
    expect(check(provider, baseUrl, keyVariable)).not.toThrow();
  });

  it.each([
    ['openai', 'https://gateway.example.com/v1', undefined],
    ['openai-responses', 'https://api.openai.com.example.com/v1', undefined],
    ['anthropic', 'https://localhost.example.com', undefined],
    ['openai', 'http://gateway.example.com/v1', 'OPENAI_API_KEY'],
    ['openai-compatible', 'http://8.8.8.8/v1', 'OPENAI_API_KEY'],
    ['anthropic', 'http://api.anthropic.com', undefined],
  ])('%s at %s with %s: nowhere', (provider, baseUrl, keyVariable) => {
    expect(check(provider, baseUrl, keyVariable)).toThrow(
      expect.objectContaining({ code: 'provider.key_exposed', hint: expect.any(String) }),
    );
  });
});
