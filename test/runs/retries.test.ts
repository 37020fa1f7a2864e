import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FailureClass, failureClasses } from '../../engine/api/index.ts';
import { createProviders } from '../../engine/providers/index.ts';
import { answer, bench, exampleOf, examplesOf, failure, fakeProvider, oneArm, registryOf } from './edge.ts';
import { fakeClock } from './fake-clock.ts';

const retry = { attempts: 4, firstDelayMs: 100, maxDelayMs: 250, maxRetryAfterMs: 5000 };
const passing = new Set<FailureClass>([
  'rate_limited',
  'overloaded',
  'server_error',
  'timeout',
  'connection',
  'stream_cut',
  'malformed',
]);

interface Attempt {
  class: FailureClass;
  retryAfterMs: number | null;
  paidUsd: number | null;
}
/** What fails first, one attempt after the other; then the answer comes. */
const plans = fc.array(
  fc.record<Attempt>({
    // A refused key stops the whole run: told apart in outage.test.ts.
    class: fc.constantFrom(...failureClasses.filter((name) => name !== 'auth')),
    retryAfterMs: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 9000 })),
    paidUsd: fc.oneof(fc.constant(null), fc.constantFrom(0, 0.5)),
  }),
  { maxLength: 6 },
);

describe('retries', () => {
  test('attempts, waits, errors and costs are those of the rule, whatever fails', async () => {
    const planned = fc.sample(plans, { numRuns: 150, seed: 2026 });
    const made = new Map<string, number>();
    const provider = fakeProvider('fake', ({ example }) => {
      const attempt = made.get(example!) ?? 0;
      made.set(example!, attempt + 1);
      const planAt = planned[Number(example!.slice(1))]![attempt];
      if (planAt === undefined) return answer('fine', { costUsd: 0.25 });
      throw failure(planAt.class, planAt);
    });
    const clock = fakeClock();
    await using place = await bench(examplesOf(planned.length), registryOf([provider]), {
      clock,
      retry,
      outageAfter: Number.POSITIVE_INFINITY,
    });
    const { run } = await place.start(oneArm, { concurrency: 1 });
    expect((await place.runs.wait({ run })).status).toBe('done');

    const slept = [...clock.slept];
    const matrix = await place.store.runs.matrix([run], { inputs: false, canonical: (_, output) => output });
    for (const [i, plan] of planned.entries()) {
      const lasting = plan.findIndex((one) => !passing.has(one.class));
      const failing = Math.min(retry.attempts, lasting < 0 ? plan.length : lasting + 1);
      const answered = failing === plan.length && lasting < 0 && failing < retry.attempts;
      expect(made.get(`e${i}`)).toBe(failing + (answered ? 1 : 0));
      for (let k = 0; k < (answered ? failing : failing - 1); k++) {
        const full = Math.min(retry.maxDelayMs, retry.firstDelayMs * 2 ** k);
        const asked = Math.min(retry.maxRetryAfterMs, plan[k]!.retryAfterMs ?? 0);
        const wait = slept.shift()!;
        expect(wait).toBeGreaterThanOrEqual(Math.max(full / 2, asked));
        expect(wait).toBeLessThanOrEqual(Math.max(full, asked * 1.1));
      }
      const paid = plan.slice(0, failing).map(({ paidUsd }) => paidUsd);
      const cost = paid.includes(null)
        ? NaN
        : paid.reduce((sum: number, usd) => sum + usd!, answered ? 0.25 : 0);
      expect(matrix.costs[0]![i]).toBe(cost);
      expect(Number.isNaN(matrix.scores[0]![i])).toBe(!answered);
    }
    expect(slept).toEqual([]);
    expect(await place.store.journal.ambiguous(run)).toEqual([]);
  });

  test('a provider that never answers, and ignores its signal, is left behind at the time limit', async () => {
    let calls = 0;
    const silent = fakeProvider('fake', () => {
      calls++;
      return new Promise(() => undefined);
    });
    const clock = fakeClock();
    await using place = await bench(examplesOf(3), registryOf([silent]), { clock, retry, outageAfter: 1000 });
    const { run } = await place.start(oneArm.replace('model: small', 'model: small, timeoutMs: 5'));
    const summary = await place.runs.wait({ run });
    expect(summary).toMatchObject({ status: 'done', done: 3, failed: 3, costUsd: null });
    expect(calls).toBe(3 * retry.attempts);
  });

  test('Retry-After and the status of a real server decide', async () => {
    const replies = new Map<string, ((response: ServerResponse) => void)[]>([
      ['busy', [(to) => to.writeHead(429, { 'retry-after': '3' }).end('{"error":{"message":"slow down"}}')]],
      ['broken', [(to) => to.writeHead(500).end('oops'), (to) => to.writeHead(503).end('oops')]],
      ['wrong', [(to) => to.writeHead(400).end('{"error":{"message":"no"}}')]],
    ]);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as { messages: { content: string }[] };
        const question = body.messages[0]!.content;
        asked.push(question);
        const reply = replies.get(question)?.shift();
        if (reply !== undefined) return reply(response);
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({
            id: 'x',
            object: 'chat.completion',
            created: 0,
            model: 'm-1',
            choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'fine' } }],
            usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 },
          }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
      const clock = fakeClock();
      const examples = ['busy', 'broken', 'wrong'].map((question, i) =>
        exampleOf(i, { input: { question }, expected: 'fine' }),
      );
      await using place = await bench(examples, createProviders({ env: {} }), { clock, retry });
      const pipeline = oneArm.replace(
        '{ provider: fake, model: small }',
        `{ provider: openai-compatible, model: m, baseUrl: "${base}", price: { inputPerMTok: 1000, outputPerMTok: 0 } }`,
      );
      const { run } = await place.start(pipeline, { concurrency: 1 });
      const summary = await place.runs.wait({ run });
      expect(summary).toMatchObject({ status: 'done', done: 3, failed: 1 });
      expect(asked).toEqual(['busy', 'busy', 'broken', 'broken', 'broken', 'wrong']);
      expect(clock.slept).toHaveLength(3);
      expect(clock.slept[0]).toBeGreaterThanOrEqual(3000);
      expect(clock.slept[1]).toBeLessThan(200);
      const { candidates } = summary;
      expect(candidates[0]!.score).toMatchObject({ mean: 1, n: 2 });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
