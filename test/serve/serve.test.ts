/** The browser door against everything that is not the one page it was opened for. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connect, SOCKET_PROTOCOL, socketEndpoint } from '../../engine/transport/index.ts';
import { decodeMessage, encodeMessage } from '../../engine/transport/codec.ts';
import { startServer } from '../../main/serve/index.ts';
import { failure } from '../contract/failure.ts';
import { noting } from '../contract/noting-api.ts';

let folder = '';
let calls: string[] = [];
let server: Awaited<ReturnType<typeof startServer>>;
let origin = '';
let token = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kneepoint-serve-'));
  await mkdir(join(folder, 'renderer/assets'), { recursive: true });
  await writeFile(join(folder, 'renderer/index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(folder, 'renderer/assets/a.js'), 'export {};');
  await writeFile(join(folder, 'secret.js'), 'outside');
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  calls = [];
  server = await startServer({ api: noting(calls), rendererFolder: join(folder, 'renderer'), port: 0 });
  const url = new URL(server.url);
  origin = url.origin;
  token = url.hash.replace('#token=', '');
});
afterEach(() => server.close());

interface Got {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}
/** By hand rather than by fetch, which would tidy paths and forbid headers. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const sent = request(
      { hostname, port, path, method: options.method ?? 'GET', headers: options.headers },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}
const exchange = (body: unknown, headers: Record<string, string> = {}): Promise<Got> =>
  ask('/session', {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
async function secretOf(): Promise<string> {
  const parsed: unknown = JSON.parse((await exchange({ token })).body);
  if (typeof parsed !== 'object' || parsed === null || !('secret' in parsed)) throw new Error('no secret');
  return String(parsed.secret);
}
/** `open`, or the status that answered the upgrade. */
function dial(
  secret: string,
  options: { origin?: string; host?: string; path?: string; protocols?: string[] } = {},
): Promise<{ socket: WebSocket; result: string }> {
  const socket = new WebSocket(
    `${origin.replace('http', 'ws')}${options.path ?? '/engine'}`,
    options.protocols ?? [SOCKET_PROTOCOL, secret],
    {
      origin: options.origin ?? origin,
      ...(options.host === undefined ? {} : { headers: { host: options.host } }),
    },
  );
  return new Promise((resolve) => {
    socket.on('open', () => resolve({ socket, result: 'open' }));
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve({ socket, result: String(response.statusCode) });
    });
    socket.on('error', (error) => resolve({ socket, result: error.message }));
  });
}
const closeCode = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', (code) => resolve(code)));

describe('the page', () => {
  it('comes with headers that keep everything else out', async () => {
    const page = await ask('/');
    expect(page.status).toBe(200);
    expect(page.body).toContain('<title>page');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain(`connect-src 'self' ${origin.replace('http', 'ws')}`);
    expect(policy).not.toMatch(/unsafe-eval|\*/);
    expect(page.headers['x-content-type-options']).toBe('nosniff');
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask('/assets/a.js')).headers['content-type']).toContain('text/javascript');
    expect((await ask('/assets/a.js', { method: 'HEAD' })).body).toBe('');
  });

  it.each([
    '/../secret.js',
    '/assets/../../secret.js',
    '/%2e%2e/secret.js',
    '/..%2fsecret.js',
    '/assets/..\\..\\secret.js',
    '/assets',
    '/assets/',
    '//etc/passwd',
    '/a.js%00.html',
    '/__proto__',
    '/constructor',
  ])('is all there is: %s is not found', async (path) => {
    const got = await ask(path);
    expect(got.status).toBe(404);
    expect(got.body).toBe('');
  });

  it.each(['evil.example', 'localhost', '127.0.0.1', '127.0.0.1:1', 'evil.example:80'])(
    'is not given under the name %s',
    async (host) => {
      const got = await ask('/', { headers: { host } });
      expect(got.status).toBe(403);
      expect(got.body).toBe('');
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('cannot be asked with %s', async (method) => {
    expect((await ask('/', { method })).status).toBe(405);
  });
});

