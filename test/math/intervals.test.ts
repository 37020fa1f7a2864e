import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  meanInterval,
  newcombePaired,
  normalCdf,
  normalQuantile,
  rateInterval,
  seededRandom,
  studentTwoSided,
  wilsonInterval,
} from '../../engine/math/index.ts';

const level = fc.double({ min: 0.5, max: 0.999, noNaN: true });

describe('Wilson interval', () => {
  it('gives the figures of Newcombe 1998 (Statistics in Medicine 17:857, table I, method 3)', () => {
    for (const [r, n, lo, hi] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const interval = wilsonInterval(r, n, 0.95);
      expect(interval.lo).toBeCloseTo(lo, 4);
      expect(interval.hi).toBeCloseTo(hi, 4);
    }
  });

  it('holds exactly the proportions that a score test does not reject', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        level,
        (n, share, l) => {
          const r = Math.round(share * n);
          const { lo, hi } = wilsonInterval(r, n, l);
          const z = -normalQuantile((1 - l) / 2);
          for (let p = 0.0005; p < 1; p += 0.0371) {
            const distance = Math.abs(r / n - p) / Math.sqrt((p * (1 - p)) / n);
            if (Math.abs(distance - z) < 1e-6) continue;
            expect(p >= lo && p <= hi).toBe(distance <= z);
          }
        },
      ),
    );
  });

  it('never has zero width, stays in [0, 1] and mirrors failures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        level,
        (n, share, l) => {
          const r = Math.round(share * n);
          const { lo, hi } = wilsonInterval(r, n, l);
          const mirrored = wilsonInterval(n - r, n, l);
          expect(hi).toBeGreaterThan(lo);
          expect(lo).toBeGreaterThanOrEqual(0);
          expect(hi).toBeLessThanOrEqual(1);
          expect(mirrored.lo).toBeCloseTo(1 - hi, 9);
        },
      ),
    );
  });

  it('knows nothing about nothing, and refuses what is no proportion', () => {
    expect(wilsonInterval(0, 0, 0.9)).toEqual({ lo: 0, hi: 1 });
    for (const [r, n, l] of [
      [-1, 3, 0.9],
      [4, 3, 0.9],
      [NaN, 3, 0.9],
      [1, NaN, 0.9],
      [1, 3, 1],
      [1, 3, NaN],
    ] as const) {
      expect(() => wilsonInterval(r, n, l)).toThrow(RangeError);
    }
  });
});

describe('interval of a rate', () => {
  /** P(X ≥ r) of Binomial(n, p), summed. */
  const tail = (r: number, n: number, p: number): number => {
    let mass = (1 - p) ** n;
    let below = 0;
    for (let k = 0; k < r; k++) {
      below += mass;
      mass *= ((n - k) / (k + 1)) * (p / (1 - p));
    }
    return 1 - below;
  };

  it('is Wilson but for 3 successes or failures and fewer, where its near bound is no closer than the exact one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(200), level, (n, k, l) => {
        const r = Math.min(k, n);
        const rate = rateInterval(r, n, l);
        const wilson = wilsonInterval(r, n, l);
        if (r > 3 && r < n) expect(rate.lo).toBe(wilson.lo);
        if (n - r > 3 && r > 0) expect(rate.hi).toBeCloseTo(wilson.hi, 12);
        if (r > 0 && r <= 3 && r < n) {
          expect(rate.lo).toBeLessThanOrEqual(wilson.lo);
          if (rate.lo < wilson.lo) expect(tail(r, n, rate.lo)).toBeCloseTo(1 - l, 6);
          else expect(tail(r, n, wilson.lo)).toBeLessThanOrEqual(1 - l + 1e-9);
        }
        const mirrored = rateInterval(n - r, n, l);
        expect(mirrored.lo).toBeCloseTo(1 - rate.hi, 9);
        expect(rate.lo <= r / n + 1e-12 && r / n <= rate.hi + 1e-12).toBe(true);
      }),
    );
  });

  it('of none or all is the rule of three (Hanley & Lippman-Hand 1983, JAMA 249:1743: 0 of 14, about 3/14)', () => {
    expect(rateInterval(0, 14, 0.95).hi).toBeCloseTo(1 - 0.05 ** (1 / 14), 12);
    expect(rateInterval(0, 14, 0.95).hi).toBeCloseTo(3 / 14, 1);
    expect(rateInterval(0, 1000, 0.95).hi).toBeCloseTo(0.003, 4);
    expect(rateInterval(30, 30, 0.95).lo).toBeCloseTo(0.05 ** (1 / 30), 12);
    expect(rateInterval(30, 30, 0.95).hi).toBe(1);
    expect(rateInterval(0, 0, 0.95)).toEqual({ lo: 0, hi: 1 });
  });

  it('covers in 93–97 % of samples for the rates and sizes that are promised, and in nine of ten for every rate, by exact sums', () => {
    const covered = (n: number, p: number, interval: typeof rateInterval): number => {
      let sum = 0;
      let log = n * Math.log1p(-p);
      for (let k = 0; k <= n; k++) {
        const { lo, hi } = interval(k, n, 0.95);
        if (lo <= p && p <= hi) sum += Math.exp(log);
        log += Math.log((n - k) / (k + 1)) + Math.log(p) - Math.log1p(-p);
      }
      return sum;
    };
    for (const n of [30, 200, 2000]) {
      for (const p of [0.5, 0.9, 0.99]) {
        expect(covered(n, p, rateInterval)).toBeGreaterThan(0.93);
        expect(covered(n, p, rateInterval)).toBeLessThan(0.97);
      }
    }
    for (const n of [10, 30, 60]) {
      const least = (interval: typeof rateInterval): number =>
        Math.min(...Array.from({ length: 1999 }, (_, i) => covered(n, (i + 1) / 2000, interval)));
      expect(least(rateInterval)).toBeGreaterThan(0.91);
      // What the mending is for.
      expect(least(wilsonInterval)).toBeLessThan(0.87);
    }
  });
});

