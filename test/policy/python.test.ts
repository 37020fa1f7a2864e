import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition, PolicyDraft, PolicySignal, AgreementSpec } from '../../engine/api/index.ts';
import { canonicalAnswer, compilePolicy, sigmoid, textFeatures } from '../../engine/policy/evaluator.ts';
import { encodeSignal } from '../../engine/policy/conformance.ts';
import { finishPolicy } from '../../engine/policy/index.ts';
import { attempt, draft, provided, richDraft, route } from './fixtures.ts';

const folder = fileURLToPath(new URL('../../engine/policy/', import.meta.url));
const present = spawnSync('python3', ['--version']).status === 0;
const skipped = present ? '' : ' (1 skipped: python3 is not installed)';

/** Runs Python statements that read `cases` and set `answers`, in one process. */
function python(statements: string, cases: unknown): unknown {
  const program = [
    'import json, sys',
    `sys.path.insert(0, ${JSON.stringify(folder)})`,
    'sys.dont_write_bytecode = True',
    'from evaluator import *',
    'from evaluator import _decoded',
    'cases = json.loads(sys.stdin.buffer.read().decode("utf-8"))',
    statements,
    'sys.stdout.write(json.dumps(answers))',
  ].join('\n');
  const { stdout, stderr, status } = spawnSync('python3', ['-c', program], {
    input: JSON.stringify(cases),
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const words = fc.constantFrom(
  'math',
  'LAW',
  'straße',
  'ΣΊΣΥΦΟΣ',
  '数学',
  '🙂',
  'x1',
  '½',
  'İ',
  '\u00a0',
  '\u0085',
  '12',
  'ﬁne',
  'e\u0301',
  '-',
  '.',
);
const text = fc.oneof(
  fc.array(words, { maxLength: 12 }).map((list) => list.join(' ')),
  fc.string({ maxLength: 20 }),
);
const number = fc.oneof(
  fc.constantFrom(0, 0.25, 0.5, 0.75, 1, 5, 40),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const hostile = fc.constantFrom(
  null,
  NaN,
  Infinity,
  -Infinity,
  '0.5',
  true,
  false,
  0,
  1,
  -0,
  '',
  'math',
  1e308,
);
const signalValue = fc.oneof({ weight: 3, arbitrary: number }, hostile, words, fc.boolean());

const onMissing = (value: PolicySignal['onMissing']): fc.Arbitrary<PolicySignal['onMissing']> =>
  fc.constantFrom<PolicySignal['onMissing']>({ reject: true }, { route: 'r1' }, value);
const rich = richDraft().signals;
const signals: fc.Arbitrary<PolicySignal[]> = fc.tuple(
  onMissing({ value: 0.5 }).map((m) => provided('n', { onMissing: m })),
  onMissing({ value: true }).map((m) => provided('b', { type: 'boolean', onMissing: m })),
  onMissing({ value: 'math' }).map((m) => ({ ...rich[0]!, onMissing: m })),
  ...rich.slice(1, 5).map((signal) => onMissing({ value: 0.5 }).map((m) => ({ ...signal, onMissing: m }))),
  ...rich.slice(5).map((signal) => fc.constant(signal)),
);
const after = ['confidence(small)', 'agree'];
const condition = (names: string[]): fc.Arbitrary<Condition> =>
  fc.letrec<{ node: Condition; leaf: Condition }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      tie('leaf'),
      fc.record({
        op: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ op: fc.constant('not' as const), of: tie('node') }),
    ),
    leaf: fc.oneof(
      fc.record({
        op: fc.constantFrom('gt' as const, 'gte' as const, 'lt' as const, 'lte' as const),
        signal: fc.constantFrom(...names),
        value: number,
      }),
      fc.record({
        op: fc.constant('eq' as const),
        signal: fc.constantFrom(...names),
        value: fc.oneof(number, words, fc.boolean()),
      }),
      fc.record({
        op: fc.constant('in' as const),
        signal: fc.constantFrom(...names),
        values: fc.array(fc.oneof(number, words), { minLength: 1, maxLength: 3 }),
      }),
    ),
  })).node;
