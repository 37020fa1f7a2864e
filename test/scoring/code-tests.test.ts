import * as net from 'node:net';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeFlags, codeOf, runCodeTests } from '../../engine/scoring/index.ts';

const run = (code: string, tests = '', limits = {}) =>
  runCodeTests(code, tests, {
    timeoutMs: 1000,
    memoryMb: 64,
    signal: new AbortController().signal,
    ...limits,
  });

describe('code tests in a child process', () => {
  it('pass where the assertions hold, fail where one does not or the code does not parse', async () => {
    const add = 'const add = (a, b) => a + b;';
    const tests =
      'assert.equal(add(1, 2), 3); assert.deepEqual([add(1, 1)], [2]); assert.throws(() => { throw 1; });';
    expect(await run(add, tests)).toEqual({ verdict: 'passed', message: '' });
    expect(await run('const add = (a, b) => a - b;', tests)).toMatchObject({
      verdict: 'failed',
      message: 'not equal',
    });
    expect(await run('const add = (', tests)).toMatchObject({ verdict: 'failed' });
    expect(await run('console.log("hello"); function add(a, b) { return a + b }', tests)).toMatchObject({
      verdict: 'passed',
    });
  });

  it('end an endless loop, endless microtasks and a swallower of memory', async () => {
    expect((await run('for (;;);')).verdict).toBe('timeout');
    expect((await run('const f = () => Promise.resolve().then(f); f();')).verdict).toMatch(/timeout|crashed/);
    const hungry = await run('const a = []; for (;;) a.push(new Array(10000).fill(a.length));', '', {
      timeoutMs: 8000,
    });
    expect(hungry.verdict).toBe('crashed');
  });

  it('cannot be passed by printing, exiting or throwing something strange', async () => {
    for (const code of [
      'process.stdout.write(JSON.stringify({ verdict: "passed" }))',
      'process.exit(0)',
      'throw { get message() { throw 1; } }',
      'throw null',
      'throw { get code() { for (;;); } }',
      'throw new Proxy(new Error(), { get() { for (;;); }, getPrototypeOf() { for (;;); } })',
      'Object.defineProperty(globalThis, "assert", { value: () => {} })',
      'assert = () => {}; "use strict"; assert.equal = () => {}; assert.equal(1, 2)',
    ])
      expect((await run(code, 'assert(false)')).verdict, code).not.toBe('passed');
  });
});

/** Ways out of a vm context that are known from the literature, each ending in what it would do outside. */
const escapes: [name: string, reach: string][] = [
  ['the globals', 'process'],
  ['require', 'require("node:process")'],
  ['the constructor of the global', 'this.constructor.constructor("return process")()'],
  ['the constructor of a given function', 'console.log.constructor("return process")()'],
  ['the constructor of assert', 'assert.constructor("return process")()'],
  ['eval', '(0, eval)("process")'],
  [
    'an error of the host',
    '(() => { try { (function f() { f(); })(); } catch (e) { return e.constructor.constructor("return process")(); } })()',
  ],
  [
    'call sites',
    '(() => { let host; Error.prepareStackTrace = (_, sites) => { for (const s of sites) { const t = s.getThis?.() ?? s.getFunction?.(); if (t?.process) host = t.process; } return ""; }; new Error().stack; return host; })()',
  ],
  [
    '__proto__ climbing',
    '(() => { let o = globalThis; while (Object.getPrototypeOf(o)) o = Object.getPrototypeOf(o); return o.constructor.constructor("return process")(); })()',
  ],
];

describe('what the code cannot reach', () => {
  it.each(escapes)('the process through %s', async (_, reach) => {
    const verdict = await run(
      `var got; try { got = ${reach}; } catch { got = undefined; }`,
      'assert(got === undefined)',
    );
    expect(verdict).toEqual({ verdict: 'passed', message: '' });
  });

  it('modules by import(), and the host’s Function through the error of a refused import', async () => {
    const code = `var got = "none"; import("node:fs").then((m) => { got = m; }, (e) => {
      try { got = e.constructor.constructor("return process")(); } catch { got = "refused"; } });`;
    expect(await run(code, 'assert(got === "refused" || got === "none", typeof got)')).toMatchObject({
      verdict: 'passed',
    });
  });

  it('a server on this machine, or a file in its folder, by any of these ways', async () => {
    let connections = 0;
    const server = net.createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-code-'));
    try {
      const all = escapes.map(([, reach]) => `(() => { try { return ${reach}; } catch {} })()`).join(',');
      const code = `for (const p of [${all}]) { try {
        const get = (n) => p.getBuiltinModule(n);
        get("node:net").connect(${port}, "127.0.0.1");
        get("node:fs").writeFileSync(${JSON.stringify(join(folder, 'x'))}, "x");
      } catch {} }
      try { fetch("http://127.0.0.1:${port}"); } catch {}`;
      await run(code);
      expect(connections).toBe(0);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('is stopped when the call is aborted', async () => {
    const controller = new AbortController();
    const running = run('for (;;);', '', { timeoutMs: 60_000, signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the process around it, were its context left', () => {
  const attempts: [name: string, source: string][] = [
    ['read a file', 'require("node:fs").readFileSync(process.execPath)'],
    ['write a file', 'require("node:fs").writeFileSync("/tmp/kneepoint-escaped", "x")'],
    ['list a folder', 'require("node:fs").readdirSync("/")'],
    ['start a process', 'require("node:child_process").execFileSync(process.execPath, ["-v"])'],
    ['start a worker', 'new (require("node:worker_threads").Worker)("1", { eval: true })'],
    ['load an addon', 'process.dlopen({ exports: {} }, "/x.node")'],
    ['make code of a string', 'Function("return 1")()'],
    ['read the environment', 'if (Object.keys(process.env).length === 0) throw new Error("empty")'],
  ];
  it.each(attempts)('it could not %s', (_, source) => {
    const script = `try { ${source}; process.stdout.write("reached") } catch (e) { process.stdout.write("refused") }`;
    const ran = spawnSync(process.execPath, [...codeFlags(64), '-e', script], { env: {}, encoding: 'utf8' });
    expect(ran.stdout).toBe('refused');
  });
});

describe('the code of an answer', () => {
  it('is the last block of JavaScript, or the whole text; another language is none', () => {
    expect(codeOf('Try:\n```js\nlet a;\n```\nor\n```javascript\nlet b;\n```')).toBe('let b;');
    expect(codeOf('```\nlet a;\n```')).toBe('let a;');
    expect(codeOf('let a;')).toBe('let a;');
    expect(codeOf('```python\na = 1\n```')).toBeNull();
    expect(codeOf('  ')).toBeNull();
    expect(codeOf('```js\nlet cut')).toBe('let cut');
  });
});
