import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cohenKappa, krippendorffAlpha, seededRandom } from '../../engine/math/index.ts';

/** Written by sacreBLEU 2.6.0, rouge_score 0.1.2, scikit-learn 1.9.1 and krippendorff 0.9.0 (reference.py beside it). */
const reference = JSON.parse(
  readFileSync(new URL('../scoring/fixtures/reference.json', import.meta.url), 'utf8'),
) as {
  krippendorff: { ratings: (number | null)[][]; nominal: number; ordinal: number; interval: number };
  agree: {
    a: number[];
    b: number[];
    kappa: number;
    linear: number;
    quadratic: number;
    ratings: (number | null)[][];
    alpha: { nominal: number; ordinal: number; interval: number };
  }[];
};
const floats = (values: (number | null)[]): Float64Array => Float64Array.from(values, (x) => x ?? NaN);
const measures = ['nominal', 'ordinal', 'interval'] as const;

describe("Cohen's kappa", () => {
  it('is what scikit-learn finds, weighted or not', () => {
    expect(reference.agree.length).toBeGreaterThan(8);
    for (const { a, b, kappa, linear, quadratic } of reference.agree) {
      expect(cohenKappa(floats(a), floats(b)).mean).toBeCloseTo(kappa, 10);
      expect(cohenKappa(floats(a), floats(b), { weights: 'linear' }).mean).toBeCloseTo(linear, 10);
      expect(cohenKappa(floats(a), floats(b), { weights: 'quadratic' }).mean).toBeCloseTo(quadratic, 10);
    }
  });

  it('is 0.4 on 50 grants of which 20 are accepted and 15 refused by both (a textbook table)', () => {
    const a: number[] = [];
    const b: number[] = [];
    const cells: [number, number, number][] = [
      [1, 1, 20],
      [1, 0, 5],
      [0, 1, 10],
      [0, 0, 15],
    ];
    for (const [x, y, times] of cells)
      for (let i = 0; i < times; i++) {
        a.push(x);
        b.push(y);
      }
    const kappa = cohenKappa(floats(a), floats(b));
    expect(kappa.mean).toBeCloseTo(0.4, 12);
    expect(kappa.n).toBe(50);
    // Fleiss, Cohen & Everitt 1969: standard error 0.1275 for this table; ± 2.01 of it.
    expect(kappa.lo).toBeCloseTo(0.4 - 2.01 * 0.1275, 1);
    expect(kappa.hi).toBeCloseTo(0.4 + 2.01 * 0.1275, 1);
  });

  it('is unknown where only one category occurs, and leaves out what either did not rate', () => {
    expect(cohenKappa(floats([1, 1]), floats([1, 1])).mean).toBeNaN();
    expect(cohenKappa(floats([]), floats([])).mean).toBeNaN();
    expect(cohenKappa(floats([1, 0, null, 1]), floats([1, 0, 1, null])).n).toBe(2);
  });

  it('keeps a width under perfect agreement', () => {
    const few = cohenKappa(floats([0, 1, 0, 1, 0, 1]), floats([0, 1, 0, 1, 0, 1]));
    expect(few).toMatchObject({ mean: 1, hi: 1 });
    expect(few.lo).toBeLessThan(0.5);
  });
});

