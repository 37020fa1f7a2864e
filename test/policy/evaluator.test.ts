import { describe, expect, it } from 'vitest';
import { canonicalAnswer, compilePolicy } from '../../engine/policy/evaluator.ts';
import { attempt, draft, exact, provided, richDraft, route } from './fixtures.ts';

const at = (score: unknown, more: object = {}) =>
  compilePolicy(draft()).decide({ id: 'r', input: {}, signals: { score }, ...more });

describe('canonical answers', () => {
  it.each([
    ['It costs $1,234.50.', '1234.5'],
    ['x = −7 %', '-7'],
    ['-$5', '-5'],
    ['10-5', '5'],
    ['GPT-4', '4'],
    ['-0', '0'],
    ['１２', '12'],
    ['1e400', null],
    ['none', null],
    ['', null],
  ])('take the last number of %j as %j', (text, number) => {
    expect(canonicalAnswer({ kind: 'numeric' }, text)).toBe(number);
  });

  it('ignore width, case, sharp s and blanks unless case matters', () => {
    expect(canonicalAnswer(exact, '  Ｓtraße\n\tX ')).toBe('strasse x');
    expect(canonicalAnswer({ kind: 'exact', caseSensitive: true }, ' A  b')).toBe('A b');
    expect(canonicalAnswer(exact, ' \n ')).toBeNull();
  });

  it('find the JSON field behind prose, braces and fences', () => {
    const spec = { kind: 'json-field', path: 'a.0.b', as: 'exact' } as const;
    expect(canonicalAnswer(spec, 'sure {not} ```json\n{"a":[{"b":"Yes "}]}\n```')).toBe('yes');
    expect(canonicalAnswer({ ...spec, path: 'constructor' }, '{"a":1}')).toBeNull();
    expect(canonicalAnswer({ kind: 'json-field', path: 'a', as: 'numeric' }, '{"a":"$3,000"}')).toBe('3000');
  });

  it('take the first capture of a pattern from the first 10,000 characters', () => {
    const spec = { kind: 'regex', pattern: 'answer: (\\w+)', flags: 'gi' } as const;
    expect(canonicalAnswer(spec, 'ANSWER: Foo, answer: bar')).toBe('foo');
    expect(canonicalAnswer(spec, `${' '.repeat(10_000)}answer: late`)).toBeNull();
  });

  it('stay linear on hostile text', () => {
    const started = performance.now();
    canonicalAnswer({ kind: 'json-field', path: 'a' }, '['.repeat(500_000));
    canonicalAnswer({ kind: 'json-field', path: 'a' }, '{"'.repeat(250_000));
    canonicalAnswer({ kind: 'numeric' }, '1'.repeat(500_000));
    canonicalAnswer({ kind: 'numeric' }, '1,234'.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('deciding', () => {
  it('takes the first rule that matches and tells the distance to its threshold', () => {
    expect(at(0.62)).toEqual({
      id: 'r',
      rule: 'easy',
      route: 'easy',
      attempts: ['small'],
      served: 'small',
      margin: 0,
      error: null,
    });
    expect(at(0.5)).toMatchObject({ rule: 'rest', served: 'large', margin: 0.5 - 0.62 });
  });

  it.each([undefined, null, NaN, Infinity, -Infinity, '0.9', true])(
    'rejects the unusable value %s',
    (score) => {
      expect(at(score)).toMatchObject({
        rule: null,
        route: null,
        attempts: [],
        error: 'signal_missing:score',
      });
    },
  );

  it('goes to the stand-ins of the failure class, in order, then ends as the route says', () => {
    expect(at(1, { failures: { small: 'timeout' } })).toMatchObject({
      attempts: ['small', 'medium'],
      served: 'medium',
    });
    expect(at(1, { failures: { small: 'refused' } })).toMatchObject({
      served: null,
      error: 'all_failed:review',
    });
    const all = { small: 'timeout', medium: 'timeout', large: 'timeout' };
    expect(at(1, { failures: all })).toMatchObject({ attempts: ['small', 'medium', 'large'], served: null });
  });

  it('never calls a candidate outside the scope, even where the policy lists one', () => {
    const policy = draft({
      rules: [{ id: 'all', when: 'always', route: 'private' }],
      routes: [
        route('private', [attempt('large', 'never'), attempt('small')], {
          scope: ['small'],
          fallbacks: { timeout: ['large'] },
        }),
      ],
    });
    const decision = compilePolicy(policy).decide({ id: 'r', input: {}, failures: { small: 'timeout' } });
    expect(decision).toMatchObject({ attempts: ['small'], served: null });
  });

  it('escalates where the first answers disagree or an answer has no value yet', () => {
    const compiled = compilePolicy(richDraft());
    const ask = (answers: Record<string, string>, failures = {}) =>
      compiled.decide({
        id: 'r',
        input: { q: 'what is it, please tell me' },
        signals: { pii: 'no', prior: 0.5, hardness: 0.5 },
        answers,
        failures,
      });
    expect(ask({ small: ' YES', medium: 'yes' })).toMatchObject({
      route: 'cascade',
      attempts: ['small', 'medium'],
      served: 'medium',
    });
    expect(ask({ small: 'yes', medium: 'no' })).toMatchObject({
      attempts: ['small', 'medium', 'large'],
      served: 'large',
    });
    expect(ask({ small: '', medium: '' })).toMatchObject({ served: 'large' });
    expect(ask({})).toMatchObject({ served: 'large' });
    expect(ask({ small: 'yes', medium: 'yes' }, { small: 'timeout' })).toMatchObject({ served: 'large' });
  });

  it('does not let a signal of an answer that was not asked for decide', () => {
    const policy = draft({
      signals: [{ ...richDraft().signals[5]!, candidate: 'large' } as never],
      rules: [{ id: 'all', when: 'always', route: 'r' }],
      routes: [
        route('r', [
          attempt('small', { op: 'gte', signal: 'confidence(small)', value: 0.5 }),
          attempt('medium'),
        ]),
      ],
    });
    const decision = compilePolicy(policy).decide({
      id: 'r',
      input: {},
      signals: { 'confidence(small)': 1 },
    });
    expect(decision.served).toBe('medium');
  });

  it('a missing value never accepts, not even under "not"', () => {
    const policy = draft({
      signals: [richDraft().signals[5]!],
      rules: [{ id: 'all', when: 'always', route: 'r' }],
      routes: [
        route('r', [
          attempt('small', { op: 'not', of: { op: 'lt', signal: 'confidence(small)', value: 0.5 } }),
          attempt('large'),
        ]),
      ],
    });
    expect(compilePolicy(policy).decide({ id: 'r', input: {} }).served).toBe('large');
  });

  it('says step by step what to call next, as decide foresees', () => {
    const { next } = compilePolicy(richDraft());
    const request = {
      id: 'r',
      input: { q: 'what is it, please tell me' },
      signals: { pii: 'no', prior: 0.5, hardness: 0.5 },
    };
    const small = { candidate: 'small', failure: null };
    const medium = { candidate: 'medium', failure: null };
    expect(next(request, [])).toEqual({ call: 'small' });
    expect(next(request, [small])).toEqual({ call: 'medium' });
    expect(next({ ...request, answers: { small: 'a', medium: 'A' } }, [small, medium])).toEqual({
      serve: 'medium',
    });
    expect(next({ ...request, answers: { small: 'a', medium: 'b' } }, [small, medium])).toEqual({
      call: 'large',
    });
    const broken = [small, medium, { candidate: 'large', failure: 'server_error' }];
    // Medium has answered already: it is served without a second call.
    expect(next({ ...request, answers: { small: 'a', medium: 'b' } }, broken)).toEqual({ serve: 'medium' });
  });

  it('reads a hostile field name as no value', () => {
    const policy = draft({
      signals: [provided('score', { kind: 'field', field: 'constructor', type: 'label' })],
    });
    policy.rules[0]!.when = { op: 'eq', signal: 'score', value: 'x' };
    expect(compilePolicy(policy).decide({ id: 'r', input: {} }).error).toBe('signal_missing:score');
  });

  it('makes hundreds of thousands of decisions a second on given signals, one million on a free core', () => {
    const { decide } = compilePolicy(draft());
    const requests = Array.from({ length: 1000 }, (_, i) => ({
      id: 'r',
      input: {},
      signals: { score: i / 1000 },
    }));
    let best = 0;
    let served = 0;
    for (let round = 0; round < 5; round++) {
      const started = performance.now();
      for (let k = 0; k < 100; k++)
        for (const request of requests) served += decide(request).served === null ? 0 : 1;
      best = Math.max(best, 1e5 / ((performance.now() - started) / 1000));
    }
    expect(served).toBe(500_000);
    // Eight million were measured on an idle core; the floor leaves room for a loaded one.
    expect(best).toBeGreaterThan(300_000);
  });
});
