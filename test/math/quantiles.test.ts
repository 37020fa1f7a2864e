import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  normalQuantile,
  quantileDifferences,
  quantileIntervals,
  quantiles,
  resample,
  seededRandom,
} from '../../engine/math/index.ts';

/** Log-normal, like latencies. */
const draw = (n: number, seed: number, shift = 0): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length: n }, () =>
    Math.exp(shift + 0.6 * normalQuantile((random.int(1e9) + 0.5) / 1e9)),
  );
};
/** P(from ≤ X ≤ to) of Binomial(n, p), summed. */
const between = (n: number, p: number, [from, to]: [number, number]): number => {
  let log = n * Math.log1p(-p);
  let sum = 0;
  for (let k = 0; k <= n; k++) {
    if (k >= from && k <= to) sum += Math.exp(log);
    log += Math.log((n - k) / (k + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return sum;
};

describe('interval of a quantile', () => {
  it('of ten values and the median is the second to the ninth, 97.9 % (David & Nagaraja 2003, 7.1)', () => {
    const [median] = quantileIntervals(Float64Array.of(10, 1, 9, 2, 8, 3, 7, 4, 6, 5), [0.5], 0.95);
    expect(median).toEqual({ mean: 5.5, lo: 2, hi: 9, n: 10, level: 0.95 });
    expect(between(10, 0.5, [2, 8])).toBeCloseTo(0.9785, 4);
  });

  it('is of the narrowest ranks that leave at most half the error on either side, by binomial sums', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(0.5, 0.9, 0.95, 0.99),
        fc.constantFrom(0.8, 0.95),
        (n, p, level) => {
          const values = Float64Array.from({ length: n }, (_, i) => i + 1);
          const { lo, hi } = quantileIntervals(values, [p], level)[0]!;
          const tail = (1 - level) / 2 + 1e-9;
          // Below rank lo: fewer than lo values under the quantile.
          const missedLow = (rank: number): number => between(n, p, [0, rank - 1]);
          const missedHigh = (rank: number): number => between(n, p, [rank, n]);
          if (!Number.isNaN(lo)) expect(missedLow(lo)).toBeLessThanOrEqual(tail);
          expect(missedLow((Number.isNaN(lo) ? 0 : lo) + 1)).toBeGreaterThan(tail - 2e-9);
          if (Number.isNaN(hi)) expect(missedHigh(n)).toBeGreaterThan(tail - 2e-9);
          else {
            expect(missedHigh(hi)).toBeLessThanOrEqual(tail);
            if (hi > 1) expect(missedHigh(hi - 1)).toBeGreaterThan(tail - 2e-9);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('knows no bound that the rows do not reach, and no interval of nothing', () => {
    const [p99] = quantileIntervals(draw(30, 1), [0.99], 0.95);
    expect(p99!.hi).toBeNaN();
    expect(p99!.lo).toBeGreaterThan(0);
    const [none] = quantileIntervals(new Float64Array(), [0.5], 0.95);
    expect(none).toEqual({ mean: NaN, lo: NaN, hi: NaN, n: 0, level: 0.95 });
    expect(() => quantileIntervals(Float64Array.of(1, NaN), [0.5], 0.95)).toThrow(RangeError);
  });

  it('covers the quantile about as often as it says, with clusters and without', () => {
    const truth = [1, Math.exp(0.6 * normalQuantile(0.95))];
    for (const copies of [1, 4]) {
      const covered = [0, 0];
      for (let seed = 1; seed <= 500; seed++) {
        const once = draw(400 / copies, seed);
        const values = Float64Array.from({ length: 400 }, (_, i) => once[Math.floor(i / copies)]!);
        const groups = Int32Array.from({ length: 400 }, (_, i) => Math.floor(i / copies));
        quantileIntervals(values, [0.5, 0.95], 0.95, copies > 1 ? groups : undefined).forEach(
          ({ lo, hi }, k) => {
            if (!(lo > truth[k]!) && !(hi < truth[k]!)) covered[k]!++;
          },
        );
      }
      for (const count of covered) {
        expect(count / 500).toBeGreaterThan(0.92);
        expect(count / 500).toBeLessThan(0.995);
      }
    }
  });

  it('of copied rows is no narrower than of the originals, by much', () => {
    const once = draw(200, 3);
    const copied = Float64Array.from({ length: 1000 }, (_, i) => once[Math.floor(i / 5)]!);
    const groups = Int32Array.from({ length: 1000 }, (_, i) => Math.floor(i / 5));
    const width = ({ lo, hi }: { lo: number; hi: number }): number => hi - lo;
    const [original] = quantileIntervals(once, [0.5], 0.95);
    const [clustered] = quantileIntervals(copied, [0.5], 0.95, groups);
    const [naive] = quantileIntervals(copied, [0.5], 0.95);
    expect(width(clustered!) / width(original!)).toBeGreaterThan(0.85);
    expect(width(naive!) / width(original!)).toBeLessThan(0.6);
    expect(clustered!.groups).toBe(200);
  });
});

describe('difference of quantiles', () => {
  it('is that of resamples written out value by value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(1000), fc.boolean(), (n, seed, grouped) => {
        const [a, b] = [draw(n, seed), draw(n, seed + 1, 0.3).map((x) => Math.round(x * 2))];
        const groups = grouped ? Int32Array.from({ length: n }, (_, i) => i >> 1) : undefined;
        const ps = [0.95, 0.5];
        const options = { seed, level: 0.9, resamples: 60, groups };
        const brute = ps.map((): number[] => []);
        resample(n, options, (weights) => {
          const expand = (column: Float64Array): Float64Array =>
            Float64Array.from([...column].flatMap((x, i) => Array.from({ length: weights[i]! }, () => x)));
          const [left, right] = [quantiles(expand(a), ps), quantiles(expand(b), ps)];
          ps.forEach((_, k) => brute[k]!.push(left[k]! - right[k]!));
        });
        const [changes] = quantileDifferences([a, b], [[0, 1]], ps, options);
        changes!.forEach(({ mean, lo, hi }, k) => {
          expect(mean).toBeCloseTo(quantiles(a, [ps[k]!])[0]! - quantiles(b, [ps[k]!])[0]!, 9);
          const [low, high] = quantiles(Float64Array.from(brute[k]!), [0.05, 0.95]);
          expect(lo).toBeCloseTo(low!, 9);
          expect(hi).toBeCloseTo(high!, 9);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('by drawn ranks agrees with drawn rows, with groups and without', () => {
    const n = 4000;
    const b = draw(n, 5);
    const own = draw(n, 6);
    const a = b.map((x, i) => 0.7 * x + 0.5 * own[i]!);
    for (const groups of [undefined, Int32Array.from({ length: n }, (_, i) => i >> 2)]) {
      const ask = (maxDrawn: number) =>
        quantileDifferences([a, b], [[0, 1]], [0.5, 0.95], { seed: 2, level: 0.95, groups, maxDrawn })[0]!;
      const [rows, ranks] = [ask(n), ask(0)];
      rows.forEach((row, k) => {
        const rank = ranks[k]!;
        expect(rank.mean).toBe(row.mean);
        const width = row.hi - row.lo;
        expect((rank.hi - rank.lo) / width).toBeGreaterThan(0.85);
        expect((rank.hi - rank.lo) / width).toBeLessThan(1.18);
        expect(Math.abs(rank.lo - row.lo)).toBeLessThan(0.2 * width);
      });
    }
  });

  it('covers the true difference and ratio about as often as it says', () => {
    const covered = [0, 0];
    for (let seed = 1; seed <= 300; seed++) {
      const b = draw(200, seed);
      const a = b.map((x) => x * 1.3);
      const [changes] = quantileDifferences([a, b], [[0, 1]], [0.5, 0.9], {
        seed,
        level: 0.95,
        resamples: 400,
      });
      const truth = [0.3, 0.3 * Math.exp(0.6 * normalQuantile(0.9))];
      changes!.forEach(({ lo, hi, relative }, k) => {
        if (lo <= truth[k]! && truth[k]! <= hi) covered[k]!++;
        expect(relative!.lo).toBeCloseTo(0.3, 9);
        expect(relative!.hi).toBeCloseTo(0.3, 9);
      });
    }
    for (const count of covered) {
      expect(count / 300).toBeGreaterThan(0.9);
      expect(count / 300).toBeLessThan(0.985);
    }
  });

  it('repeats itself for a seed, stands equal values, and has no ratio to nothing', () => {
    const zero = new Float64Array(50);
    const one = zero.map(() => 1);
    const [change] = quantileDifferences([one, zero], [[0, 1]], [0.5], { seed: 1, level: 0.95 });
    expect(change![0]).toMatchObject({ mean: 1, lo: 1, hi: 1, relative: null });
    const ask = (seed: number) =>
      quantileDifferences([draw(60, 1), draw(60, 2)], [[0, 1]], [0.5], { seed, level: 0.95 });
    expect(ask(7)).toEqual(ask(7));
    expect(ask(7)).not.toEqual(ask(8));
  });
});
