/** What a peer that does not keep to the protocol gets: a refusal, and nothing done. */
import { MessageChannel } from 'node:worker_threads';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { inputs } from '../../engine/api/index.ts';
import { connect, exposeGuarded, portEndpoint } from '../../engine/transport/index.ts';
import { checkFrame } from '../../engine/transport/check-frame.ts';
import { decodeMessage, encodeMessage } from '../../engine/transport/codec.ts';
import { failure } from './failure.ts';
import { noting } from './noting-api.ts';

type Answer = { id: string; name?: string; value: { code?: string } };
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function rawPeer(calls: string[]) {
  const { port1, port2 } = new MessageChannel();
  exposeGuarded(noting(calls), portEndpoint(port1));
  closing.push(() => port2.close());
  return {
    port: port2,
    ask: (message: unknown): Promise<Answer> =>
      new Promise((resolve) => {
        port2.once('message', resolve);
        port2.postMessage(message);
      }),
  };
}
const raw = (value: unknown) => ({ type: 'RAW', value });

function nested(depth: number): unknown[] {
  let list: unknown[] = [];
  for (let level = 0; level < depth; level++) list = [list];
  return list;
}

describe('the guard', () => {
  const hostile: [what: string, message: Record<string, unknown>][] = [
    [
      'CONSTRUCT',
      { type: 'CONSTRUCT', path: ['workspace', 'info', 'constructor'], argumentList: [raw('1')] },
    ],
    ['CONSTRUCT of a method', { type: 'CONSTRUCT', path: ['workspace', 'info'], argumentList: [] }],
    ['GET', { type: 'GET', path: ['workspace', 'info'] }],
    ['SET', { type: 'SET', path: ['workspace', 'info'], value: raw(1) }],
    ['ENDPOINT', { type: 'ENDPOINT' }],
    ['RELEASE', { type: 'RELEASE' }],
    [
      'a walk over the prototype',
      { type: 'APPLY', path: ['__proto__', 'toString'], argumentList: [raw({})] },
    ],
    ['constructor', { type: 'APPLY', path: ['workspace', 'constructor'], argumentList: [raw({})] }],
    ['call', { type: 'APPLY', path: ['workspace', 'info', 'call'], argumentList: [raw({})] }],
    ['a service alone', { type: 'APPLY', path: ['workspace'], argumentList: [raw({})] }],
    ['no path', { type: 'APPLY', path: [], argumentList: [raw({})] }],
    ['a path that is no list', { type: 'APPLY', path: 'workspace.info', argumentList: [raw({})] }],
    ['a path of things that pretend to be text', { type: 'GET', path: [{ toString: 1, valueOf: 1 }] }],
    ['a path nested deep', { type: 'APPLY', path: nested(500), argumentList: [raw({})] }],
    ['an unknown method', { type: 'APPLY', path: ['workspace', 'wipe'], argumentList: [raw({})] }],
    ['two arguments', { type: 'APPLY', path: ['workspace', 'info'], argumentList: [raw({}), raw({})] }],
    [
      'an argument that is a thrown value',
      {
        type: 'APPLY',
        path: ['workspace', 'info'],
        argumentList: [{ type: 'HANDLER', name: 'throw', value: {} }],
      },
    ],
    [
      'an argument that is a proxy',
      {
        type: 'APPLY',
        path: ['workspace', 'info'],
        argumentList: [{ type: 'HANDLER', name: 'proxy', value: {} }],
      },
    ],
  ];
  it.each(hostile)('refuses %s', async (_what, message) => {
    const calls: string[] = [];
    const answer = await rawPeer(calls).ask({ id: 'a', ...message });
    expect(answer).toMatchObject({ id: 'a', name: 'throw', value: { code: 'host.refused' } });
    expect(calls).toEqual([]);
  });

  it('lets one plain call through, so that the refusals above mean something', async () => {
    const calls: string[] = [];
    const answer = await rawPeer(calls).ask({
      id: 'a',
      type: 'APPLY',
      path: ['workspace', 'info'],
      argumentList: [raw({ here: 1 })],
    });
    expect(answer).toMatchObject({ id: 'a', type: 'RAW', value: { here: 1 } });
    expect(calls).toEqual(['workspace.info']);
  });

  it.each([[null], ['text'], [{}], [{ id: 5, type: 'APPLY' }], [[1, 2]]])(
    'hangs up on a peer that sends %j',
    async (message) => {
      const { port } = rawPeer([]);
      const closed = new Promise((resolve) => port.once('close', () => resolve('closed')));
      port.postMessage(message);
      expect(await closed).toBe('closed');
    },
  );

  it('answers to its own names only: the API is not a promise, and has no prototype', () => {
    const { port1 } = new MessageChannel();
    const api: object = connect(portEndpoint(port1));
    closing.push(() => port1.close());
    expect('then' in api).toBe(false);
    expect(Object.keys(api).sort()).toEqual(Object.keys(inputs).sort());
  });

  it('tells a defect of the engine without the stack that names its folders', async () => {
    const { port1, port2 } = new MessageChannel();
    const info = () => Promise.reject(new TypeError('x is not a function'));
    exposeGuarded({ ...noting([]), workspace: { info } }, portEndpoint(port1));
    const caller = portEndpoint(port2);
    closing.push(() => caller.close());
    const error = await failure(connect(caller).workspace.info({}));
    expect(error).toMatchObject({ code: 'bug', message: 'x is not a function' });
    expect(JSON.stringify(error.toBody())).not.toContain('guard.test');
  });

  it('lets no peer pile up calls: beyond 256 without an answer each is refused, and later ones pass again', async () => {
    const { port1, port2 } = new MessageChannel();
    let open!: () => void;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const list = async () => {
      await opened;
      return [];
    };
    const api = noting([]);
    exposeGuarded({ ...api, runs: { ...api.runs, list } }, portEndpoint(port1));
    const caller = portEndpoint(port2);
    closing.push(() => caller.close());
    const peer = connect(caller);
    const calls = Array.from({ length: 300 }, () => peer.runs.list({}));
    const refused = await Promise.allSettled(calls.slice(256));
    expect(refused.map(({ status }) => status)).toEqual(Array(44).fill('rejected'));
    open();
    expect(await Promise.all(calls.slice(0, 256))).toEqual(calls.slice(0, 256).map(() => []));
    expect(await peer.runs.list({})).toEqual([]);
  });

  it('says so when an answer cannot be carried', async () => {
    const { port1, port2 } = new MessageChannel();
    const info = async () => ({ f: () => 1 });
    // @ts-expect-error a function is not plain data
    exposeGuarded({ ...noting([]), workspace: { info } }, portEndpoint(port1));
    const caller = portEndpoint(port2);
    closing.push(() => caller.close());
    expect((await failure(connect(caller).workspace.info({}))).code).toBe('bug');
  });
});

