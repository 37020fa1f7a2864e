import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreementOf, type Json, ScorerSpec, WorkbenchError } from '../../engine/api/index.ts';
import { canonicalAnswer, inferScorer, scoreOutput, scorer } from '../../engine/scoring/index.ts';

const spec = (shape: unknown): ScorerSpec => ScorerSpec.parse(shape);
const exact = spec({ kind: 'exact' });
const numeric = spec({ kind: 'numeric' });
const score = (s: ScorerSpec, expected: Json, output: string) => scoreOutput(s, expected, output);
const right = { score: 1, parsed: true };
const wrong = { score: 0, parsed: true };
const unusable = { score: 0, parsed: false };

describe('exact scorer', () => {
  it('ignores case, blanks and compatibility forms, unless told to mind case', () => {
    expect(score(exact, 'Ham', '  hAM\n')).toEqual(right);
    expect(score(exact, 'new york', 'New\u00a0 York')).toEqual(right);
    expect(score(exact, 'file', 'ﬁle')).toEqual(right);
    expect(score(exact, 'STRASSE', 'straße')).toEqual(right);
    expect(score(spec({ kind: 'exact', caseSensitive: true }), 'Ham', 'ham')).toEqual(wrong);
    expect(score(exact, 'ham', 'ham.')).toEqual(wrong);
  });

  it('takes a wrong answer for wrong, an empty one for unparsed, and judges nothing without an expected answer', () => {
    expect(score(exact, 'ham', 'spam')).toEqual(wrong);
    expect(score(exact, 'ham', ' \n ')).toEqual(unusable);
    expect(score(exact, null, 'ham')).toEqual({ score: null, parsed: true });
    expect(score(exact, '', 'ham')).toEqual({ score: null, parsed: true });
  });

  it('compares numbers, booleans and objects by their JSON', () => {
    expect(score(exact, 3, '3')).toEqual(right);
    expect(score(exact, true, 'TRUE')).toEqual(right);
    expect(score(exact, { a: 1 }, '{"a":1}')).toEqual(right);
  });

  it('gives an answer full marks against itself, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const self = score(exact, text, text);
        expect(self).toEqual(
          canonicalAnswer(agreementOf(exact), text) === null ? { score: null, parsed: false } : right,
        );
      }),
    );
  });
});

describe('contains scorer', () => {
  it('finds the expected text anywhere in the answer', () => {
    const contains = spec({ kind: 'contains' });
    expect(score(contains, 'Paris', 'It is paris, of course.')).toEqual(right);
    expect(score(contains, 'Paris', 'It is Rome.')).toEqual(wrong);
    expect(score(contains, 'Paris', '')).toEqual(unusable);
    expect(score(contains, '.*', 'anything')).toEqual(wrong);
  });
});

describe('numeric scorer', () => {
  it.each([
    ['195000', 'The profit is $195,000'],
    [195000, '$195,000'],
    ['1234.5', '1,234.50 dollars.'],
    ['0', '-0'],
    ['1000', '1e3'],
    ['1000', '1e3.'],
    ['42', '**42**.'],
    ['42', '４２'],
    ['12', '12%'],
    ['12', '12 %'],
    ['-5', 'so x = −5'],
    ['-1234', '-$1,234.00'],
    ['-1234', '$-1,234'],
    ['3', 'First 7, then 2, so 3.'],
    ['0.1', '.1'],
    ['18', '9 * 2 = 18\n\n#### 18'],
    ['1200', '$1,200'],
  ])('reads %j in %j', (expected, output) => {
    expect(score(numeric, expected, output)).toEqual(right);
  });

  it('keeps to the tolerance it is given', () => {
    expect(score(numeric, 100, '100.5')).toEqual(wrong);
    expect(score(spec({ kind: 'numeric', absolute: 0.5 }), 100, '100.5')).toEqual(right);
    expect(score(spec({ kind: 'numeric', relative: 0.01 }), 100, '100.9')).toEqual(right);
    expect(score(numeric, 0.3, String(0.1 + 0.2))).toEqual(right);
  });

  it('tells an answer without a number from a wrong one', () => {
    expect(score(numeric, 3, 'I do not know.')).toEqual(unusable);
    expect(score(numeric, 3, '1e999')).toEqual(unusable);
    expect(score(numeric, 3, '4')).toEqual(wrong);
  });

  it('reads back every finite number it is shown', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(score(spec({ kind: 'numeric', absolute: 0, relative: 0 }), x, `The answer is ${x}.`)).toEqual(
          right,
        );
      }),
    );
  });
});

