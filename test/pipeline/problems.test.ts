import { describe, expect, it } from 'vitest';
import { compilePipeline } from '../../engine/pipeline/index.ts';
import { problemsOf, registry } from './edge.ts';

const head = `pipeline: triage
candidates:
  small: { provider: local, model: naive-bayes }
  big: openai/gpt-4o-mini
steps:
`;

describe('a pipeline with problems', () => {
  it('reports all of them at once, each with its line, column and what to do', () => {
    const text = `pipeline: triage
verison: 1
candidates:
  small: { provider: locl, model: naive-bayes }
  typo: { provider: local, model: naive-bays }
  ok: openai/gpt-4o-mini
  key: { provider: openai, model: a, keyVariable: sk-123, price: { inputPerMtok: 1 } }
steps:
  - id: kind
    signal: { kind: lenght }
  - id: size
    signal: { kind: length, of: "{{input.bdy}}", unt: words }
  - id: answer
    route: { by: rules, candidates: [ok, oko], rules: [{ when: "sise > 3", use: ok }, { use: big }] }
    generate:
      promt: hi
      prompt: "{{steps.late.output}} {{foo}} {{"
  - id: late
    guard: { pattern: "(", retries: many }
`;
    expect(problemsOf(text)).toEqual([
      'p.yaml:2:1 `verison` is not a key known here. Did you mean `version`?',
      'p.yaml:4:22 There is no provider `locl`. Did you mean `local`?',
      'p.yaml:5:35 There is no model local/naive-bays. Did you mean `naive-bayes`?',
      'p.yaml:7:51 `candidates.key.keyVariable`: must be the name of an environment variable, not the key itself. Correct this value.',
      'p.yaml:7:68 `inputPerMtok` is not a key known here. Did you mean `inputPerMTok`?',
      "p.yaml:10:21 `signal.kind`: Invalid discriminator value. Expected 'length' | 'pii'. Did you mean `length`?",
      'p.yaml:12:36 The dataset has no input field `bdy`. Did you mean `body`?',
      'p.yaml:12:50 `unt` is not a key known here. Did you mean `unit`?',
      'p.yaml:14:42 There is no candidate `oko`. Did you mean `ok`?',
      'p.yaml:14:65 There is no signal `sise` before this step. Did you mean `size`?',
      'p.yaml:14:94 `big` is not a candidate of this route. Known candidates: `ok`, `oko`.',
      'p.yaml:16:7 `promt` is not a key known here. Did you mean `prompt`?',
      'p.yaml:17:18 Step `late` has not run yet at this point. Move it above `answer`.',
      'p.yaml:17:38 `{{foo}}` is no reference. Write `{{input.FIELD}}` or `{{steps.ID.output}}`, or `\\{{` for the two brackets themselves.',
      'p.yaml:17:46 A `{{` is not closed. Write `{{input.FIELD}}` or `{{steps.ID.output}}`, or `\\{{` for the two brackets themselves.',
      'p.yaml:19:23 The pattern is invalid: Invalid regular expression: /(/u: Unterminated group. Correct the regular expression (JavaScript syntax, `u` flag).',
      'p.yaml:19:37 `guard.retries`: expected number, received string. Write a number here.',
    ]);
  });

  it.each([
    ['', '1:1 The pipeline is empty.'],
    ['- a\n', '1:1 A pipeline is a map of keys.'],
    ['pipeline: a\n\tsteps: 1\n', '2:1 This is not valid YAML: Tabs are not allowed as indentation.'],
    ['pipeline: a\npipeline: b\n', '2:1 This is not valid YAML: Map keys must be unique.'],
    ['pipeline: "a\n', 'This is not valid YAML: Missing closing "quote.'],
    ['steps: []\n', 'The pipeline has no name.'],
    ['pipeline: a\nsteps: []\n', '2:8 The pipeline has no steps.'],
    ['pipeline: a\n', 'The pipeline declares no candidates.'],
    ['pipeline: a\nversion: 2\n', '2:10 Version 2 is not known.'],
    [`${head}  - id: a\n    reviews: {}\n`, '7:5 `reviews` is not a key known here. Did you mean `review`?'],
    [`${head}  - signal: { kind: pii }\n`, '6:5 This step has no id.'],
    [`${head}  - id: a b\n    signal: { kind: pii }\n`, "6:9 `a b` cannot be a step's id."],
    [
      `${head}  - id: a\n    signal: { kind: pii }\n  - id: a\n    signal: { kind: pii }\n`,
      '8:9 There are two steps `a`.',
    ],
    [`${head}  - id: a\n    signal: { kind: pii }\n`, '6:3 No step generates an answer.'],
    [
      `${head}  - id: a\n    signal: { kind: pii }\n    guard: { maxLength: 1 }\n`,
      '6:5 Step `a` does 2 things at once.',
    ],
    [`${head}  - id: a\n    route: { by: candidate }\n`, '7:5 A route chooses who generates.'],
    [`${head}  - id: a\n    generate: {}\n`, '6:5 Step `a` does not say which of 2 candidates answers.'],
    [
      `${head}  - id: a\n    generate: { model: bigg }\n`,
      '7:24 There is no candidate `bigg`. Did you mean `big`?',
    ],
    [`${head}  - id: a\n    guard: { maxLength: 1 }\n`, '7:12 A guard needs an answer to check.'],
    [
      `${head}  - id: a\n    generate: { model: big }\n  - id: g\n    guard: { onFail: retry }\n`,
      '9:12 This guard checks nothing.',
    ],
    [
      `${head}  - id: a\n    generate: { model: big }\n  - id: g\n    guard: { schema: true }\n`,
      '9:22 Step `a` declares no output schema',
    ],
    [
      `${head}  - id: a\n    generate: { model: big }\n  - id: g\n    guard: { maxLength: 9, onFail: escalate }\n`,
      '9:36 Step `a` has one model and nobody to escalate to.',
    ],
    [
      `${head}  - id: a\n    generate: { model: big, output: { type: strong } }\n`,
      '7:37 The output schema is invalid:',
    ],
    [
      `${head}  - id: a\n    generate: { model: big, prompt: prompts/x.md }\n`,
      '7:37 `prompts/x.md` is a file, and this pipeline was given as text.',
    ],
    [
      `${head}  - id: a\n    route: { by: candidate }\n    generate: {}\n  - id: b\n    route: { by: candidate }\n    generate: {}\n`,
      '10:12 Step `a` already routes by candidate.',
    ],
    [`${head}  - id: a\n    route: { by: rules }\n    generate: {}\n`, '7:12 A route by rules has no rules.'],
    [
      `${head}  - id: a\n    route: { by: rules, rules: [{ use: big }, { use: small }] }\n    generate: {}\n`,
      '7:33 A rule without `when` always holds',
    ],
    [
      `${head}  - id: a\n    route: { by: rules, rules: [{ when: "x >", use: big }, { use: small }] }\n    generate: {}\n`,
      '7:41 The condition cannot be read: A value is expected after `>` (character 4).',
    ],
    [
      `${head}  - id: a\n    route: { by: policy }\n    generate: {}\n`,
      '7:12 A route by policy names no policy.',
    ],
    [
      `${head}  - id: a\n    route: { by: policy, policy: { format: x } }\n    generate: {}\n`,
      '7:34 This is a policy of format "x"',
    ],
  ])('says of %j where and why', (text, expected) => {
    const problems = problemsOf(text);
    expect(
      problems.some((problem) => problem.includes(expected)),
      problems.join('\n'),
    ).toBe(true);
    expect(compilePipeline({ text, file: 'p.yaml', baseFolder: null }, registry, null).pipeline).toBeNull();
  });

  it('counts lines after a byte order mark and Windows line ends', () => {
    const text = `\uFEFFpipeline: a\r\ncandidates:\r\n  x: openai/y\r\nstep:\r\n  - 1\r\n`;
    expect(problemsOf(text)).toContain('p.yaml:4:1 `step` is not a key known here. Did you mean `steps`?');
  });

  it('survives an alias bomb and hostile keys', () => {
    const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\n${Array.from('bcdefghi')
      .map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`)
      .join('\n')}\n`;
    expect(problemsOf(bomb).join('\n')).toContain('This YAML cannot be read');
    expect(problemsOf('__proto__: { pipeline: a }\nconstructor: 1\n').join('\n')).toContain(
      '`constructor` is not a key',
    );
    expect(({} as { pipeline?: string }).pipeline).toBeUndefined();
  });
});
