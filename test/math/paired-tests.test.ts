import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holmAdjust, mcnemarMidP, quantiles, quantileSorted } from '../../engine/math/index.ts';

describe('McNemar mid-p', () => {
  it('gives the figures of Fagerland, Lydersen & Laake 2013 (BMC Medical Research Methodology 13:91)', () => {
    expect(mcnemarMidP(1, 7)).toBeCloseTo(0.0391, 4);
    expect(mcnemarMidP(6, 16)).toBeCloseTo(0.0347, 4);
  });

  it('is the binomial sum done in whole numbers, and symmetric', () => {
    fc.assert(
      fc.property(fc.nat(120), fc.nat(120), (a, b) => {
        const n = a + b;
        const k = Math.min(a, b);
        let choose = 1n;
        let tail = 0n;
        for (let i = 0; i <= k; i++) {
          tail += i === k ? choose : 2n * choose;
          choose = (choose * BigInt(n - i)) / BigInt(i + 1);
        }
        const exact = a === b ? 1 : Number((tail * 10n ** 30n) / 2n ** BigInt(n)) / 1e30;
        expect(mcnemarMidP(a, b)).toBeCloseTo(Math.min(1, exact), 10);
        expect(mcnemarMidP(a, b)).toBe(mcnemarMidP(b, a));
      }),
    );
  });

  it('says nothing where nothing differs, stands a million rows, and refuses what is no count', () => {
    expect(mcnemarMidP(0, 0)).toBe(1);
    expect(mcnemarMidP(500_000, 500_000)).toBe(1);
    expect(mcnemarMidP(500_000, 501_000)).toBeCloseTo(0.3176, 3);
    for (const bad of [-1, 0.5, NaN]) expect(() => mcnemarMidP(bad, 1)).toThrow(RangeError);
  });
});

describe('Holm adjustment', () => {
  const p = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 7 });

  it('is the closed test of Bonferroni tests (Marcus, Peritz & Gabriel 1976), by brute force', () => {
    fc.assert(
      fc.property(p, (list) => {
        const closed = list.map((_, i) => {
          let worst = 0;
          for (let set = 1; set < 1 << list.length; set++) {
            if ((set & (1 << i)) === 0) continue;
            const members = list.filter((_, j) => (set & (1 << j)) !== 0);
            worst = Math.max(worst, Math.min(1, members.length * Math.min(...members)));
          }
          return worst;
        });
        holmAdjust(list).forEach((adjusted, i) => expect(adjusted).toBeCloseTo(closed[i]!, 12));
      }),
    );
  });

  it('keeps the order given, and refuses NaN', () => {
    expect(holmAdjust([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holmAdjust([])).toEqual([]);
    expect(() => holmAdjust([0.1, NaN])).toThrow(RangeError);
  });
});

describe('quantiles', () => {
  it('are R type 7', () => {
    // quantile(c(1, 2, 4, 8, 16), c(.1, .5, .95)) in R 4.
    const [a, b, c] = quantiles(Float64Array.of(16, 1, 4, 2, 8), [0.1, 0.5, 0.95]);
    expect([a, b]).toEqual([1.4, 4]);
    expect(c).toBeCloseTo(14.4, 10);
  });

  it('leave out NaN, stand infinities, and are NaN for nothing', () => {
    expect(quantiles(Float64Array.of(NaN, 3, NaN), [0, 0.5, 1])).toEqual([3, 3, 3]);
    expect(quantiles(new Float64Array(), [0.5])).toEqual([NaN]);
    expect(quantileSorted([1, Infinity, Infinity], 0.75)).toBe(Infinity);
  });
});