describe('json-field scorer', () => {
  const label = spec({ kind: 'json-field', path: 'result.label' });

  it('finds the object in a fence, in prose, or alone', () => {
    const answers = [
      '{"result":{"label":"Spam"}}',
      '```json\n{"result": {"label": "spam"}}\n```',
      'Sure {not json}! Here: {"result":{"label":"spam"}} Hope it helps.',
    ];
    for (const answer of answers) expect(score(label, 'spam', answer)).toEqual(right);
  });

  it('accepts the bare expected value or a whole expected object', () => {
    expect(score(label, { result: { label: 'spam' } }, '{"result":{"label":"spam"}}')).toEqual(right);
    expect(score(label, 'ham', '{"result":{"label":"spam"}}')).toEqual(wrong);
  });

  it('takes broken JSON, a missing path and an inherited property for unparsed', () => {
    for (const answer of [
      '{"result":',
      '{"result":{}}',
      'spam',
      '{"__proto__":{"result":{"label":"spam"}}}',
    ]) {
      expect(score(label, 'spam', answer)).toEqual(unusable);
    }
    expect(score(spec({ kind: 'json-field', path: 'constructor.name' }), 'Object', '{}')).toEqual(unusable);
  });

  it('compares as a number where told to', () => {
    const total = spec({ kind: 'json-field', path: 'total', as: 'numeric' });
    expect(score(total, '1200', '{"total":"$1,200.00"}')).toEqual(right);
    expect(score(total, 1200, '{"total":1200}')).toEqual(right);
  });
});

describe('regex scorer', () => {
  const final = spec({ kind: 'regex', pattern: '####\\s*(\\S+)' });

  it('compares the captured part, with a bare or a worked expected answer', () => {
    expect(score(final, '72', 'Well.\n#### 72')).toEqual(right);
    expect(score(final, 'Natalia sold 48/2 = 24.\n#### 72', '#### 72')).toEqual(right);
    expect(score(final, '72', '72')).toEqual(unusable);
    expect(score(final, '72', '#### 73')).toEqual(wrong);
  });

  it('gives the same result twice with the global flag', () => {
    const sticky = spec({ kind: 'regex', pattern: '(\\d+)', flags: 'g' });
    expect([score(sticky, '7', '7'), score(sticky, '7', '7')]).toEqual([right, right]);
  });

  it('refuses a bad pattern with a code and a hint', () => {
    const bad = spec({ kind: 'regex', pattern: '(' });
    try {
      scorer(bad);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(WorkbenchError);
      expect(error).toMatchObject({ code: 'scorer.invalid' });
    }
  });

  it('reads no further than its limit in a huge answer', () => {
    expect(score(final, '72', `${'x'.repeat(20_000)}#### 72`)).toEqual(unusable);
  });
});

describe('inferred scorer', () => {
  it('is numeric where every expected answer there is is wholly a number', () => {
    for (const list of [
      ['1', '2.5', null],
      [3, '$1,200'],
      ['-4', '12 %', '1e3'],
      ['0', '.5'],
    ]) {
      expect(inferScorer(list).kind).toBe('numeric');
    }
  });
  it('is exact for words, codes with leading zeros, mixed columns and nothing at all', () => {
    for (const list of [
      ['ham', 'spam'],
      ['007', '008'],
      ['1', 'one'],
      ['1,23'],
      [true],
      [{ a: 1 }],
      [null, ''],
      [],
    ]) {
      expect(inferScorer(list as Json[]).kind).toBe('exact');
    }
  });
});