describe('the one-time address', () => {
  it('is exchanged once for a secret that opens the engine again and again', async () => {
    const secret = await secretOf();
    expect(secret.length).toBeGreaterThanOrEqual(43);
    expect(secret).not.toBe(token);
    expect((await exchange({ token })).status).toBe(403);
    expect((await exchange({ secret })).status).toBe(200);
    for (let time = 0; time < 2; time++) {
      const { socket, result } = await dial(secret);
      expect(result).toBe('open');
      expect(socket.protocol).toBe(SOCKET_PROTOCOL);
      const limits = { sends: 2 ** 24, takes: 2 ** 24 };
      expect(await connect(socketEndpoint(socket, limits)).workspace.info({})).toEqual({});
      socket.terminate();
    }
    expect(calls).toEqual(['workspace.info', 'workspace.info']);
  });

  it('is not exchanged for another token, another origin, a form, or too much text', async () => {
    const refused = [
      await exchange({ token: 'A'.repeat(43) }),
      await exchange({ token: '' }),
      await exchange({ token, extra: 1 }),
      await exchange({ token }, { origin: 'https://evil.example' }),
      await exchange({ token }, { origin: 'null' }),
      await exchange({ token }, { 'content-type': 'text/plain' }),
      await exchange({ token }, { host: 'evil.example' }),
      await exchange({ token: 'x'.repeat(5000) }),
      await ask('/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
      await ask(`/session?token=${token}`),
    ];
    expect(refused.map(({ status }) => status >= 400)).toEqual(refused.map(() => true));
    expect(refused.every(({ body }) => body === '')).toBe(true);
    // And none of these has used it up.
    expect((await exchange({ token })).status).toBe(200);
  });
});

describe('the engine behind it', () => {
  it('is not there for a cross-origin page, another Host, or a missing, wrong or unspent token', async () => {
    const before = await dial(token);
    const secret = await secretOf();
    const tries = [
      before,
      await dial(secret, { origin: 'https://evil.example' }),
      await dial(secret, { origin: 'null' }),
      await dial(secret, { origin: origin.replace('127.0.0.1', 'localhost') }),
      await dial(secret, { host: 'evil.example' }),
      await dial(secret, { path: '/' }),
      await dial(secret, { protocols: [SOCKET_PROTOCOL] }),
      await dial(secret, { protocols: [secret] }),
      await dial('A'.repeat(43)),
      await dial(token),
    ];
    expect(tries.map(({ result }) => result)).toEqual(tries.map(() => '403'));
    expect((await dial(secret)).result).toBe('open');
    expect(calls).toEqual([]);
  });

  it('refuses CONSTRUCT and a walk over prototypes by a peer that was let in', async () => {
    const { socket } = await dial(await secretOf());
    const answers: unknown[] = [];
    socket.on('message', (data: Buffer) => answers.push(decodeMessage(data)));
    const raw = { type: 'RAW', value: 'return process' };
    for (const message of [
      { id: '1', type: 'CONSTRUCT', path: ['workspace', 'info', 'constructor'], argumentList: [raw] },
      { id: '2', type: 'APPLY', path: ['workspace', 'constructor', 'constructor'], argumentList: [raw] },
      { id: '3', type: 'APPLY', path: ['constructor', 'constructor'], argumentList: [raw] },
      { id: '4', type: 'GET', path: ['workspace', 'info'] },
    ])
      socket.send(encodeMessage(message));
    await expect.poll(() => answers.length).toBe(4);
    for (const answer of answers)
      expect(answer).toMatchObject({ name: 'throw', value: { code: 'host.refused' } });
    expect(calls).toEqual([]);
    socket.terminate();
  });

  it('hangs up on malformed, textual and oversized frames, and goes on serving others', async () => {
    const secret = await secretOf();
    const codes: number[] = [];
    for (const frame of [new Uint8Array([0xc1]), 'text', new Uint8Array(16 * 2 ** 20 + 1)]) {
      const { socket } = await dial(secret);
      const closed = closeCode(socket);
      socket.on('error', () => undefined);
      socket.send(frame);
      codes.push(await closed);
    }
    expect(codes).toEqual([1007, 1003, 1009]);
    expect((await dial(secret)).result).toBe('open');
  });

  it('fails the calls under way when the server closes', async () => {
    const { socket } = await dial(await secretOf());
    const limits = { sends: 2 ** 24, takes: 2 ** 24 };
    const api = connect(socketEndpoint(socket, limits));
    const closing = server.close();
    const error = await failure(api.workspace.info({}));
    expect(error.code).toBe('host.disconnected');
    await closing;
  });
});

describe('the port', () => {
  it('is on loopback alone: no other address of this machine answers', async () => {
    const port = Number(new URL(server.url).port);
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    for (const { address } of [...others, { address: '127.0.0.2' }]) {
      const result = await new Promise((resolve) => {
        const socket = connectTcp(port, address);
        socket.on('connect', () => resolve('connected'));
        socket.on('error', () => resolve('refused'));
      });
      expect(`${address} ${String(result)}`).toBe(`${address} refused`);
    }
  });

  it('is named when it is taken', async () => {
    const port = Number(new URL(server.url).port);
    const error = await failure(
      startServer({ api: noting([]), rendererFolder: join(folder, 'renderer'), port }),
    );
    expect(error).toMatchObject({ code: 'serve.port_in_use', kind: 'config' });
    expect(error.message).toContain(String(port));
  });

  it('survives a peer that speaks no HTTP and one that hangs up in the middle', async () => {
    const port = Number(new URL(server.url).port);
    for (const text of [
      '\u0016\u0003\u0001 nonsense\r\n\r\n',
      'GET /engine HTTP/1.1\r\nUpgrade: websocket\r\n',
    ]) {
      const socket = connectTcp(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(text);
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.destroy();
    }
    expect((await ask('/')).status).toBe(200);
  });
});
