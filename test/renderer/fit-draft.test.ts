import { describe, expect, it } from 'vitest';
import { askOf, firstDraft, fitInputOf } from '../../renderer/screens/tune/fit-draft.ts';

const fitted = (maxLoss: number, confidence: number) => ({
  run: ['r1'],
  seed: 7,
  certificate: { maxLoss, confidence, certified: true, n: 500, method: 'fixed-sequence', bound: 0.01 },
});

describe('the form beside a fit', () => {
  it('says what the fit was asked, in points and percent', () => {
    expect(askOf(fitted(0.02, 0.95))).toEqual({
      run: 'r1',
      maxLossPoints: 2,
      confidencePercent: 95,
      seed: 7,
    });
  });

  it('asks exactly the same again, whatever decimals binary fractions leave behind', () => {
    for (const maxLoss of [0, 0.0025, 0.015, 0.07, 0.29, 1]) {
      for (const confidence of [0.5, 0.57, 0.9, 0.999]) {
        const draft = { ...firstDraft, ...askOf(fitted(maxLoss, confidence)), run: 'r1' };
        expect(fitInputOf(draft, 'job')).toEqual({ runs: ['r1'], maxLoss, confidence, seed: 7, job: 'job' });
      }
    }
  });

  it('asks for a floor and a cap only where they were typed', () => {
    const draft = { ...firstDraft, run: 'r1' };
    expect(fitInputOf(draft, 'job')).not.toHaveProperty('minScore');
    expect(fitInputOf(draft, 'job')).not.toHaveProperty('maxCostUsd');
    expect(fitInputOf({ ...draft, minScorePercent: 97.3, maxCostPerThousandUsd: 2.5 }, 'job')).toMatchObject({
      minScore: 0.973,
      maxCostUsd: 0.0025,
    });
  });

  it('leaves the candidates and the reference to the form: a result does not say what was offered', () => {
    expect(Object.keys(askOf(fitted(0.01, 0.9)))).not.toContain('candidates');
    expect(Object.keys(askOf(fitted(0.01, 0.9)))).not.toContain('reference');
  });
});
