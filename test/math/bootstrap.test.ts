import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bootstrapDifferences,
  bootstrapEstimates,
  bootstrapMeans,
  meanInterval,
  normalTwoSided,
  resample,
  seededRandom,
  studentTwoSided,
} from '../../engine/math/index.ts';

const normal = (n: number, seed: number): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length: n }, () => random.next() + random.next() + random.next());
};

describe('bootstrap', () => {
  it('draws n rows each time, whole groups with groups', () => {
    resample(50, { seed: 3, resamples: 40 }, (weights) => {
      expect(weights.reduce((a, b) => a + b, 0)).toBe(50);
    });
    const groups = Int32Array.from({ length: 50 }, (_, i) => (i * 7) % 11);
    resample(50, { seed: 3, resamples: 40, groups }, (weights) => {
      for (let i = 0; i < 50; i++)
        for (let j = 0; j < 50; j++) if (groups[i] === groups[j]) expect(weights[i]).toBe(weights[j]);
    });
  });

  it('approaches the exact distribution of all 27 resamples of three rows', () => {
    const values = Float64Array.of(0, 1, 5);
    const means: number[] = [];
    for (const a of values) for (const b of values) for (const c of values) means.push((a + b + c) / 3);
    const within = (draws: number): number => means.filter((x) => x <= draws).length / 27;
    const [one] = bootstrapMeans([values], { seed: 9, level: 0.8, resamples: 20_000 });
    // The 10 % and 90 % points of the exact distribution, apart by what three rows are too few.
    const wider = (Math.sqrt(3 / 2) * studentTwoSided(0.8, 2)) / normalTwoSided(0.8);
    const lo = 2 + (one!.estimate.lo - 2) / wider;
    const hi = 2 + (one!.estimate.hi - 2) / wider;
    expect(within(lo + 1e-9)).toBeGreaterThanOrEqual(0.1);
    expect(within(lo - 1e-9)).toBeLessThanOrEqual(0.1 + 1e-9 + 3 / 27);
    expect(within(hi + 1e-9)).toBeGreaterThanOrEqual(0.9 - 1e-9);
    expect(one!.estimate.mean).toBe(2);
  });

  it('says nothing of one row or one cluster, and calls nothing certain on a few', () => {
    const [alone] = bootstrapMeans([Float64Array.of(-0.1)], { seed: 1, level: 0.95 });
    expect(alone).toMatchObject({ p: 1, estimate: { mean: -0.1, lo: NaN, hi: NaN, n: 1 } });
    const groups = Int32Array.of(0, 0, 0);
    const [copies] = bootstrapMeans([Float64Array.of(1, 1, 1)], { seed: 1, level: 0.95, groups });
    expect(copies).toMatchObject({ p: 1, estimate: { lo: NaN, groups: 1 } });
    for (const n of [2, 3, 4, 5]) {
      const [few] = bootstrapMeans([new Float64Array(n).fill(0.2)], { seed: 1, level: 0.95 });
      expect(few!.p).toBe(2 ** (1 - n));
    }
  });

  it.each([2, 3, 4, 5, 10, 20])(
    'finds a difference where there is none in few of 400 draws of %d rows',
    (n) => {
      let found = 0;
      let covered = 0;
      for (let seed = 1; seed <= 400; seed++) {
        const random = seededRandom(seed * 97 + n);
        const values = Float64Array.from({ length: n }, () => random.next() - random.next());
        const [one] = bootstrapMeans([values], { seed, level: 0.95, resamples: 400 });
        if (one!.p <= 0.05) found++;
        if (one!.estimate.lo <= 0 && one!.estimate.hi >= 0) covered++;
      }
      // 5 % and three standard errors of 400 draws.
      expect(found).toBeLessThanOrEqual(33);
      expect(covered).toBeGreaterThanOrEqual(400 - 33);
    },
  );

  it('agrees with Student on well-behaved rows, also above the block limit and with groups', () => {
    for (const n of [400, 30_000]) {
      const values = normal(n, 2);
      const groups = Int32Array.from({ length: n }, (_, i) => Math.floor(i / 3));
      for (const g of [undefined, groups]) {
        const [one] = bootstrapMeans([values], { seed: 1, level: 0.95, groups: g });
        const student = meanInterval(values, 0.95, g);
        const width = student.hi - student.lo;
        expect(Math.abs(one!.estimate.lo - student.lo)).toBeLessThan(0.08 * width);
        expect(Math.abs(one!.estimate.hi - student.hi)).toBeLessThan(0.08 * width);
        expect(one!.estimate.groups).toBe(g && Math.ceil(n / 3));
      }
    }
  });

  it('gives a p-value that is uniform where there is no difference', () => {
    let rejected = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const values = normal(60, seed).map((x) => x - 1.5);
      const [one] = bootstrapMeans([values], { seed, level: 0.95, resamples: 400 });
      if (one!.p <= 0.1) rejected++;
    }
    expect(rejected / 300).toBeGreaterThan(0.06);
    expect(rejected / 300).toBeLessThan(0.16);
  });

  it('finds differences on shared resamples as it does on the difference itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(1000), (n, seed) => {
        const [a, b] = [normal(n, seed), normal(n, seed + 1)];
        const options = { seed, level: 0.9, resamples: 200 };
        const [direct] = bootstrapMeans([a.map((x, i) => x - b[i]!)], options);
        const [shared] = bootstrapDifferences([a, b], [[0, 1]], options);
        expect(shared!.estimate.mean).toBeCloseTo(direct!.estimate.mean, 9);
        expect(shared!.estimate.lo).toBeCloseTo(direct!.estimate.lo, 9);
        expect(shared!.p).toBeCloseTo(direct!.p, 2);
      }),
      { numRuns: 30 },
    );
  });

  it('repeats itself exactly for a seed and gives several statistics on the same resamples', () => {
    const values = normal(100, 4);
    const statistic = (weights: Int32Array): number[] => {
      let sum = 0;
      for (let i = 0; i < values.length; i++) sum += weights[i]! * values[i]!;
      return [sum / 100, -sum / 100];
    };
    const once = bootstrapEstimates(100, statistic, { seed: 7, level: 0.9, resamples: 300 });
    expect(bootstrapEstimates(100, statistic, { seed: 7, level: 0.9, resamples: 300 })).toEqual(once);
    expect(bootstrapEstimates(100, statistic, { seed: 8, level: 0.9, resamples: 300 })).not.toEqual(once);
    expect(once[0]!.lo).toBeCloseTo(-once[1]!.hi, 9);
  });

  it('stands no rows and equal rows, and refuses NaN', () => {
    const [none] = bootstrapMeans([new Float64Array()], { seed: 1, level: 0.9 });
    expect(none).toMatchObject({ p: 1, estimate: { mean: NaN, lo: NaN, hi: NaN, n: 0 } });
    const [zero] = bootstrapMeans([new Float64Array(20)], { seed: 1, level: 0.9 });
    expect(zero!.p).toBe(1);
    const [same] = bootstrapMeans([new Float64Array(20).fill(0.1)], { seed: 1, level: 0.9, resamples: 999 });
    expect(same!.p).toBeCloseTo(0.001, 9);
    expect(() => bootstrapMeans([Float64Array.of(1, NaN)], { seed: 1, level: 0.9 })).toThrow(RangeError);
  });
});
