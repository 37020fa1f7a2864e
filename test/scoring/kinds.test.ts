/** Scorers beside the first five, and numbers as a person reads them. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreementOf, AnyScorerSpec, type Json, ScorerSpec } from '../../engine/api/index.ts';
import {
  choiceLetter,
  classify,
  codeOf,
  readGrade,
  readNumber,
  scoreOutput,
  scorer,
  sqlOf,
} from '../../engine/scoring/index.ts';
import { seededRandom } from '../../engine/math/index.ts';
import { sharedData, sharedDataAbsent } from '../fixtures/shared-data.ts';

const score = (shape: unknown, expected: Json, output: string) =>
  scoreOutput(ScorerSpec.parse(shape), expected, output);
const right = { score: 1, parsed: true };
const wrong = { score: 0, parsed: true };
const unparsed = { score: 0, parsed: false };

describe('a number as a person reads it', () => {
  const cases: [text: string, value: number][] = [
    ['$1,234.00', 1234],
    ['1,234', 1234],
    ['= 42.', 42],
    ['x = 6 * 7 = 42.', 42],
    ['1 234 567', 1_234_567],
    ['1\u00a0234', 1234],
    ['1.234,50 €', 1234.5],
    ['€3,50', 3.5],
    ['-$5', -5],
    ['$-5', -5],
    ['\u22125', -5],
    ['It fell to -3.5 degrees', -3.5],
    ['8 - 4 = 4', 4],
    ['10-5', 5],
    ['GPT-4', 4],
    ['2 million', 2e6],
    ['3/4', 0.75],
    ['1 1/2 cups', 1.5],
    ['35/7 = 5', 5],
    ['\\boxed{1{,}234}', 1234],
    ['$\\boxed{\\frac{3}{4}}$ and so on 7', 0.75],
    ['**18**', 18],
    ['4 (3 onions and 1 potato)', 4],
    ['6 pizzas (3 cheese and 3 pepperoni).', 6],
    ['(64 + 30)', 30],
    ['2:00 pm', 2],
    ['1e3', 1000],
    ['.5', 0.5],
    ['Steps: 1, 2, 3.\n#### 72', 72],
    ['１２', 12],
    ['{"reasoning": "3 + 2", "answer": "5"}\n\nJade needs 5 days for 210 photos.', 5],
    ['{"answer": 7} which is 3 more', 7],
  ];
  it.each(cases)('%j is %d', (text, value) => {
    expect(readNumber(text)?.value).toBeCloseTo(value, 12);
  });
  it('is none in a text without one, or beyond what a number holds', () => {
    for (const text of ['', 'no idea', '1e999', '$', '()', '#### '])
      expect(readNumber(text), text).toBeNull();
  });
  it('is every double as JavaScript or a price tag writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(readNumber(`so it is ${x}.`)?.value).toBe(x === 0 ? 0 : x);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (cents) => {
        const text = (cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' });
        expect(readNumber(text)?.value).toBe(cents / 100);
      }),
    );
  });
  it('takes hostile text without stalling', () => {
    const n = 100_000;
    const hostile = [
      '1,',
      '(',
      '9 ',
      '1/',
      '.',
      '1.111,',
      '1,111',
      ' 111',
      '$1',
      '"answer":',
      '\\boxed{',
      '\n',
      '```\n',
      '{"',
      'answer ',
    ];
    for (const part of hostile)
      for (const text of [part.repeat(n), `${part.repeat(n)}a`, `1.000,${part.repeat(n)}.1`]) {
        readNumber(text);
        choiceLetter(text, 5);
        score({ kind: 'json-schema', schema: {} }, null, text);
        score({ kind: 'set-f1' }, 'a', text);
        readGrade(text, [1, 5]);
        codeOf(text);
        sqlOf(text);
      }
  });
});

describe('numeric scorer', () => {
  it('takes 50 % for 50 and for 0.5, where only one side says per cent', () => {
    const numeric = { kind: 'numeric' };
    for (const [expected, output] of [
      ['50', '50%'],
      ['0.5', '50 percent'],
      ['50%', '0.5'],
      ['50 %', '50'],
    ] as const)
      expect(score(numeric, expected, output), `${expected} ${output}`).toEqual(right);
    expect(score(numeric, '50%', '0.5%')).toEqual(wrong);
    expect(score(numeric, '50', '0.5')).toEqual(wrong);
  });
  it('converts units of one dimension and refuses another', () => {
    const km = { kind: 'numeric', unit: 'km' };
    expect(score(km, 5, '5000 m')).toEqual(right);
    expect(score(km, 5, 'It is 5 km.')).toEqual(right);
    expect(score(km, 5, '5')).toEqual(right);
    expect(score(km, '5000 m', '5 km')).toEqual(right);
    expect(score(km, 5, '5 kg')).toEqual(wrong);
    expect(score(km, 5, '5 m')).toEqual(wrong);
    expect(score({ kind: 'numeric', unit: 'miles', relative: 1e-4 }, 1, '1.60934 km')).toEqual(right);
    expect(() => score({ kind: 'numeric', unit: 'cubit' }, 1, '1')).toThrow(/unit "cubit" is not known/);
  });
});

describe('multiple choice', () => {
  const cases: [text: string, letter: string | null][] = [
    ['B', 'B'],
    ['(b)', 'B'],
    ['C.', 'C'],
    ['The answer is (D).', 'D'],
    ['the correct answer is: **B**', 'B'],
    ['Answer: c)', 'C'],
    ['Option A is wrong, so the answer is B', 'B'],
    ['$\\boxed{C}$', 'C'],
    ['B) Paris, because it is the capital', 'B'],
    ['I first thought A, but A fails. The answer is C', 'C'],
    ['A dog barks at the moon; B', 'B'],
    ['The answer is a fraction.', null],
    ['A or B', null],
    ['no idea', null],
    ['', null],
    ['F', null],
  ];
  it.each(cases)('%j settles on %s', (text, letter) => {
    expect(choiceLetter(text, 5)).toBe(letter);
  });
  it('judges letters whatever either side writes around them, and tells no letter from a wrong one', () => {
    const choice = { kind: 'choice', options: 4 };
    expect(score(choice, 'B', 'Answer: B')).toEqual(right);
    expect(score(choice, '(b)', 'C')).toEqual(wrong);
    expect(score(choice, 'B', 'perhaps')).toEqual(unparsed);
    expect(score(choice, 'B', 'E')).toEqual(unparsed);
  });
  it('finds any letter in each usual form', () => {
    const forms = ['$', '($)', '$.', 'The answer is $.', 'Answer: ($)', 'Reasoning…\n\n**$**', '\\boxed{$}'];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), fc.constantFrom(...forms), (i, form) => {
        const letter = String.fromCharCode(65 + i);
        expect(choiceLetter(form.replace('$', letter), 10)).toBe(letter);
      }),
    );
  });
});

describe('JSON schema, verbatim, normalised, lists', () => {
  const schema = { type: 'object', required: ['label'], properties: { label: { enum: ['ham', 'spam'] } } };
  it('judges by the schema alone; no JSON is unparsed', () => {
    const spec = { kind: 'json-schema', schema };
    expect(score(spec, null, '{"label": "ham"}')).toEqual(right);
    expect(score(spec, null, 'Here:\n```json\n{"label":"spam"}\n```')).toEqual(right);
    expect(score(spec, null, 'It is {"label":"spam"}.')).toEqual(right);
    expect(score(spec, null, '{"label": "eggs"}')).toEqual(wrong);
    expect(score(spec, null, 'ham')).toEqual(unparsed);
    expect(() => scorer(ScorerSpec.parse({ kind: 'json-schema', schema: { type: 'nonsense' } }))).toThrow(
      /schema is invalid/,
    );
    expect(() =>
      scorer(ScorerSpec.parse({ kind: 'json-schema', schema: { $ref: 'https://example.com/x' } })),
    ).toThrow(/schema is invalid/);
  });
  it('verbatim minds blanks and case; normalised forgets articles and punctuation', () => {
    expect(score({ kind: 'verbatim' }, 'a ', 'a')).toEqual(wrong);
    expect(score({ kind: 'verbatim' }, 'a ', 'a ')).toEqual(right);
    expect(score({ kind: 'normalised' }, 'Eiffel Tower', 'The Eiffel tower!')).toEqual(right);
    expect(score({ kind: 'normalised' }, 'Eiffel Tower', 'the')).toEqual(unparsed);
  });
  it('an empty list is an answer, an empty text is none', () => {
    expect(score({ kind: 'set-f1' }, ['a', 'b'], 'b, a')).toEqual(right);
    expect(score({ kind: 'set-f1' }, '[]', '[]')).toEqual(right);
    expect(score({ kind: 'set-f1' }, ['a'], '[]')).toEqual(wrong);
    expect(score({ kind: 'set-f1' }, ['a'], ' ')).toEqual(unparsed);
    expect(score({ kind: 'list-f1' }, ['a', 'b'], '["b","a"]')).toEqual({ score: 0.5, parsed: true });
  });
});

describe('every scorer of a dataset', () => {
  const specs = ScorerSpec.options.map((option) => {
    const kind = option.shape.kind.value;
    const more = { regex: { pattern: '(\\w+)' }, 'json-field': { path: 'a' }, 'json-schema': { schema: {} } };
    return ScorerSpec.parse({ kind, ...(Object.hasOwn(more, kind) ? more[kind as keyof typeof more] : {}) });
  });
  it('gives 0…1 or null, and an unusable answer never more than 0, on whatever text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '{"a":1}', 'B', '1,5', '[1]', '\ud800'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...specs), text, text, (spec, expected, output) => {
        const judged = scoreOutput(spec, expected, output);
        if (judged.score !== null) {
          expect(judged.score).toBeGreaterThanOrEqual(0);
          expect(judged.score).toBeLessThanOrEqual(1 + 1e-9);
          if (!judged.parsed) expect(judged.score).toBe(0);
        }
        if (spec.kind !== 'json-schema') expect(scoreOutput(spec, null, output).score).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });
  it('has a form in which policies compare answers, one of the five their evaluators know', () => {
    for (const spec of specs)
      expect(['exact', 'contains', 'regex', 'numeric', 'json-field']).toContain(agreementOf(spec).kind);
    expect(AnyScorerSpec.options.length).toBe(specs.length + 5);
  });
});

describe('classification report', () => {
  const reference = JSON.parse(readFileSync(new URL('fixtures/reference.json', import.meta.url), 'utf8')) as {
    agree: { a: number[]; b: number[]; perClass: (number | null)[][] }[];
  };
  it('has the precision, recall and F1 of scikit-learn for each class', () => {
    for (const { a, b, perClass } of reference.agree) {
      const report = classify(
        'x',
        a.map((expected, i) => ({ expected: `${expected}`, predicted: `${b[i]}` })),
      );
      for (const { label, ...row } of report.classes) {
        const at = (metric: number): number | null => perClass[metric]![Number(label)]!;
        for (const [i, figure] of [row.precision, row.recall, row.f1].entries()) {
          if (figure === null) expect(at(i)).toBeNull();
          else expect(figure.mean).toBeCloseTo(at(i)!, 12);
          if (figure !== null) expect(figure.lo <= figure.mean && figure.mean <= figure.hi).toBe(true);
        }
      }
      const expected = report.classes.filter(({ support }) => support > 0);
      const macro = expected.reduce((sum, { f1 }) => sum + f1!.mean, 0) / expected.length;
      expect(report.macroF1!.mean).toBeCloseTo(macro, 12);
      expect(report.confusion.reduce((sum, { count }) => sum + count, 0)).toBe(a.length);
    }
  });
  it('has intervals of F1 and macro F1 that cover the truth in about 95 % of samples', () => {
    const random = seededRandom(5);
    // Three classes of 60, 30 and 10 %; 80 % are named rightly, the rest by one of the three at random.
    const shares = [0.6, 0.3, 0.1];
    const truth = shares.map((share) => {
      const hit = share * (0.8 + 0.2 / 3);
      const named = 0.8 * share + 0.2 / 3;
      return (2 * hit) / (share + named);
    });
    const macro = truth.reduce((a, b) => a + b, 0) / 3;
    const covered = { macro: 0, common: 0, rare: 0 };
    const trials = 400;
    for (let t = 0; t < trials; t++) {
      const pairs = Array.from({ length: 400 }, () => {
        const u = random.next();
        const expected = u < 0.6 ? 0 : u < 0.9 ? 1 : 2;
        return { expected: `${expected}`, predicted: `${random.next() < 0.8 ? expected : random.int(3)}` };
      });
      const { macroF1, classes } = classify('x', pairs);
      const f1 = (label: string) => classes.find((row) => row.label === label)!.f1!;
      if (macroF1!.lo <= macro && macro <= macroF1!.hi) covered.macro++;
      if (f1('0').lo <= truth[0]! && truth[0]! <= f1('0').hi) covered.common++;
      if (f1('2').lo <= truth[2]! && truth[2]! <= f1('2').hi) covered.rare++;
    }
    for (const [figure, times] of Object.entries(covered)) {
      expect(times / trials, figure).toBeGreaterThan(0.92);
      expect(times / trials, figure).toBeLessThan(0.98);
    }
  });
  it('keeps unparsed and failed answers apart: misses of their class, false alarms of none', () => {
    const report = classify('x', [
      { expected: 'ham', predicted: 'ham' },
      { expected: 'ham', predicted: '(unparsed)' },
      { expected: 'spam', predicted: '(failed)' },
    ]);
    expect(report).toMatchObject({ n: 3, unparsed: 1, failed: 1, classCount: 2 });
    expect(report.micro.precision).toMatchObject({ mean: 1, n: 1 });
    expect(report.micro.recall).toMatchObject({ mean: 1 / 3, n: 3 });
    expect(report.classes.find(({ label }) => label === 'spam')).toMatchObject({
      precision: null,
      support: 1,
    });
  });
});

describe.skipIf(sharedDataAbsent)('ZeroEval GSM8K (2 tests, skipped without ../shared/data)', () => {
  const folder = `${sharedData}/zeroeval_gsm`;
  const lines = <T>(file: string): T[] =>
    readFileSync(`${folder}/${file}`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T);
  /** Answers its own parser calls right and we wrong, and the other way about. */
  function differences(
    textOf: (row: { id: string; model: string; parsed_answer: string }) => string | undefined,
  ) {
    const gold = new Map(
      lines<{ id: string; gold: string }>('problems.jsonl').map(({ id, gold }) => [id, gold]),
    );
    const judge = scorer(ScorerSpec.parse({ kind: 'numeric' }));
    const found = { rows: 0, lost: 0, won: 0 };
    const table = readFileSync(`${folder}/outcomes.csv`, 'utf8');
    for (const row of parse<{ id: string; model: string; correct: string; parsed_answer: string }>(table, {
      columns: true,
    })) {
      const text = textOf(row);
      if (text === undefined) continue;
      const { score } = judge(gold.get(row.id) ?? null, text);
      found.rows++;
      if (score === 0 && row.correct === '1') found.lost++;
      if (score === 1 && row.correct === '0') found.won++;
    }
    return found;
  }

  it('56,717 extracted answers: 24 lost and 94 won against its own parser, before 62 and 91', () => {
    const { rows, lost, won } = differences(({ parsed_answer }) => parsed_answer);
    expect(rows).toBe(56_717);
    expect(lost).toBeLessThanOrEqual(24);
    expect(won).toBeLessThanOrEqual(94);
  });
  it('10,552 whole answers of eight models: 1 lost and 21 won, before 53 and 33', () => {
    const outputs = new Map(
      lines<{ id: string; outputs: Record<string, string> }>('outputs.jsonl').map(({ id, outputs }) => [
        id,
        outputs,
      ]),
    );
    const { rows, lost, won } = differences(({ id, model }) => outputs.get(id)?.[model]);
    expect(rows).toBe(10_552);
    expect(lost).toBeLessThanOrEqual(1);
    expect(won).toBeLessThanOrEqual(21);
  });
});
