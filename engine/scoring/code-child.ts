/**
 * The program of the child process that runs a model's code, as text: it goes in through stdin, so that no file need be
 * readable. Lines of defence, outermost first: the process has no permissions (files, children, workers, addons, WASI,
 * inspector) and an empty environment; strings are not made into code; the code runs in a context that holds the
 * language alone, reached by no object of Node's; `import()` is refused. Node 24 has no permission for the network:
 * what the code would have to reach first, Node's own modules, is what the context withholds.
 */
export const codeChild = String.raw`
'use strict';
const vm = require('node:vm');
const { isNativeError } = require('node:util').types;
let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (part) => { text += part; });
process.stdin.on('end', () => {
  const { code, tests, timeoutMs, nonce } = JSON.parse(text);
  const write = process.stdout.write.bind(process.stdout);
  const say = (verdict, message) => write(JSON.stringify({ nonce, verdict, message: String(message).slice(0, 300) }) + '\n');
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: 'afterEvaluate',
  });
  const run = (source, filename) => new vm.Script(source, { filename }).runInContext(context, { timeout: timeoutMs });
  run(${JSON.stringify(String.raw`
    (() => {
      const { is, defineProperty, freeze } = Object;
      const { stringify } = JSON;
      const { Error } = globalThis;
      const fail = (message) => { throw new Error(message); };
      const assert = (value, message) => { if (!value) fail(message ?? 'assertion failed'); };
      assert.equal = (a, b, message) => { if (!is(a, b)) fail(message ?? 'not equal'); };
      assert.deepEqual = (a, b, message) => { if (stringify(a) !== stringify(b)) fail(message ?? 'not deeply equal'); };
      assert.throws = (work, message) => {
        let threw = false;
        try { work(); } catch { threw = true; }
        if (!threw) fail(message ?? 'did not throw');
      };
      defineProperty(globalThis, 'assert', { value: freeze(assert) });
      // Output is of no interest, and its absence no reason to fail.
      const silent = () => {};
      defineProperty(globalThis, 'console', { value: freeze({ log: silent, error: silent, warn: silent, info: silent, debug: silent }) });
      // Memory outside the heap is not limited by the heap's limit.
      for (const name of ['SharedArrayBuffer', 'WebAssembly', 'Atomics']) delete globalThis[name];
    })();
  `)}, 'prelude.js');
  const guarded = (source, filename, verdict) => {
    try { run(source, filename); return true; }
    catch (error) {
      // What is thrown is the code's own: nothing of it is called from here.
      const plain = (name) => isNativeError(error) ? Object.getOwnPropertyDescriptor(error, name)?.value : undefined;
      const said = plain('message');
      const late = plain('code') === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
      say(late ? 'timeout' : verdict, typeof said === 'string' ? said : 'it threw');
      return false;
    }
  };
  if (!guarded(code, 'answer.js', 'failed')) return;
  if (!guarded(tests, 'tests.js', 'failed')) return;
  say('passed', '');
});
`;