describe('normal and Student quantiles', () => {
  it('agree with printed tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
    expect(normalCdf(1.644853627)).toBeCloseTo(0.95, 9);
    expect(studentTwoSided(0.95, 1)).toBeCloseTo(12.7062, 4);
    expect(studentTwoSided(0.95, 10)).toBeCloseTo(2.228139, 6);
    expect(studentTwoSided(0.999, 2)).toBeCloseTo(31.5991, 4);
    expect(studentTwoSided(0.9, 1e6)).toBeCloseTo(1.644854, 5);
  });
});

describe('interval of a mean', () => {
  it('is that of a rate for 0/1 values and Student otherwise', () => {
    const binary = meanInterval(Float64Array.of(1, 1, 0, 1), 0.95);
    expect(binary).toMatchObject({ mean: 0.75, n: 4, level: 0.95, ...rateInterval(3, 4, 0.95) });
    // Student 1908, table of sleep gained on the second drug less the first: 1.58 ± 0.88.
    const sleep = meanInterval(Float64Array.of(1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4), 0.95);
    expect(sleep.mean).toBeCloseTo(1.58, 10);
    expect(sleep.lo).toBeCloseTo(0.7001142, 6);
    expect(sleep.hi).toBeCloseTo(2.4598858, 6);
  });

  it('with every row its own group is the interval without groups', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 40 }),
        (list) => {
          const values = Float64Array.from(list);
          const groups = Int32Array.from(list, (_, i) => i * 7 + 3);
          const { groups: count, ...grouped } = meanInterval(values, 0.9, groups);
          expect(grouped).toEqual(meanInterval(values, 0.9));
          expect(count).toBe(list.length);
        },
      ),
    );
  });

  it('of copied rows is about that of the originals, not narrower by √copies', () => {
    const random = seededRandom(5);
    const once = Float64Array.from({ length: 200 }, () => (random.next() < 0.8 ? 1 : 0));
    const copied = Float64Array.from({ length: 1000 }, (_, i) => once[Math.floor(i / 5)]!);
    const groups = Int32Array.from({ length: 1000 }, (_, i) => Math.floor(i / 5));
    const original = meanInterval(once, 0.95);
    const clustered = meanInterval(copied, 0.95, groups);
    const naive = meanInterval(copied, 0.95);
    const width = (e: { lo: number; hi: number }): number => e.hi - e.lo;
    expect(width(clustered) / width(original)).toBeCloseTo(1, 1);
    expect(width(naive) / width(original)).toBeLessThan(0.5);
    expect(clustered.groups).toBe(200);
  });

  it('agrees with a brute-force cluster-robust standard error', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.double({ min: 0, max: 1, noNaN: true })), {
          minLength: 3,
          maxLength: 60,
        }),
        (rows) => {
          const values = Float64Array.from(rows, ([, x]) => x);
          const ids = rows.map(([g]) => g);
          const distinct = [...new Set(ids)];
          if (distinct.length < 2 || distinct.length === rows.length) return;
          if (values.every((x) => x === 0 || x === 1)) return;
          const n = rows.length;
          const mean = values.reduce((a, b) => a + b, 0) / n;
          let sum = 0;
          for (const g of distinct) {
            for (let i = 0; i < n; i++) {
              for (let j = 0; j < n; j++) {
                if (ids[i] === g && ids[j] === g) sum += (values[i]! - mean) * (values[j]! - mean);
              }
            }
          }
          const G = distinct.length;
          const half = (studentTwoSided(0.9, G - 1) * Math.sqrt(Math.max(0, (G / (G - 1)) * sum))) / n;
          const got = meanInterval(values, 0.9, Int32Array.from(ids));
          expect(got.lo).toBeCloseTo(Math.max(0, mean - half), 6);
          expect(got.hi).toBeCloseTo(Math.min(1, mean + half), 6);
        },
      ),
    );
  });

  it('covers the truth about as often as it says on clustered 0/1 rows', () => {
    const random = seededRandom(11);
    let covered = 0;
    const trials = 600;
    for (let trial = 0; trial < trials; trial++) {
      const values: number[] = [];
      const groups: number[] = [];
      for (let g = 0; g < 80; g++) {
        const p = random.next() < 0.7 ? 0.95 : 0.3;
        for (let k = 1 + random.int(6); k > 0; k--) {
          values.push(random.next() < p ? 1 : 0);
          groups.push(g);
        }
      }
      const { lo, hi } = meanInterval(Float64Array.from(values), 0.9, Int32Array.from(groups));
      if (lo <= 0.755 && 0.755 <= hi) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.86);
    expect(covered / trials).toBeLessThan(0.95);
  });

  it('never collapses on 0/1 values, whatever the groups', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(0, 1), fc.nat(5)), { minLength: 1, maxLength: 30 }),
        (rows) => {
          const e = meanInterval(
            Float64Array.from(rows, ([x]) => x),
            0.95,
            Int32Array.from(rows, ([, g]) => g),
          );
          expect(e.hi - e.lo).toBeGreaterThan(0.01);
          expect(e.lo).toBeLessThanOrEqual(e.mean + 1e-12);
          expect(e.hi).toBeGreaterThanOrEqual(e.mean - 1e-12);
        },
      ),
    );
  });

  it('is unknown for no row and for one graded row, and refuses NaN', () => {
    expect(meanInterval(new Float64Array(), 0.95)).toEqual({
      mean: NaN,
      lo: NaN,
      hi: NaN,
      n: 0,
      level: 0.95,
    });
    expect(meanInterval(Float64Array.of(0.3), 0.95)).toEqual({
      mean: 0.3,
      lo: NaN,
      hi: NaN,
      n: 1,
      level: 0.95,
    });
    expect(() => meanInterval(Float64Array.of(1, NaN), 0.95)).toThrow(RangeError);
    expect(() => meanInterval(Float64Array.of(1, Infinity), 0.95)).toThrow(RangeError);
    expect(() => meanInterval(Float64Array.of(1, 0), 0.95, Int32Array.of(0))).toThrow(RangeError);
    expect(() => meanInterval(Float64Array.of(1, 0), 0.95, Int32Array.of(0, -1))).toThrow(RangeError);
  });
});

describe('Newcombe interval of a paired difference', () => {
  it('gives the published figures for 36, 12, 2, 0 (Newcombe 1998, Statistics in Medicine 17:2635, method 10)', () => {
    const { lo, hi } = newcombePaired({ both: 36, onlyA: 12, onlyB: 2, neither: 0 }, 0.95);
    expect(lo).toBeCloseTo(0.0569, 4);
    expect(hi).toBeCloseTo(0.3404, 4);
  });

  it('turns its sign with the candidates, holds the difference, and never collapses', () => {
    const cell = fc.nat(60);
    fc.assert(
      fc.property(cell, cell, cell, cell, (both, onlyA, onlyB, neither) => {
        const n = both + onlyA + onlyB + neither;
        const one = newcombePaired({ both, onlyA, onlyB, neither }, 0.95);
        const other = newcombePaired({ both, onlyA: onlyB, onlyB: onlyA, neither }, 0.95);
        expect(one.lo).toBeCloseTo(-other.hi, 9);
        expect(one.hi - one.lo).toBeGreaterThan(0);
        if (n > 0)
          expect(one.lo - 1e-12 <= (onlyA - onlyB) / n && (onlyA - onlyB) / n <= one.hi + 1e-12).toBe(true);
      }),
    );
  });
});