describe("Krippendorff's alpha", () => {
  it("is .743, .815 and .849 on Krippendorff's own four observers (2011, example C)", () => {
    const ratings = reference.krippendorff.ratings.map(floats);
    const alpha = measures.map((measure) => krippendorffAlpha(ratings, { measure }).mean);
    expect(alpha.map((value) => value.toFixed(3))).toEqual(['0.743', '0.815', '0.849']);
  });

  it('is what the krippendorff package finds, with ratings missing', () => {
    for (const { ratings, alpha } of reference.agree)
      for (const measure of measures)
        expect(krippendorffAlpha(ratings.map(floats), { measure }).mean).toBeCloseTo(alpha[measure], 10);
  });

  it('is 1 minus the ratio of mean disagreements, by brute force over all pairs of ratings', () => {
    const raters = fc.integer({ min: 2, max: 4 });
    const table = raters.chain((m) =>
      fc.array(fc.array(fc.option(fc.integer({ min: 0, max: 4 })), { minLength: m, maxLength: m }), {
        minLength: 2,
        maxLength: 12,
      }),
    );
    fc.assert(
      fc.property(table, fc.constantFrom('nominal' as const, 'interval' as const), (units, measure) => {
        const difference = (x: number, y: number): number =>
          measure === 'nominal' ? Number(x !== y) : (x - y) ** 2;
        const kept = units
          .map((unit) => unit.filter((value): value is number => value !== null))
          .filter((unit) => unit.length > 1);
        const all = kept.flat();
        const within = kept.map((unit) => pairs(unit, difference) * unit.length);
        const observed = within.reduce((a, b) => a + b, 0) / all.length;
        const expected = pairs(all, difference);
        const ratings = units[0]!.map((_, rater) => floats(units.map((unit) => unit[rater]!)));
        const { mean } = krippendorffAlpha(ratings, { measure });
        if (!(expected > 0)) expect(mean).toBeNaN();
        else expect(mean).toBeCloseTo(1 - observed / expected, 9);
      }),
    );
  });

  it('takes no rating twice: order of raters and of units does not matter', () => {
    const [one] = reference.agree;
    const ratings = one!.ratings.map(floats);
    const turned = [...ratings].reverse().map((rater) => Float64Array.from(rater).reverse());
    for (const measure of measures)
      expect(krippendorffAlpha(turned, { measure }).mean).toBeCloseTo(
        krippendorffAlpha(ratings, { measure }).mean,
        12,
      );
  });
});

it('covers the true kappa and alpha in about 95 % of samples', () => {
  const random = seededRandom(11);
  // Two raters who share a fair coin in 60 % of units and toss their own otherwise: kappa and alpha are .6.
  let kappas = 0;
  let alphas = 0;
  const trials = 400;
  for (let t = 0; t < trials; t++) {
    const a = new Float64Array(120);
    const b = new Float64Array(120);
    for (let i = 0; i < 120; i++) {
      a[i] = random.int(2);
      b[i] = random.next() < 0.6 ? a[i]! : random.int(2);
    }
    const kappa = cohenKappa(a, b);
    const alpha = krippendorffAlpha([a, b]);
    if (kappa.lo <= 0.6 && kappa.hi >= 0.6) kappas++;
    if (alpha.lo <= 0.6 && alpha.hi >= 0.6) alphas++;
  }
  for (const covered of [kappas, alphas]) {
    expect(covered / trials).toBeGreaterThan(0.92);
    expect(covered / trials).toBeLessThan(0.98);
  }
});

it('keeps that where each unit is there three times over, if it is told which are the same', () => {
  const random = seededRandom(12);
  let told = 0;
  let untold = 0;
  const trials = 400;
  for (let t = 0; t < trials; t++) {
    const a = new Float64Array(240);
    const b = new Float64Array(240);
    const clusters = Int32Array.from({ length: 240 }, (_, i) => Math.floor(i / 3));
    for (let i = 0; i < 240; i += 3) {
      a.fill(random.int(2), i, i + 3);
      b.fill(random.next() < 0.6 ? a[i]! : random.int(2), i, i + 3);
    }
    const within = ({ lo, hi }: { lo: number; hi: number }): number => Number(lo <= 0.6 && 0.6 <= hi);
    told += within(krippendorffAlpha([a, b], { clusters }));
    untold += within(krippendorffAlpha([a, b]));
  }
  expect(told / trials).toBeGreaterThan(0.92);
  expect(told / trials).toBeLessThan(0.98);
  expect(untold / trials).toBeLessThan(0.85);
});

/** Mean over all ordered pairs of different places. */
function pairs(values: number[], difference: (x: number, y: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++)
    for (let j = 0; j < values.length; j++) if (i !== j) sum += difference(values[i]!, values[j]!);
  return sum / (values.length * (values.length - 1));
}
