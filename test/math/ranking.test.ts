import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ndcgAt, recallAt, reciprocalRank } from '../../engine/math/index.ts';

describe('discounted cumulated gain', () => {
  it('is that of the worked example of Wikipedia, "Discounted cumulative gain": 6.861 of 8.740', () => {
    const gains = new Map(Object.entries({ D1: 3, D2: 2, D3: 3, D4: 0, D5: 1, D6: 2, D7: 3, D8: 2 }));
    expect(ndcgAt(['D1', 'D2', 'D3', 'D4', 'D5', 'D6'], gains, 6)).toBeCloseTo(0.785, 3);
  });

  it('is 1 for the best order and never more, whatever the gains', () => {
    const gains = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(gains, fc.integer({ min: 1, max: 8 }), fc.integer(), (given, k, turn) => {
        const byId = new Map(given.map((gain, i) => [`d${i}`, gain]));
        const ids = [...byId.keys()];
        const turned = ids.map((_, i) => ids[(i + Math.abs(turn)) % ids.length]!);
        const best = ids.toSorted((a, b) => byId.get(b)! - byId.get(a)!);
        if (given.every((gain) => gain === 0)) expect(ndcgAt(turned, byId, k)).toBeNaN();
        else {
          expect(ndcgAt(best, byId, k)).toBeCloseTo(1, 12);
          expect(ndcgAt(turned, byId, k)).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });

  it('counts an item that is named twice once', () => {
    expect(ndcgAt(['a', 'a'], new Map([['a', 1]]), 2)).toBe(1);
  });
});

describe('recall and reciprocal rank', () => {
  it('are what counting gives', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1 });
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 1, max: 6 }), (ranking, relevant, k) => {
        const set = new Set(relevant);
        let hits = 0;
        let first = 0;
        ranking.forEach((id, i) => {
          if (!set.has(id)) return;
          if (i < k) hits++;
          if (first === 0) first = i + 1;
        });
        expect(recallAt(ranking, set, k)).toBe(hits / relevant.length);
        expect(reciprocalRank(ranking, set)).toBe(first === 0 ? 0 : 1 / first);
      }),
    );
  });

  it('are not a number where nothing is relevant', () => {
    expect(recallAt(['a'], new Set(), 1)).toBeNaN();
    expect(reciprocalRank(['a'], new Set())).toBeNaN();
  });
});
