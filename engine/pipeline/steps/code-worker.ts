/** A thread that runs a user's function: without the environment's variables, with a bound on memory and on time. */
import { Worker } from 'node:worker_threads';
import type { Json } from '../../api/index.ts';

export type CodeResult = { value: Json } | { error: string };
export interface CodeWorker {
  call(given: Json, timeoutMs: number, signal: AbortSignal): Promise<CodeResult>;
}

/** CommonJS, as a worker made of text is; the user's module is imported as data, so that it can be text too. */
const harness = `
const { parentPort, workerData } = require('node:worker_threads');
const loading = import('data:text/javascript;base64,' + workerData.module).then((loaded) => {
  const called = loaded[workerData.name];
  if (typeof called !== 'function') throw new TypeError('it exports no function ' + workerData.name);
  return called;
});
loading.catch(() => undefined);
parentPort.on('message', async ({ id, given }) => {
  try {
    const value = await (await loading)(given);
    const text = JSON.stringify(value === undefined ? null : value);
    parentPort.postMessage({ id, text: text === undefined ? 'null' : text });
  } catch (error) {
    parentPort.postMessage({ id, error: String(error && error.message ? error.message : error) });
  }
});`;
type Reply = { id: number } & ({ text: string } | { error: string });

export function openCodeWorker(source: string, name: string): CodeWorker {
  let thread: Worker | null = null;
  let last = 0;
  const waiting = new Map<number, (result: CodeResult) => void>();

  /** Whatever ended the thread: nobody waits for ever, and the next call has a new one. */
  const drop = (why: string): void => {
    const ended = thread;
    thread = null;
    for (const settle of waiting.values()) settle({ error: why });
    waiting.clear();
    void ended?.terminate();
  };
  const open = (): Worker => {
    const opened = new Worker(harness, {
      eval: true,
      env: {},
      stdin: false,
      stdout: true,
      stderr: true,
      workerData: { module: Buffer.from(source).toString('base64'), name },
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    opened.on('message', (reply: Reply) => {
      // JSON that the harness wrote.
      const result = 'text' in reply ? { value: JSON.parse(reply.text) as Json } : { error: reply.error };
      waiting.get(reply.id)?.(result);
    });
    opened.on('error', (error) => {
      if (opened === thread) drop(error.message);
    });
    opened.on('exit', () => {
      if (opened === thread) drop('its thread ended');
    });
    // Last: listening for messages holds the process again.
    opened.unref();
    return opened;
  };
  return {
    call(given, timeoutMs, signal) {
      signal.throwIfAborted();
      thread ??= open();
      const id = ++last;
      const asked = thread;
      return new Promise((resolve, reject) => {
        const forget = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', abort);
          waiting.delete(id);
        };
        const settle = (result: CodeResult): void => {
          forget();
          resolve(result);
        };
        const abort = (): void => {
          forget();
          reject(signal.reason as Error);
        };
        const timer = setTimeout(() => {
          // An endless loop can only be ended with its thread.
          if (asked === thread) drop(`no result within ${timeoutMs} ms`);
        }, timeoutMs);
        signal.addEventListener('abort', abort, { once: true });
        waiting.set(id, settle);
        asked.postMessage({ id, given }, []);
      });
    },
  };
}