const before = ['n', 'b', 'pii', 'words', 'chars', 'hardness', 'prior'];
const candidate = fc.constantFrom('small', 'medium', 'large');
const failure = fc.constantFrom('timeout', 'refused', 'overloaded');
const routes = fc.tuple(
  ...['r1', 'r2'].map((id) =>
    fc
      .record({
        attempts: fc.array(
          fc.tuple(candidate, fc.oneof(fc.constant('never' as const), condition([...before, ...after]))),
          { maxLength: 3 },
        ),
        last: candidate,
        fallbacks: fc.dictionary(failure, fc.array(candidate, { maxLength: 2 }), { noNullPrototype: true }),
        scope: fc.option(fc.subarray(['small', 'medium', 'large'])),
        onAllFail: fc.constantFrom('review' as const, 'error' as const),
      })
      .map(({ attempts, last, ...more }) =>
        route(id, [...attempts.map(([c, accept]) => attempt(c, accept)), attempt(last)], more),
      ),
  ),
);
const policy: fc.Arbitrary<PolicyDraft> = fc
  .tuple(
    signals,
    fc.array(fc.tuple(condition(before), fc.constantFrom('r1', 'r2')), { maxLength: 3 }),
    routes,
  )
  .map(([signals, rules, routes]) =>
    draft({
      signals,
      routes,
      rules: [
        ...rules.map(([when, route], i) => ({ id: `rule${i}`, when, route })),
        { id: 'rest', when: 'always', route: 'r1' },
      ],
    }),
  );
const request = fc.record({
  id: fc.constant('x'),
  input: fc.dictionary(
    fc.constantFrom('q', 'context', 'subject', 'pii'),
    fc.oneof(
      text,
      hostile.filter((v) => typeof v !== 'number' || Number.isFinite(v)),
    ),
    { noNullPrototype: true },
  ),
  signals: fc.dictionary(fc.constantFrom(...before, ...after, 'subject'), signalValue, {
    noNullPrototype: true,
  }),
  answers: fc.dictionary(candidate, fc.constantFrom('Yes', ' yes ', 'no', ''), { noNullPrototype: true }),
  failures: fc.dictionary(candidate, failure, { noNullPrototype: true }),
});

const scorers: fc.Arbitrary<AgreementSpec> = fc.oneof(
  fc.record({ kind: fc.constantFrom('exact' as const, 'contains' as const), caseSensitive: fc.boolean() }),
  fc.constant({ kind: 'numeric' as const, absolute: 0, relative: 0 }),
  fc.record({
    kind: fc.constant('json-field' as const),
    path: fc.constantFrom('a', 'a.0', 'a.b.1', 'length'),
    as: fc.constantFrom('exact' as const, 'numeric' as const),
  }),
  fc.record({
    kind: fc.constant('regex' as const),
    pattern: fc.constantFrom(
      'answer:\\s*(\\w+)',
      '^(?<first>[^ ]+)',
      '\\b(\\d+)\\b.*$',
      '(?:a|x)(?=1)',
      '.+',
      '[\\w.-]+$',
      '(?<=x)1',
    ),
    flags: fc.constantFrom('', 'i', 'm', 'gs'),
  }),
);
const numerals = fc
  .array(
    fc.constantFrom(
      '1',
      '2,345',
      ',678',
      '.',
      '5',
      '-',
      '−',
      '$',
      '€ ',
      '%',
      'e7',
      'E-3',
      ' ',
      'x',
      '１',
      '999999999999999999999',
      '(',
      ')',
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));
const jsonText = fc
  .tuple(
    text,
    fc.jsonValue({ maxDepth: 2 }),
    fc.oneof(numerals, text, fc.double({ noNaN: true, noDefaultInfinity: true })),
    fc.constantFrom('', '```json\n', '{oops} [', '"'),
  )
  .map(
    ([prose, other, value, fence]) =>
      `${prose} ${fence}${JSON.stringify({ z: other, a: [value, { b: 1 }] })} ${prose}`,
  );
