import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sweep } from '../../engine/api/index.ts';
import { nearestByCost, nearestByThreshold, speak, stepFor } from '../../renderer/charts/threshold.ts';

const sweep = (thresholds: number[], costs: number[]): Sweep => ({
  signal: 'confidence(small)',
  candidates: ['small', 'large'],
  threshold: Float64Array.from(thresholds),
  score: Float64Array.from(thresholds, () => 0.913),
  costUsd: Float64Array.from(costs),
  escalated: Float64Array.from(thresholds, () => 0.2),
  chosen: 0,
  n: 10,
  histogram: [],
});

describe('the threshold handle', () => {
  it('is spoken with its accuracy and its cost per thousand', () => {
    expect(speak(sweep([0.62], [0.00142]), 0)).toBe('0.62: accuracy 91.3 %, $1.42 per thousand');
  });
  it('never leaves the sweep, whatever is pressed', () => {
    const key = fc.constantFrom(
      'ArrowLeft',
      'ArrowRight',
      'ArrowUp',
      'ArrowDown',
      'PageUp',
      'PageDown',
      'Home',
      'End',
    );
    fc.assert(
      fc.property(fc.array(key), fc.integer({ min: 0, max: 500 }), (keys, last) => {
        let at = 0;
        for (const pressed of keys) at = stepFor(pressed, at, last) ?? at;
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(last);
      }),
    );
  });
  it('takes a step at least with every page key, also on a short sweep', () => {
    expect(stepFor('PageUp', 0, 3)).toBe(2);
    expect(stepFor('a', 0, 3)).toBeNull();
  });
  it('goes to the point drawn nearest to the pointer', () => {
    const points = sweep([0.1, 0.2, 0.3], [0.001, 0.002, 0.004]);
    expect(nearestByCost(points, 2900, (costUsd) => costUsd * 1e6, 0)).toBe(1);
    expect(nearestByCost(points, 9e9, (costUsd) => costUsd * 1e6, 0)).toBe(2);
  });
  it('stays where it is among points of the same cost', () => {
    expect(nearestByCost(sweep([0.1, 0.2, 0.3], [1, 1, 1]), 5, (costUsd) => costUsd, 1)).toBe(1);
  });
  it('finds a typed threshold by value, also outside the sweep', () => {
    const points = sweep([0.1, 0.2, 0.3], [1, 2, 3]);
    expect([
      nearestByThreshold(points, 0.24),
      nearestByThreshold(points, -5),
      nearestByThreshold(points, 99),
    ]).toEqual([1, 0, 2]);
  });
});
