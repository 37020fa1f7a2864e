import { describe, expect, test } from 'vitest';
import { answer, bench, examplesOf, failure, fakeProvider, oneArm, registryOf } from './edge.ts';
import { fakeClock } from './fake-clock.ts';

const IN_FLIGHT = 16;

describe('an outage', () => {
  test('pauses the run after a few calls instead of failing every row; when it is over, resume finishes', async () => {
    let up = false;
    let refused = 0;
    const provider = fakeProvider('fake', ({ example }) => {
      if (up) return answer(`answer ${example!.slice(1)}`);
      refused++;
      throw failure('connection');
    });
    await using place = await bench(examplesOf(400), registryOf([provider]), { clock: fakeClock() });
    const { run } = await place.start(oneArm);
    const paused = await place.runs.wait({ run });
    expect(paused).toMatchObject({ status: 'paused', reason: { code: 'provider.connection' } });
    expect(paused.reason!.message).toContain('run resume');
    // Twenty in a row, one of them a third try; the rest of the lanes end with what they have in flight.
    expect(refused).toBeLessThanOrEqual(3 * IN_FLIGHT + IN_FLIGHT);
    expect(paused.failed).toBe(0);
    expect(paused.ambiguous).toEqual([]);
    up = true;
    await place.runs.resume({ run, failed: false });
    const done = await place.runs.wait({ run });
    expect(done).toMatchObject({ status: 'done', done: 400, failed: 0, reason: null });
    expect(done.candidates[0]!.score).toMatchObject({ mean: 1, n: 400 });
  });

  test('a short interruption of everything in flight is ridden out', async () => {
    const tries = new Map<string, number>();
    const provider = fakeProvider('fake', ({ example }) => {
      const n = tries.get(example!) ?? 0;
      tries.set(example!, n + 1);
      if (Number(example!.slice(1)) < IN_FLIGHT && n < 2) throw failure('overloaded');
      return answer('fine');
    });
    await using place = await bench(examplesOf(100), registryOf([provider]), { clock: fakeClock() });
    const { run } = await place.start(oneArm);
    expect(await place.runs.wait({ run })).toMatchObject({ status: 'done', done: 100, failed: 0 });
  });

  test('a refused key stops the run at once, and no row is blamed for it', async () => {
    let calls = 0;
    const provider = fakeProvider('fake', () => {
      calls++;
      throw failure('auth');
    });
    await using place = await bench(examplesOf(100), registryOf([provider]), { clock: fakeClock() });
    const { run } = await place.start(oneArm);
    const summary = await place.runs.wait({ run });
    expect(summary).toMatchObject({
      status: 'paused',
      done: 0,
      failed: 0,
      reason: { code: 'provider.auth' },
    });
    expect(calls).toBeLessThanOrEqual(IN_FLIGHT);
  });

  test('one provider that is down does not stand for another: its rows succeed until the run pauses', async () => {
    let answered = 0;
    const dead = fakeProvider('dead', () => {
      throw failure('server_error');
    });
    const alive = fakeProvider('alive', () => {
      answered++;
      return answer('fine');
    });
    await using place = await bench(examplesOf(200), registryOf([dead, alive]), { clock: fakeClock() });
    const { run } = await place.start(`pipeline: two
version: 1
candidates:
  a: { provider: dead, model: m }
  b: { provider: alive, model: m }
steps:
  - id: answer
    route: { by: candidate, candidates: [a, b] }
    generate: { prompt: "{{input.question}}" }
`);
    const summary = await place.runs.wait({ run });
    expect(summary).toMatchObject({ status: 'paused', failed: 0, reason: { code: 'provider.server_error' } });
    // What the living one answered is kept: paid for, so counted.
    expect(summary.done).toBe(answered);
  });

  test('being told to slow down is no outage: such rows fail by themselves', async () => {
    const provider = fakeProvider('fake', () => {
      throw failure('rate_limited', { retryAfterMs: 10 });
    });
    await using place = await bench(examplesOf(60), registryOf([provider]), { clock: fakeClock() });
    const { run } = await place.start(oneArm);
    expect(await place.runs.wait({ run })).toMatchObject({ status: 'done', done: 60, failed: 60 });
  });
});
