/** Upper bounds of a paired loss: how often each errs, by exact sums where there is a closed form, else by draws. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseBound,
  hoeffdingBentkusBound,
  type LossBound,
  lossUpperBound,
  pairedChance,
  pairedUpperBound,
  seededRandom,
} from '../../engine/math/index.ts';

/** P(error) where the truth is exactly `difference`: every pair of counts, by its trinomial probability. */
function errs(n: number, win: number, difference: number, confidence: number): number {
  const loss = win + difference;
  const log = new Float64Array(n + 1);
  for (let k = 1; k <= n; k++) log[k] = log[k - 1]! + Math.log(k);
  const term = (k: number, p: number): number => (k === 0 ? 0 : k * Math.log(p));
  let total = 0;
  for (let lost = 0; lost <= n; lost++) {
    if (Math.abs(lost - n * loss) > 7 * Math.sqrt(n * loss) + 4) continue;
    for (let won = 0; won <= n - lost; won++) {
      if (Math.abs(won - n * win) > 7 * Math.sqrt(n * win) + 4) continue;
      const rest = n - lost - won;
      const mass =
        log[n]! -
        log[lost]! -
        log[won]! -
        log[rest]! +
        term(lost, loss) +
        term(won, win) +
        term(rest, 1 - loss - win);
      if (pairedChance({ lost, won, n }, difference) <= 1 - confidence) total += Math.exp(mass);
    }
  }
  return total;
}

describe('The exact paired bound', () => {
  it('is Clopper–Pearson’s where nothing is ever won: 1 − δ^(1/n) without a loss, .0656 for 3 of 100 at 90 %', () => {
    expect(pairedUpperBound({ lost: 0, won: 0, n: 100 }, 0.9)).toBeCloseTo(1 - 0.1 ** 0.01, 6);
    // Beta(4, 97) at .9: the published one-sided limit of 3 in 100.
    expect(pairedUpperBound({ lost: 3, won: 0, n: 100 }, 0.9)).toBeCloseTo(0.0656, 4);
  });

  const cases = [50, 150].flatMap((n) =>
    [0.01, 0.03, 0.1].flatMap((difference) => [0, 0.002, 0.02, 0.1].map((win) => ({ n, difference, win }))),
  );
  it.each([0.9, 0.95])('errs in at most 1.01 δ of samples at %d, summed over all counts', (confidence) => {
    for (const { n, difference, win } of cases) {
      expect(
        errs(n, win, difference, confidence),
        JSON.stringify({ n, difference, win }),
      ).toBeLessThanOrEqual(1.01 * (1 - confidence));
    }
  });

  it('errs in nine tenths of δ and more where losses and wins are many: nothing is given away', () => {
    expect(errs(250, 0.1, 0.03, 0.9)).toBeGreaterThan(0.095);
  });

  it('grows with losses and confidence, falls with wins, and is the difference at which the chance is δ', () => {
    const counts = fc
      .record({ n: fc.integer({ min: 1, max: 400 }), a: fc.nat(400), b: fc.nat(400) })
      .map(({ n, a, b }) => ({ n, lost: Math.min(a, n), won: Math.min(b, n - Math.min(a, n)) }));
    fc.assert(
      fc.property(counts, fc.constantFrom(0.8, 0.9, 0.95), ({ n, lost, won }, confidence) => {
        const bound = pairedUpperBound({ lost, won, n }, confidence);
        expect(bound).toBeGreaterThanOrEqual((lost - won) / n - 1e-6);
        expect(bound).toBeLessThanOrEqual(1);
        expect(pairedUpperBound({ lost, won, n }, 0.99)).toBeGreaterThanOrEqual(bound - 1e-6);
        if (lost + won < n) {
          expect(pairedUpperBound({ lost: lost + 1, won, n }, confidence)).toBeGreaterThan(bound - 1e-6);
          expect(pairedUpperBound({ lost, won: won + 1, n }, confidence)).toBeLessThan(bound + 0.5 / n);
        }
        if (bound < 1 - 1e-6)
          expect(pairedChance({ lost, won, n }, bound)).toBeLessThanOrEqual(1 - confidence + 1e-3);
      }),
      { numRuns: 150, seed: 5 },
    );
  });

  it('agrees to a thousandth with the normal distribution it becomes above 2,000 rows that differ', () => {
    const below = pairedUpperBound({ lost: 1050, won: 950, n: 40_000 }, 0.9);
    const above = pairedUpperBound({ lost: 1051, won: 950, n: 40_000 }, 0.9);
    expect(above - below).toBeGreaterThan(0);
    expect(above - below).toBeLessThan(1e-4);
  });

  it('is widened for copies as if each group were one row, and refuses losses between', () => {
    const n = 200;
    const once = Float64Array.from({ length: n }, (_, i) => (i % 20 === 0 ? 1 : 0));
    const twice = Float64Array.from({ length: 2 * n }, (_, i) => once[i >> 1]!);
    const groups = Int32Array.from(twice, (_, i) => i >> 1);
    const own = lossUpperBound(once, 0.9, { method: 'paired' });
    const copied = lossUpperBound(twice, 0.9, { method: 'paired', groups });
    expect(copied).toBeGreaterThan(lossUpperBound(twice, 0.9, { method: 'paired' }));
    expect(Math.abs(copied - own)).toBeLessThan(0.003);
    expect(() => lossUpperBound(Float64Array.of(0.5, 0), 0.9, { method: 'paired' })).toThrow(RangeError);
  });
});

describe('Every bound', () => {
  const methods: LossBound[] = ['paired', 'student', 'betting', 'hoeffding-bentkus'];
  it.each(methods)('%s errs in no more than δ of 500 draws, rare losses and frequent ones', (method) => {
    for (const [lose, win] of [
      [0.03, 0],
      [0.09, 0.06],
    ] as const) {
      const random = seededRandom(11);
      let errors = 0;
      for (let draw = 0; draw < 500; draw++) {
        const losses = Float64Array.from({ length: 300 }, () => {
          const x = random.next();
          return x < lose ? 1 : x < lose + win ? -1 : 0;
        });
        if (lossUpperBound(losses, 0.9, { method }) < lose - win - 1e-9) errors++;
      }
      expect(errors / 500).toBeLessThan(0.1 + 3 * Math.sqrt(0.09 / 500));
    }
  });

  it('Hoeffding–Bentkus is at least the exact binomial, and never above Hoeffding', () => {
    for (const k of [0, 2, 15]) {
      const values = new Float64Array(150).fill(1, 0, k);
      const bound = hoeffdingBentkusBound(values, 0.9);
      expect(bound).toBeGreaterThanOrEqual(pairedUpperBound({ lost: k, won: 0, n: 150 }, 0.9) - 1e-6);
      expect(bound).toBeLessThanOrEqual(k / 150 + Math.sqrt(Math.log(10) / 300) + 1e-9);
    }
  });
});

describe('The choice of a bound', () => {
  const apart = Int32Array.from({ length: 1000 }, (_, i) => i);
  it('is exact for 0/1 scores, also with a few repeated inputs, and Student’s for the rest', () => {
    expect(chooseBound(true, apart)).toBe('paired');
    expect(
      chooseBound(
        true,
        apart.map((i) => (i < 40 ? i >> 1 : i)),
      ),
    ).toBe('paired');
    expect(chooseBound(false, apart)).toBe('student');
    expect(
      chooseBound(
        true,
        apart.map((i) => i >> 2),
      ),
    ).toBe('student');
    expect(
      chooseBound(
        true,
        apart.map((i) => (i < 6 ? 0 : i)),
      ),
    ).toBe('student');
  });
});
