/**
 * Every way a provider fails × every wire format, through a whole run: what class it is, how often it was tried, what
 * was paid, and where the request went. docs/faults.md is this table; it is compared with what happens.
 */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createProviders } from '../../engine/providers/index.ts';
import { answer, json, loopback, modelOf, type WireName } from '../providers/loopback.ts';
import { bench, examplesOf } from './edge.ts';

const wires = ['openai', 'openai-responses', 'anthropic'] as const;
const error = (message: string, more: object = {}): object => ({ error: { message, type: 'x', ...more } });
const faults: Record<string, (response: ServerResponse, wire: WireName) => void> = {
  '429': (r) => json(r, 429, error('slow down'), { 'retry-after-ms': '1' }),
  '500': (r) => json(r, 500, error('oops')),
  '503': (r) => json(r, 503, error('busy'), { 'retry-after-ms': '1' }),
  timeout: () => undefined,
  reset: (r) => void r.socket?.destroy(),
  'cut stream': (r) => {
    r.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
    r.write('{"id": "x", "choices": [');
    setTimeout(() => r.socket?.destroy(), 5);
  },
  'slow drip': (r) => {
    r.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => r.write(' '), 20);
    r.on('close', () => clearInterval(drip));
  },
  'malformed JSON': (r) => json(r, 200, '{"id": "x", '),
  'wrong schema': (r) => json(r, 200, { choices: 'none', output: 7, content: 'x' }),
  'empty answer': (r, wire) => json(r, 200, answer(wire, { text: '' })),
  'content refusal': (r, wire) => json(r, 200, answer(wire, { refusal: 'I cannot.' })),
  'context overflow': (r) => json(r, 400, error('too much', { code: 'context_length_exceeded' })),
  'auth failure': (r) => json(r, 401, error('Incorrect API key')),
};
/** Attempts of a call that may be tried again; see `retry` of the bench. */
const ATTEMPTS = 3;

interface Cell {
  class: string;
  attempts: number;
  /** Of the failed attempts: nothing, what the provider reported, or not known. */
  paid: 'nothing' | 'reported' | 'unknown';
  /** With `fallback`; without one the item fails with the class (or the run pauses). */
  went: 'fallback' | 'paused';
}

async function observe(fault: keyof typeof faults, wire: WireName): Promise<Cell> {
  let asked = 0;
  await using server = await loopback((response, body) => {
    const { model } = body as { model: string };
    if (model === 'steady') {
      json(response, 200, answer(wire, { text: 'answer 0', model: 'steady' }));
      return;
    }
    asked++;
    faults[fault]!(response, wire);
  });
  const providers = createProviders({ env: { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' } });
  const spec = (model: string) =>
    `{ provider: ${wire}, model: ${model}, baseUrl: '${server.url}/v1', timeoutMs: 150, price: { inputPerMTok: 1, outputPerMTok: 1 } }`;
  const pipeline = (fallback: string) => `pipeline: p
candidates: { flaky: ${spec(modelOf(wire))}, steady: ${spec('steady')} }
steps: [{ id: answer, generate: { model: flaky, prompt: "{{input.question}}"${fallback} } }]
`;
  await using workspace = await bench(examplesOf(1), providers, {
    retry: { attempts: ATTEMPTS, firstDelayMs: 1, maxDelayMs: 2, maxRetryAfterMs: 10 },
  });
  const { run } = await workspace.start(pipeline(', fallback: [steady]'));
  const ended = await workspace.runs.wait({ run });
  const attempts = asked;
  if (ended.status === 'paused') {
    const code = ended.reason!.code;
    return { class: code.replace('provider.', ''), attempts, paid: 'nothing', went: 'paused' };
  }
  expect(ended).toMatchObject({ status: 'done', done: 1, failed: 0 });
  const page = await workspace.store.runs.page(run, { offset: 0, limit: 1, only: 'all' });
  expect(page.columns['answeredBy']).toEqual(['steady']);

  // Without a fallback the item fails with the class, and what was paid is in its cost.
  const { run: alone } = await workspace.start(pipeline(''), { fresh: true });
  await workspace.runs.wait({ run: alone });
  const failed = await workspace.store.runs.page(alone, { offset: 0, limit: 1, only: 'failed' });
  const [cost] = failed.columns['costUsd'] as Float64Array;
  return {
    class: String((failed.columns['error'] as string[])[0]),
    attempts,
    paid: Number.isNaN(cost) ? 'unknown' : cost === 0 ? 'nothing' : 'reported',
    went: 'fallback',
  };
}

/** The rows of the table in docs: fault | class | attempts | paid | went. */
const documented = new Map(
  readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| fault'))
    .map((line) => {
      const [fault, name, attempts, paid, went] = line
        .split('|')
        .slice(1)
        .map((cell) => cell.trim().replaceAll('`', ''));
      return [fault!, { class: name, attempts: Number(attempts), paid, went }] as const;
    }),
);

describe.each(wires)('%s', (wire) => {
  it.each(Object.keys(faults))('%s: as docs/faults.md says', async (fault) => {
    const cell = await observe(fault, wire);
    expect(cell, JSON.stringify(cell)).toEqual(documented.get(fault));
  });
});
