import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ModelResponse } from '../../engine/providers/provider.ts';
import {
  answer,
  bench,
  examplesOf,
  failure,
  fakeProvider,
  oneArm,
  registryOf,
  threeSteps,
  twoArms,
} from './edge.ts';
import { fakeClock } from './fake-clock.ts';

const IN_FLIGHT = 16;

/** Answers at once, until the given call; from then on nothing comes back until it is opened again. */
function stalling(after: number): {
  provider: ReturnType<typeof fakeProvider>;
  asked: string[];
  answered: string[];
  aborted: () => number;
  stalled: Promise<void>;
  open(): void;
} {
  const asked: string[] = [];
  const answered: string[] = [];
  let open = false;
  let aborted = 0;
  let tell!: () => void;
  const stalled = new Promise<void>((resolve) => (tell = resolve));
  const provider = fakeProvider('fake', ({ example, messages, spec }, signal) => {
    const question = `${example} ${spec.model} ${messages[0]!.content}`;
    asked.push(question);
    if (open || asked.length <= after) {
      answered.push(question);
      return answer(`answer ${example!.slice(1)}`);
    }
    if (asked.length === after + IN_FLIGHT) tell();
    return new Promise<ModelResponse>((_, reject) => {
      signal.addEventListener('abort', () => {
        aborted++;
        reject(new DOMException('aborted', 'AbortError'));
      });
    });
  });
  return { provider, asked, answered, aborted: () => aborted, stalled, open: () => void (open = true) };
}

const repeated = (questions: string[]): string[] =>
  questions.filter((question, i) => questions.indexOf(question) !== i);