const answerText = fc.oneof(
  text,
  numerals,
  jsonText,
  fc.double().map(String),
  text.map((t) => `Answer:\n ${t}`),
);

describe.skipIf(!present)(`the Python evaluator${skipped}`, () => {
  it('decides every conformance vector as the TypeScript evaluator does', () => {
    const policies = [finishPolicy(draft()), finishPolicy(richDraft())];
    expect(python('answers = [run_vectors(p, p["conformance"]) for p in cases]', policies)).toEqual([[], []]);
  });

  it('agrees with TypeScript on random policies and requests, to the last bit of the margin', () => {
    const cases = fc.sample(fc.tuple(policy, fc.array(request, { minLength: 5, maxLength: 20 })), {
      numRuns: 300,
      seed: 7,
    });
    const ours = cases.map(([policy, requests]) => requests.map((r) => compilePolicy(policy).decide(r)));
    const encoded = cases.map(([policy, requests]) => [
      policy,
      requests.map((r) => ({
        ...r,
        signals: Object.fromEntries(Object.entries(r.signals).map(([k, v]) => [k, encodeSignal(v)])),
      })),
    ]);
    const theirs = python(
      'answers = [[(lambda c, r: c.decide(dict(r, signals=_decoded(r["signals"]))))(compile_policy(p), r) for r in rs] for p, rs in cases]',
      encoded,
    );
    // JSON has one zero.
    expect(theirs).toEqual(JSON.parse(JSON.stringify(ours)));
    const decisions = ours.flat();
    expect(new Set(decisions.map(({ error }) => error?.split(':')[0])).size).toBeGreaterThan(2);
    expect(decisions.filter(({ attempts }) => attempts.length > 1).length).toBeGreaterThan(200);
    expect(decisions.filter(({ margin }) => margin !== null).length).toBeGreaterThan(200);
  });

  it('finds the same canonical answers', () => {
    const cases = fc.sample(fc.tuple(scorers, answerText), { numRuns: 6000, seed: 11 });
    const ours = cases.map(([spec, answer]) => canonicalAnswer(spec, answer));
    const theirs = python('answers = [canonical_answer(s, t) for s, t in cases]', cases) as (string | null)[]; // the program above wrote it

    const differing = cases.map((c, i) => [...c, ours[i], theirs[i]]).filter(([, , a, b]) => a !== b);
    expect(differing).toEqual([]);
    expect(ours.filter((answer) => answer !== null).length).toBeGreaterThan(3000);
  });

  it('scores text to the same double', () => {
    const texts = fc.sample(text, { numRuns: 500, seed: 3 });
    const zs = fc.sample(fc.double({ min: -800, max: 800, noNaN: true }), { numRuns: 2000, seed: 5 });
    const theirs = python(
      'answers = {"features": [text_features(t, 97) for t in cases["texts"]], "sigmoids": [sigmoid(float(z)) for z in cases["zs"]]}',
      { texts, zs },
    ) as { features: unknown; sigmoids: number[] }; // the program above wrote it

    expect(theirs.features).toEqual(
      texts.map((t) => {
        const { buckets, tf, logChars, logWords } = textFeatures(t, 97);
        return [buckets, tf, logChars, logWords];
      }),
    );
    expect(theirs.sigmoids).toEqual(JSON.parse(JSON.stringify(zs)).map(sigmoid));
  });

  it('refuses a regular expression that means something else in Python', () => {
    const spec = { kind: 'regex', pattern: '\\p{L}+', flags: 'u' };
    const answers = python(
      'try:\n  canonical_answer(cases, "abc")\n  answers = "accepted"\nexcept ValueError as e:\n  answers = str(e)',
      spec,
    );
    expect(answers).toContain('no portable meaning');
  });
});