/** The one key that does not come back under its name. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key === '__proto__' ? '__proto__ ' : key, renamed(inner)]),
  );
}

describe('messages as bytes', () => {
  it('keep typed arrays, NaN, infinities and bytes, at any offset', () => {
    const floats = new Float64Array([1.5, Number.NaN, Number.NEGATIVE_INFINITY, -0]);
    const message = {
      odd: 'x',
      floats: floats.subarray(1),
      whole: new Int32Array([1, -2]),
      bytes: new Uint8Array([0, 255]),
      nan: Number.NaN,
      text: 'é\u0000<script>',
      list: [null, [Number.POSITIVE_INFINITY]],
    };
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });

  it('come back as they were, whatever plain data they are', () => {
    fc.assert(
      // As text and back: JSON knows no -0, and neither do whole numbers in MessagePack.
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const value: unknown = JSON.parse(text.replaceAll(/-0(?![.\d])/g, '0'));
        expect(decodeMessage(encodeMessage({ value }))).toEqual({ value: renamed(value) });
      }),
    );
  });

  it('are refused when cut anywhere, without anything being built', () => {
    const bytes = encodeMessage({ a: [1, 'two', 3.5, null, true, new Float64Array(3)], b: 'x'.repeat(300) });
    for (let length = 0; length < bytes.length; length++)
      expect(() => checkFrame(bytes.subarray(0, length))).toThrow('broken frame');
    checkFrame(bytes);
  });

  it('leave out keys whose value is undefined', () => {
    expect(decodeMessage(encodeMessage({ a: undefined, b: 1 }))).toStrictEqual({ b: 1 });
  });

  it('carry a column called __proto__ without touching a prototype', () => {
    const row: unknown = JSON.parse('{"__proto__": {"polluted": true}, "x": 1}');
    const decoded = decodeMessage(encodeMessage(row));
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(decoded).toMatchObject({ x: 1 });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['nothing', []],
    ['half a message', [0x92, 1]],
    ['two messages', [1, 2]],
    ['a list of four billion', [0xdd, 255, 255, 255, 255]],
    [
      'nested lists that claim more than they hold',
      Array.from({ length: 500 }, () => [0xdd, 0, 0x0f, 0, 0]).flat(),
    ],
    ['lists nested too deep', [...Array<number>(100_000).fill(0x91), 0xc0]],
    ['a value of no kind', [0xc1]],
    ['a text longer than the frame', [0xdb, 255, 255, 255, 255]],
    ['a typed array of broken length', [0xc7, 3, 1, 1, 2, 3]],
  ])('are refused when they hold %s', (_what, bytes) => {
    expect(() => decodeMessage(new Uint8Array(bytes))).toThrow();
  });
});
