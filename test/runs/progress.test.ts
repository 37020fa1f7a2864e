import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../engine/api/index.ts';
import { answer, bench, examplesOf, failure, fakeProvider, registryOf, twoArms } from './edge.ts';

type ProgressEvent = Extract<EventBody, { type: 'run.progress' }>;
const progressOf = (events: EventBody[]): ProgressEvent[] =>
  events.filter((event) => event.type === 'run.progress');

describe('the event feed of a run', () => {
  test('counts up to exactly what the stored summary says, also over a resume', async () => {
    let refusing = true;
    let calls = 0;
    const provider = fakeProvider('fake', async ({ example, spec }) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (refusing && calls++ > 150) throw failure('auth');
      if (Number(example!.slice(1)) % 10 === 3) throw failure('refused', { paidUsd: 0.001 });
      return answer('fine', {
        costUsd: spec.model === 'large' ? 0.03 : 0.01,
        usage: { inputTokens: 11, outputTokens: 3, cachedInputTokens: 0, cacheWriteTokens: 0 },
      });
    });
    // Ten different questions of one example each are asked twice: once more a candidate answers from the ledger.
    const examples = examplesOf(200, (i) => ({ input: { question: `question ${i % 190}` } }));
    await using place = await bench(examples, registryOf([provider]));
    const { run } = await place.start(twoArms);
    const paused = await place.runs.wait({ run });
    expect(paused).toMatchObject({ status: 'paused', reason: { code: 'provider.auth' } });
    expect(progressOf(place.events).at(-1)).toMatchObject({
      status: 'paused',
      done: paused.done,
      failed: paused.failed,
    });
    refusing = false;
    await place.reopen();
    await place.runs.resume({ run, failed: false });
    const summary = await place.runs.wait({ run });
    const events = progressOf(place.events);
    const last = events.at(-1)!;
    const totals = await place.store.runs.totals(run);
    expect(last).toMatchObject({
      run,
      status: 'done',
      total: 400,
      done: summary.done,
      failed: summary.failed,
      cached: summary.cached,
      inputTokens: totals.inputTokens,
      outputTokens: totals.outputTokens,
      etaMs: 0,
    });
    expect(last.costUsd).toBeCloseTo(summary.costUsd!, 9);
    expect(summary).toMatchObject({ done: 400, failed: 40 });
    expect(summary.cached).toBeGreaterThan(0);
    for (let i = 1; i < events.length; i++)
      expect(events[i]!.done).toBeGreaterThanOrEqual(events[i - 1]!.done);
    const statuses = place.events.filter((event) => event.type === 'run.changed').map(({ status }) => status);
    expect(statuses).toEqual(['running', 'paused', 'running', 'done']);
  });

  test('is told at most ten times a second, however many outcomes there are', async () => {
    const provider = fakeProvider('fake', () => answer('fine'));
    await using place = await bench(examplesOf(3000), registryOf([provider]));
    const { run } = await place.start(twoArms, { concurrency: 64 });
    const summary = await place.runs.wait({ run });
    // The first and the last word come in between.
    expect(progressOf(place.events).length).toBeLessThanOrEqual(Math.ceil(summary.wallMs / 100) + 2);
    expect(progressOf(place.events).at(-1)).toMatchObject({ status: 'done', done: 6000 });
  });
});