describe('continuing a run', () => {
  test('a run that was closed goes on where it stopped: only calls in flight are made again, and all are listed', async () => {
    const { provider, asked, answered, stalled, open } = stalling(200);
    await using place = await bench(examplesOf(150), registryOf([provider]));
    const { run } = await place.start(threeSteps);
    await stalled;
    await place.reopen();
    const closed = await place.runs.status({ run });
    expect(closed).toMatchObject({ status: 'paused', reason: { code: 'interrupted' } });
    expect(closed.ambiguous).toHaveLength(IN_FLIGHT);
    expect(closed.warnings).toMatchObject([{ code: 'run.ambiguous_calls', count: IN_FLIGHT }]);
    // 200 answers are paid and kept, whether their items were finished or not.
    expect(await place.store.journal.committedUsd(run)).toBeCloseTo(200 * 0.01 + IN_FLIGHT * 0.02, 9);
    open();
    await place.runs.resume({ run, failed: false });
    const done = await place.runs.wait({ run });
    expect(done).toMatchObject({ status: 'done', done: 150, failed: 0 });
    expect(done.candidates[0]!.score).toMatchObject({ mean: 1, n: 150 });
    expect(done.freshCostUsd).toBeCloseTo(450 * 0.01, 9);
    expect(answered).toHaveLength(450);
    expect(repeated(answered)).toEqual([]);
    const again = new Set(repeated(asked).map((question) => question.split(' ')[0]));
    expect(again).toEqual(new Set(closed.ambiguous.map(({ example }) => example)));
    // They stay listed: what they cost is not known.
    expect(done.ambiguous).toEqual(closed.ambiguous);
  });

  test('a new run instead of a resumed one says which of its calls may be paid for twice', async () => {
    const { provider, stalled, open } = stalling(200);
    await using place = await bench(examplesOf(150), registryOf([provider]));
    const killed = await place.start(threeSteps);
    await stalled;
    await place.reopen();
    open();
    const { run } = await place.start(threeSteps);
    const done = await place.runs.wait({ run });
    expect(done).toMatchObject({ status: 'done', done: 150, ambiguous: [] });
    expect(done.warnings).toMatchObject([
      {
        code: 'run.asked_before',
        count: IN_FLIGHT,
        message: expect.stringContaining(`$${IN_FLIGHT * 0.02} at most`) as string,
      },
    ]);
    // The first run's own are still its own.
    expect((await place.runs.status({ run: killed.run })).warnings).toMatchObject([
      { code: 'run.ambiguous_calls', count: IN_FLIGHT },
    ]);
  });

  test('the columns of two candidates are not mixed, and neither is paid for twice', async () => {
    const { provider, answered, stalled, open } = stalling(101);
    await using place = await bench(examplesOf(100), registryOf([provider]));
    const { run } = await place.start(twoArms);
    await stalled;
    await place.reopen();
    open();
    await place.runs.resume({ run, failed: false });
    expect(await place.runs.wait({ run })).toMatchObject({ status: 'done', done: 200, failed: 0 });
    expect(answered.filter((question) => question.includes('small'))).toHaveLength(100);
    expect(answered.filter((question) => question.includes('large'))).toHaveLength(100);
    expect(repeated(answered)).toEqual([]);
  });

  test('only what failed is run again, and what it paid before is counted once', async () => {
    let healed = false;
    let paid = 0;
    const provider = fakeProvider('fake', ({ example, messages }) => {
      paid += 0.01;
      const fails = Number(example!.slice(1)) % 4 === 0 && messages[0]!.content.startsWith('2');
      if (fails && !healed) throw failure('malformed', { paidUsd: 0.01 });
      return answer(`answer ${example!.slice(1)}`);
    });
    await using place = await bench(examplesOf(40), registryOf([provider]), {
      clock: fakeClock(),
      outageAfter: 1000,
    });
    const { run } = await place.start(threeSteps);
    const first = await place.runs.wait({ run });
    expect(first).toMatchObject({ status: 'done', done: 40, failed: 10 });
    expect(first.freshCostUsd).toBeCloseTo(paid, 9);
    await place.reopen();
    healed = true;
    const before = paid;
    await place.runs.resume({ run, failed: true });
    const second = await place.runs.wait({ run });
    expect(second).toMatchObject({ status: 'done', done: 40, failed: 0 });
    // Steps two and three of ten items: the first step's answers come from the journal.
    expect(paid - before).toBeCloseTo(20 * 0.01, 9);
    expect(second.freshCostUsd).toBeCloseTo(paid, 9);
    expect(second.candidates[0]!.score).toMatchObject({ mean: 1, n: 40 });
    // What such an item took in all: three answers and four failed attempts.
    const matrix = await place.store.runs.matrix([run], { inputs: false, canonical: (_, output) => output });
    expect(matrix.costs[0]![0]).toBeCloseTo(0.07, 9);
    expect(matrix.costs[0]![1]).toBeCloseTo(0.03, 9);
  });

  test('calls that may have been paid are asked about, left out, or made again, as the person says', async () => {
    const { provider, asked, stalled, open } = stalling(40);
    await using place = await bench(examplesOf(100), registryOf([provider]));
    const { run } = await place.start(oneArm, { ambiguous: 'ask' });
    await stalled;
    await place.reopen();
    open();
    const before = asked.length;
    await expect(place.runs.resume({ run, failed: false })).rejects.toMatchObject({
      code: 'run.ambiguous_calls',
      hint: expect.stringContaining('--ambiguous retry') as string,
      details: { count: IN_FLIGHT },
    });
    expect(asked).toHaveLength(before);
    expect((await place.runs.status({ run })).status).toBe('paused');

    await place.runs.resume({ run, failed: false, ambiguous: 'skip' });
    const skipped = await place.runs.wait({ run });
    expect(skipped).toMatchObject({ status: 'done', done: 100, failed: IN_FLIGHT });
    expect(repeated(asked)).toEqual([]);

    await place.runs.resume({ run, failed: true, ambiguous: 'retry' });
    const retried = await place.runs.wait({ run });
    expect(retried).toMatchObject({ status: 'done', done: 100, failed: 0 });
    expect(retried.candidates[0]!.score).toMatchObject({ mean: 1, n: 100 });
    expect(repeated(asked)).toHaveLength(IN_FLIGHT);
  });

  test('of two resumes at once one is told that the run is going on', async () => {
    const { provider, answered, stalled, open } = stalling(10);
    await using place = await bench(examplesOf(60), registryOf([provider]));
    const { run } = await place.start(oneArm);
    await stalled;
    await place.reopen();
    open();
    const both = await Promise.allSettled([1, 2].map(() => place.runs.resume({ run, failed: false })));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'run.active' },
    });
    expect(await place.runs.wait({ run })).toMatchObject({ status: 'done', done: 60 });
    expect(answered).toHaveLength(60);
  });

  test('a pipeline file that was edited meanwhile is not mixed into the run', async () => {
    const { provider, stalled, open } = stalling(10);
    await using place = await bench(examplesOf(60), registryOf([provider]));
    const file = join(place.folder, 'pipeline.yaml');
    writeFileSync(file, oneArm);
    const { run } = await place.start(oneArm, {
      pipeline: { text: oneArm, file, baseFolder: place.folder },
    });
    await stalled;
    await place.reopen();
    open();
    writeFileSync(file, oneArm.replace('{{input.question}}', 'Briefly: {{input.question}}'));
    await expect(place.runs.resume({ run, failed: false })).rejects.toMatchObject({
      code: 'run.config_changed',
      message: expect.stringContaining(file) as string,
    });
    // A comment changes nothing of what it means.
    writeFileSync(file, `# the same\n${oneArm}`);
    await place.runs.resume({ run, failed: false });
    expect(await place.runs.wait({ run })).toMatchObject({ status: 'done', done: 60 });
  });
});

