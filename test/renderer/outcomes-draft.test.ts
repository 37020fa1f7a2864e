import { describe, expect, it } from 'vitest';
import { guessParts, outcomesMapping, withPart } from '../../renderer/screens/import/outcomes-draft.ts';

const columns = (names: string[]) => ({
  columns: names.map((name) => ({ name, type: 'text' as const, nulls: 0, distinct: 1 })),
});

describe('the draft of imported outcomes', () => {
  it('guesses the usual names, and gives no part to two columns', () => {
    expect(
      guessParts(columns(['id', 'example', 'model', 'correct', 'Output_Tokens', 'cost_usd', 'margin'])),
    ).toEqual({
      id: 'example',
      example: 'ignore',
      model: 'candidate',
      correct: 'score',
      Output_Tokens: 'outputTokens',
      cost_usd: 'cost',
      margin: 'ignore',
    });
  });
  it('sends what was chosen, with any number of signals', () => {
    let parts = guessParts(columns(['example', 'candidate', 'score', 'margin', 'entropy']));
    parts = withPart(withPart(parts, 'margin', 'signal'), 'entropy', 'signal');
    expect(outcomesMapping(parts)).toEqual({
      mapping: { example: 'example', candidate: 'candidate', score: 'score', signals: ['margin', 'entropy'] },
    });
  });
  it('says what is missing', () => {
    expect(outcomesMapping({ a: 'ignore' })).toEqual({ problem: expect.stringMatching(/row id/) });
    expect(outcomesMapping({ a: 'example', b: 'candidate' })).toEqual({
      problem: expect.stringMatching(/score or an answer/),
    });
  });
});
