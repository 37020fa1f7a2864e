import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  costScale,
  costTicks,
  drawingOrder,
  type CurvePoint,
  hullCurve,
  placeOnLog,
} from '../../renderer/charts/frontier-data.ts';

// Prices and scores on a grid: ties and equal prices are common, and rounding is far below what is asserted.
const point = fc
  .record({ cost: fc.integer({ min: 1, max: 50 }), score: fc.integer({ min: 0, max: 20 }) })
  .map(({ cost, score }) => ({ cost: cost / 10, score: score / 20 }));

/** Best score of any two-point mix of singles at no more than this cost: every hull point is such a mix. */
function bestMix(singles: CurvePoint[], cost: number): number {
  let best = -Infinity;
  for (const a of singles) {
    if (a.cost <= cost) best = Math.max(best, a.score);
    for (const b of singles) {
      if (a.cost > cost || b.cost <= cost) continue;
      const share = (cost - a.cost) / (b.cost - a.cost);
      best = Math.max(best, a.score + share * (b.score - a.score));
    }
  }
  return best;
}

describe('the hull of the singles', () => {
  it('lies, at every point drawn, at the best mix of two singles of that cost', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 8 }), (singles) => {
        for (const drawn of hullCurve(singles, 5))
          expect(drawn.score).toBeCloseTo(bestMix(singles, drawn.cost), 9);
      }),
    );
  });
  it('keeps one point where singles share price and score', () => {
    expect(
      hullCurve([
        { cost: 1, score: 0.5 },
        { cost: 1, score: 0.5 },
      ]),
    ).toEqual([{ cost: 1, score: 0.5 }]);
  });
  it('is empty without singles', () => {
    expect(hullCurve([])).toEqual([]);
  });
});

describe('marks that share a place', () => {
  it('are drawn with the same-cost mix above other baselines and the policy above all', () => {
    const at = { cost: 1, score: 0.9 };
    const drawn = drawingOrder([
      { ...at, name: 'policy', kind: 'Policy' },
      { ...at, name: 'same-cost mix', kind: 'Same-cost mix' },
      { ...at, name: 'shuffled decisions', kind: 'Other baseline' },
      { ...at, name: 'prompt length', kind: 'Other baseline' },
    ]);
    expect(drawn.map((mark) => mark.name)).toEqual([
      'shuffled decisions',
      'prompt length',
      'same-cost mix',
      'policy',
    ]);
  });
});

describe('the cost axis', () => {
  it('is not logarithmic where something is free', () => {
    expect(costScale([0, 1])).toBe('symlog');
    expect(costScale([0.1, 1])).toBe('log');
  });
  it('is marked at 1, 2, 5 within reach of the data', () => {
    expect(costTicks([0.04, 1.1])).toEqual([0.05, 0.1, 0.2, 0.5, 1]);
    expect(costTicks([0])).toEqual([0]);
  });
  it('places one lone cost without dividing by nothing', () => {
    expect(placeOnLog(3, [3])).toBe(0);
    expect(placeOnLog(10, [1, 10, 100])).toBeCloseTo(0.5);
  });
});
