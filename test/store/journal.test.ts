import { hash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallIntent, CallResult } from '../../engine/store/index.ts';
import { createRequestIndex } from '../../engine/store/request-index.ts';
import { outcomeOf, workspace } from './fixtures.ts';

const sha = (text: string): string => hash('sha256', text);
const intent = (example: string, attempt = 1, more: Partial<CallIntent> = {}): CallIntent => ({
  run: 'r1',
  example,
  candidate: 'a',
  step: 'answer',
  attempt,
  requestHash: sha(example),
  model: 'fake/m',
  estimatedCostUsd: 0.25,
  startedAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
const result = (example: string, attempt = 1, more: Partial<CallResult> = {}): CallResult => ({
  run: 'r1',
  example,
  candidate: 'a',
  step: 'answer',
  attempt,
  requestHash: sha(example),
  response: '{"text":"yes"}',
  ok: true,
  costUsd: 0.1,
  latencyMs: 4,
  ...more,
});

describe('the call ledger', () => {
  test('what was acknowledged is there after reopening; a call without a result is ambiguous', async () => {
    await using place = await workspace();
    const { journal } = place.store;
    await Promise.all(['e1', 'e2', 'e3'].map((id) => journal.intend(intent(id))));
    await Promise.all([
      journal.settle(result('e1')),
      journal.settle(result('e3', 1, { ok: false, costUsd: null })),
    ]);
    await journal.intend(intent('e3', 2, { estimatedCostUsd: null }));
    await place.reopen();
    expect(await place.store.journal.replay('r1')).toEqual([
      result('e1'),
      result('e3', 1, { ok: false, costUsd: null }),
    ]);
    expect(await place.store.journal.ambiguous('r1')).toEqual([
      {
        example: 'e2',
        candidate: 'a',
        step: 'answer',
        attempt: 1,
        model: 'fake/m',
        estimatedCostUsd: 0.25,
        startedAt: intent('e2').startedAt,
      },
      {
        example: 'e3',
        candidate: 'a',
        step: 'answer',
        attempt: 2,
        model: 'fake/m',
        estimatedCostUsd: null,
        startedAt: intent('e3').startedAt,
      },
    ]);
    expect(await place.store.journal.ambiguous('r2')).toEqual([]);
  });

  test('calls of items that succeeded are not replayed; those of failed items are', async () => {
    await using place = await workspace();
    const { journal } = place.store;
    await Promise.all([
      journal.settle(result('e1')),
      journal.settle(result('e2')),
      journal.settle(result('e3')),
    ]);
    await journal.outcome(outcomeOf('e1', 'a'));
    await journal.outcome(outcomeOf('e2', 'a', { error: { class: 'guard', message: '' }, score: null }));
    // The same example under another candidate is another item.
    await journal.outcome(outcomeOf('e3', 'b'));
    expect((await journal.replay('r1')).map(({ example }) => example)).toEqual(['e2', 'e3']);
    await journal.outcome(outcomeOf('e2', 'a'));
    expect((await journal.replay('r1')).map(({ example }) => example)).toEqual(['e3']);
  });

  test('answers the same request from any run, the newest first, and never with a failure', async () => {
    await using place = await workspace();
    const { journal } = place.store;
    expect(await journal.cached(sha('e1'))).toBeNull();
    await journal.settle(result('e1'));
    await journal.settle(result('e1', 1, { run: 'r2', response: '{"text":"newer"}' }));
    await journal.settle(result('e2', 1, { ok: false }));
    expect((await journal.cached(sha('e1')))?.response).toBe('{"text":"newer"}');
    expect(await journal.cached(sha('e2'))).toBeNull();
    await place.reopen();
    expect((await place.store.journal.cached(sha('e1')))?.run).toBe('r2');
    const many = await Promise.all(['e1', 'e2', 'e3', 'e1'].map((id) => place.store.journal.cached(sha(id))));
    expect(many.map((one) => one?.run ?? null)).toEqual(['r2', null, null, 'r2']);
  });

  test('many writers share commits, in order', async () => {
    await using place = await workspace();
    const { journal } = place.store;
    await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        for (let attempt = 1; attempt <= 5; attempt++) {
          await journal.intend(intent(`e${i}`, attempt));
          await journal.settle(result(`e${i}`, attempt, { ok: attempt === 5 }));
        }
      }),
    );
    expect(await journal.ambiguous('r1')).toEqual([]);
    expect(await journal.replay('r1')).toHaveLength(1500);
  });

  test('what is written in one moment shares one commit', async () => {
    await using place = await workspace();
    const { journal } = place.store;
    const commits = new Set(Array.from({ length: 300 }, (_, i) => journal.intend(intent(`e${i}`))));
    commits.add(journal.outcome(outcomeOf('e0', 'a')));
    expect(commits.size).toBe(1);
    await Promise.all(commits);
    expect(await journal.ambiguous('r1')).toHaveLength(300);
  });

  test('what calls may have cost counts each at its price, or at worst where no price is known', async () => {
    await using place = await workspace();
    const { journal } = place.store;
    expect(await journal.committedUsd('r1')).toBe(0);
    await Promise.all([
      journal.intend(intent('e1')),
      journal.settle(result('e1')),
      journal.intend(intent('e2')),
      journal.intend(intent('e3')),
      journal.settle(result('e3', 1, { ok: false, costUsd: null })),
      journal.intend(intent('e4', 1, { estimatedCostUsd: null })),
      journal.intend(intent('e5', 1, { run: 'r2' })),
    ]);
    // e1 paid 0.1; e2 is ambiguous and e3 unpriced: 0.25 each.
    expect(await journal.committedUsd('r1')).toBeCloseTo(0.6, 12);
  });

  test('nothing is acknowledged after closing', async () => {
    await using place = await workspace();
    const { journal } = place.store;
    await place.reopen();
    await expect(journal.intend(intent('e1'))).rejects.toThrow('closed');
  });
});

test('the index of requests never forgets one', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 3000, minLength: 1 }), (names) => {
      const index = createRequestIndex(1);
      for (const name of names) index.add(sha(name));
      expect(names.every((name) => index.has(sha(name)))).toBe(true);
      expect(index.has(sha('\u0000 not among them'))).toBe(false);
    }),
    { numRuns: 20 },
  );
});
