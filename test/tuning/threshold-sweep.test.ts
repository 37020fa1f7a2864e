/** Sweeps are exact: they must agree with trying every cut, one at a time. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deferralMetrics, sweepThreshold } from '../../engine/math/index.ts';
import { policySplit } from '../../engine/tuning/index.ts';
import { fit, informative, world } from './worlds.ts';

const score = fc.constantFrom(0, 0.5, 1);
const cost = fc.integer({ min: 0, max: 8 });
/** Few distinct values, so that ties and duplicates are the rule; NaN for a missing signal. */
const signal = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, -0, Number.MIN_VALUE, 1 + Number.EPSILON, 1) },
);
const rows = fc.array(fc.tuple(signal, score, cost, score, cost, score), { minLength: 1, maxLength: 14 });
const sum = (values: number[]): number => values.reduce((total, x) => total + x, 0);

describe('An exact threshold sweep', () => {
  it.each(['gte', 'lte'] as const)(
    'equals brute force over every cut point, ties and duplicates together (%s)',
    (op) => {
      fc.assert(
        fc.property(rows, (table) => {
          const column = (k: 0 | 1 | 2 | 3 | 4 | 5): Float64Array =>
            Float64Array.from(table, (row) => row[k]);
          const sweep = sweepThreshold(column(0), op, {
            keptScore: column(1),
            keptCost: column(2),
            elseScore: column(3),
            elseCost: column(4),
            referenceScore: column(5),
          });
          const distinct = [...new Set(table.map(([x]) => x + 0).filter((x) => !Number.isNaN(x)))];
          expect(sweep.kept.length).toBe(distinct.length + 1);
          const cuts = distinct.toSorted((a, b) => (op === 'gte' ? b - a : a - b));
          [null, ...cuts].forEach((cut, k) => {
            const keeps = (x: number): boolean => cut !== null && (op === 'gte' ? x >= cut : x <= cut);
            const losses = table.map(([x, ks, , es, , ref]) => ref - (keeps(x) ? ks : es));
            expect(sweep.kept[k]).toBe(table.filter(([x]) => keeps(x)).length);
            expect(sweep.score[k]).toBe(sum(table.map(([x, ks, , es]) => (keeps(x) ? ks : es))));
            expect(sweep.cost[k]).toBe(sum(table.map(([x, , kc, , ec]) => (keeps(x) ? kc : ec))));
            expect(sweep.loss[k]).toBe(sum(losses));
            expect(sweep.lossSquares[k]).toBe(sum(losses.map((d) => d * d)));
            if (cut === null) return;
            // The stored midpoint decides every row as the cut itself does.
            const at = sweep.threshold[k]!;
            for (const [x] of table) expect(op === 'gte' ? x >= at : x <= at).toBe(keeps(x));
            const next = cuts[k] ?? cut;
            expect([sweep.gapLo[k]! + 0, sweep.gapHi[k]! + 0]).toEqual([
              Math.min(cut, next),
              Math.max(cut, next),
            ]);
          });
        }),
        { numRuns: 400 },
      );
    },
  );

  it('keeps nothing where every signal is missing', () => {
    const one = Float64Array.of(1, 1);
    const sweep = sweepThreshold(Float64Array.of(NaN, NaN), 'gte', {
      keptScore: one,
      keptCost: one,
      elseScore: one,
      elseCost: one,
      referenceScore: one,
    });
    expect([...sweep.kept]).toEqual([0]);
  });
});

describe('The area under the share of the gap won back', () => {
  it('equals brute force over every cut of the exact curve', () => {
    const outcome = fc.constantFrom(0, 1);
    const table = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), outcome, outcome), {
      minLength: 2,
      maxLength: 12,
    });
    fc.assert(
      fc.property(table, (all) => {
        const gap = sum(all.map(([, weak, strong]) => strong - weak));
        fc.pre(gap > 0);
        const points = [...new Set(all.map(([x]) => x)), 9]
          .map((cut) => {
            const called = all.filter(([x]) => x >= cut);
            return [called.length / all.length, sum(called.map(([, w, s]) => s - w)) / gap] as const;
          })
          .toSorted((a, b) => a[0] - b[0]);
        let area = 0;
        points.slice(1).forEach(([x, y], k) => (area += ((x - points[k]![0]) * (y + points[k]![1])) / 2));
        const column = (k: 0 | 1 | 2): Float64Array => Float64Array.from(all, (row) => row[k]);
        expect(deferralMetrics(column(1), column(2), column(0)).apgr).toBeCloseTo(area, 12);
      }),
    );
  });
});

describe("A fit's moving threshold", () => {
  it('shows at every threshold what serving by it gives on the test rows, counted by hand', async () => {
    const matrix = world(informative(900, 5));
    const { result, draft } = await fit(matrix, { maxLoss: 0.04 });
    const { sweep } = result;
    const { test } = policySplit(draft, matrix);
    const confidence = matrix.signals[0]!.values;
    const [large, small] = [0, 1];
    expect(sweep?.candidates).toEqual(['small', 'large']);
    expect(sweep?.threshold.length).toBeGreaterThan(100);
    sweep!.threshold.forEach((threshold, k) => {
      const kept = Array.from(test, (row) => Number(confidence[row]) >= threshold);
      const scores = Array.from(test, (row, i) => matrix.scores[kept[i] ? small : large]![row]!);
      const costs = kept.map((keeps) => (keeps ? 0.001 : 0.011));
      expect(sweep!.score[k]).toBeCloseTo(sum(scores) / test.length, 12);
      expect(sweep!.costUsd[k]).toBeCloseTo(sum(costs) / test.length, 12);
      expect(sweep!.escalated[k]).toBeCloseTo(kept.filter((keeps) => !keeps).length / test.length, 12);
    });
    const at = sweep!.chosen;
    expect(sweep!.score[at]).toBeCloseTo(result.test.score.mean, 12);
    expect(sweep!.costUsd[at]).toBeCloseTo(result.test.costUsd.mean, 12);
    expect(sum(sweep!.histogram.map(({ right, wrong }) => right + wrong))).toBe(test.length);
  });
});
