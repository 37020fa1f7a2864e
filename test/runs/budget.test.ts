import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBudget } from '../../engine/runs/budget.ts';
import { answer, bench, examplesOf, failure, fakeProvider, oneArm, registryOf, threeSteps } from './edge.ts';
import { fakeClock } from './fake-clock.ts';

const WORST = 0.02;

test('whatever settles in whatever order, what is paid never exceeds the cap', () => {
  const event = fc.record({
    settle: fc.boolean(),
    at: fc.nat(),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 5, noNaN: true }),
      fc.double({ min: 0, max: 5, noNaN: true }),
      fc.array(fc.tuple(event, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()), { maxLength: 60 }),
      (cap, before, events) => {
        const budget = createBudget(cap, before);
        const flying: { worst: number; pays: number | null }[] = [];
        let paid = before;
        const land = (at: number): void => {
          const [call] = flying.splice(at, 1);
          budget.settle(call!.worst, call!.pays);
          // A price that never becomes known may have been the worst one.
          paid += call!.pays ?? call!.worst;
        };
        for (const [{ settle, at, part }, worst, known] of events) {
          if (settle && flying.length > 0) land(at % flying.length);
          else {
            try {
              budget.reserve(worst, 'm');
            } catch {
              continue;
            }
            flying.push({ worst, pays: known ? worst * part : null });
          }
        }
        while (flying.length > 0) land(0);
        expect(paid).toBeLessThanOrEqual(Math.max(cap, before) * (1 + 1e-6));
      },
    ),
  );
});

describe('a run with a budget', () => {
  test('never pays more than its cap, pauses whole, and a larger budget finishes it without paying twice', async () => {
    const runs = fc.record({
      cap: fc.double({ min: 0.001, max: 1, noNaN: true }),
      concurrency: fc.constantFrom(1, 7, 64),
      // Of the worst case, by example; a call may also fail once and be paid all the same.
      parts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 80, maxLength: 80 }),
      failing: fc.uniqueArray(fc.nat(79), { maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ cap, concurrency, parts, failing }) => {
        let paid = 0;
        const answered = new Map<string, number>();
        const left = new Set(failing);
        const provider = fakeProvider('fake', async ({ example }) => {
          await new Promise((resolve) => setImmediate(resolve));
          const i = Number(example!.slice(1));
          const costUsd = parts[i]! * WORST;
          paid += costUsd;
          if (left.delete(i)) throw failure('server_error', { paidUsd: costUsd });
          answered.set(example!, (answered.get(example!) ?? 0) + 1);
          return answer('fine', { costUsd });
        });
        await using place = await bench(examplesOf(80), registryOf([provider], WORST), {
          clock: fakeClock(),
        });
        const { run } = await place.start(oneArm, { concurrency, budgetUsd: cap });
        const first = await place.runs.wait({ run });
        expect(paid).toBeLessThanOrEqual(cap * (1 + 1e-9));
        expect(first.freshCostUsd ?? 0).toBeLessThanOrEqual(cap * (1 + 1e-9));
        expect(first.ambiguous).toEqual([]);
        if (first.status !== 'done') {
          expect(first).toMatchObject({
            status: 'paused',
            reason: { code: 'run.budget_exceeded' },
            failed: 0,
          });
          await place.reopen();
          await place.runs.resume({ run, failed: false, budgetUsd: 1000 });
        }
        const last = await place.runs.wait({ run });
        expect(last).toMatchObject({ status: 'done', done: 80, failed: 0 });
        expect([...answered.values()].every((times) => times === 1)).toBe(true);
        expect(last.freshCostUsd).toBeCloseTo(paid, 9);
      }),
      { numRuns: 12, seed: 5 },
    );
  });

  test('what unfinished items and unpriced failures may have cost still counts after reopening', async () => {
    // First answers are paid, second ones time out without a price: no item ever finishes.
    let calls = 0;
    const provider = fakeProvider('fake', ({ messages }) => {
      calls++;
      if (messages[0]!.content.startsWith('1')) return answer(`a${calls}`, { costUsd: WORST });
      throw failure('rate_limited', { paidUsd: null });
    });
    const retry = { attempts: 2, firstDelayMs: 1, maxDelayMs: 1, maxRetryAfterMs: 1 };
    await using place = await bench(examplesOf(30), registryOf([provider], WORST), {
      clock: fakeClock(),
      retry,
    });
    const cap = 10 * WORST;
    const { run } = await place.start(threeSteps, { concurrency: 4, budgetUsd: cap });
    expect((await place.runs.wait({ run })).reason).toMatchObject({ code: 'run.budget_exceeded' });
    expect(calls).toBe(10);
    expect(await place.store.journal.committedUsd(run)).toBeCloseTo(cap, 9);
    for (let i = 0; i < 3; i++) {
      await place.reopen();
      await place.runs.resume({ run, failed: false });
      expect((await place.runs.wait({ run })).reason).toMatchObject({ code: 'run.budget_exceeded' });
    }
    expect(calls).toBe(10);
  });

  test('a call whose price is not known is not made', async () => {
    let calls = 0;
    const provider = fakeProvider('fake', () => {
      calls++;
      return answer('fine');
    });
    await using place = await bench(examplesOf(5), registryOf([provider], null));
    const { run } = await place.start(oneArm, { budgetUsd: 100 });
    const summary = await place.runs.wait({ run });
    expect(summary).toMatchObject({ status: 'paused', done: 0, reason: { code: 'run.budget_exceeded' } });
    expect(summary.reason!.message).toContain('Declare a price');
    expect(calls).toBe(0);
  });
});