describe('cancelling', () => {
  test('ends calls in flight at once, keeps what was paid, and can be taken back', async () => {
    const { provider, asked, answered, aborted, stalled, open } = stalling(50);
    await using place = await bench(examplesOf(100), registryOf([provider]));
    const { run } = await place.start(oneArm);
    await stalled;
    const cancelled = await place.runs.cancel({ run });
    expect(cancelled).toMatchObject({ status: 'cancelled', reason: null, done: 50, failed: 0 });
    expect(aborted()).toBe(IN_FLIGHT);
    expect(asked).toHaveLength(50 + IN_FLIGHT);
    expect((await place.runs.status({ run })).ambiguous).toHaveLength(IN_FLIGHT);
    await place.reopen();
    expect((await place.runs.status({ run })).status).toBe('cancelled');
    open();
    await place.runs.resume({ run, failed: false });
    expect(await place.runs.wait({ run })).toMatchObject({ status: 'done', done: 100, failed: 0 });
    expect(repeated(answered)).toEqual([]);
  });
});

describe('identical requests', () => {
  const DISTINCT = 7;
  const sameQuestions = examplesOf(300, (i) => ({ input: { question: `question ${i % DISTINCT}` } }));

  test('are paid once, within a run and across runs, unless a fresh answer is asked for', async () => {
    let calls = 0;
    const provider = fakeProvider('fake', async () => {
      calls++;
      await new Promise((resolve) => setTimeout(resolve, 2));
      return answer('fine');
    });
    await using place = await bench(sameQuestions, registryOf([provider]));
    const once = await place.start(oneArm, { concurrency: 64 });
    const first = await place.runs.wait(once);
    expect(calls).toBe(DISTINCT);
    expect(first).toMatchObject({ status: 'done', done: 300, cached: 300 - DISTINCT });
    // Every outcome carries what its answer costs; only seven were paid for.
    expect(first.costUsd).toBeCloseTo(300 * 0.01, 9);
    expect(first.freshCostUsd).toBeCloseTo(DISTINCT * 0.01, 9);
    await place.reopen();
    const second = await place.runs.wait(await place.start(oneArm, { concurrency: 64 }));
    expect(calls).toBe(DISTINCT);
    expect(second).toMatchObject({ cached: 300, freshCostUsd: 0 });
    await place.runs.wait(await place.start(oneArm, { concurrency: 64, fresh: true }));
    expect(calls).toBe(DISTINCT + 300);
  });

  test('one that failed is asked again by the next that needs it', async () => {
    const calls = new Map<string, number>();
    const provider = fakeProvider('fake', ({ messages }) => {
      const question = messages[0]!.content;
      const n = (calls.get(question) ?? 0) + 1;
      calls.set(question, n);
      if (n <= 3) throw failure('bad_request');
      return answer('fine');
    });
    await using place = await bench(sameQuestions, registryOf([provider]));
    const summary = await place.runs.wait(await place.start(oneArm, { concurrency: 64 }));
    expect(summary).toMatchObject({ status: 'done', failed: 3 * DISTINCT, done: 300 });
    expect([...calls.values()]).toEqual(Array.from({ length: DISTINCT }, () => 4));
  });
});
