import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { WorkbenchError } from '../../engine/api/index.ts';
import { compilePipeline, executeItem, ItemParked, pipelineChecked } from '../../engine/pipeline/index.ts';
import { ProviderError } from '../../engine/providers/provider.ts';
import { compiled, context, example, problemsOf, registry, response } from './edge.ts';

const head = `pipeline: p
candidates: { small: openai/small, big: openai/big }
`;
const said = (texts: Record<string, string>) =>
  context((_request, step) => response(texts[step] ?? `<${step}>`));
const failing = new ProviderError({
  class: 'timeout',
  message: 'too slow',
  status: null,
  retryAfterMs: null,
  paidUsd: 0,
});
const mail = example({ subject: 'hello', body: ['one', 'two', 'three'] });

describe('steps side by side', () => {
  const parallel = (more = ''): string => `${head}steps:
  - id: both
    parallel:
      branches:
        left: [{ id: l, generate: { model: small, prompt: "{{input.subject}}" } }]
        right: [{ id: r, generate: { model: big, prompt: "{{input.subject}}" } }]
${more}  - id: joined
    generate: { model: big, prompt: "{{steps.both.output.left}}+{{steps.both.output.right}}" }
`;
  it('run at once and give their outputs by branch, in declared order whoever is first', async () => {
    let waiting: (() => void) | null = null;
    const recorded = context(async (_request, step) => {
      // The left one answers only when the right one has been asked: one after the other would never end.
      if (step === 'l') await new Promise<void>((resolve) => (waiting = resolve));
      if (step === 'r') waiting?.();
      return response(`<${step}>`, { answeredBy: step });
    });
    const result = await executeItem(compiled(parallel()), 'p', mail, recorded);
    expect(recorded.calls.at(-1)!.request.messages[0]!.content).toBe('<l>+<r>');
    expect(result).toMatchObject({ output: '<joined>', answeredBy: 'l, r, joined', error: null });
  });

  it('wait for each other before a failure counts, and may do with fewer', async () => {
    const recorded = context((_request, step) => {
      if (step === 'l') throw failing;
      return response(`<${step}>`);
    });
    const all = await executeItem(compiled(parallel()), 'p', mail, recorded);
    expect(all.error).toEqual({ class: 'timeout', message: 'too slow' });
    expect(recorded.calls.map(({ step }) => step)).toEqual(['l', 'r']);
    const one = await executeItem(compiled(parallel('      atLeast: 1\n')), 'p', mail, recorded);
    expect(one.output).toBe('<joined>');
    expect(recorded.calls.at(-1)!.request.messages[0]!.content).toBe('+<r>');
  });

  it('let what stops the run count before what fails the item', async () => {
    const recorded = context((_request, step) => {
      throw step === 'l' ? failing : new WorkbenchError('run.budget_exceeded', 'no more money');
    });
    await expect(executeItem(compiled(parallel()), 'p', mail, recorded)).rejects.toThrow('no more money');
  });

  it('do not see each other', () => {
    expect(
      problemsOf(`${head}steps:
  - id: both
    parallel:
      branches:
        left: [{ id: l, generate: { model: small } }]
        right: [{ id: r, generate: { model: big, prompt: "{{steps.l.output}}" } }]
`),
    ).toEqual([
      'p.yaml:8:61 Step `l` stands inside another step: its output is not seen here. Read the output of the step around it, or put the value into `state` with a `set` step.',
    ]);
  });
});

describe('a map', () => {
  const map = `${head}state: { lengths: { reducer: append }, total: { reducer: sum } }
steps:
  - id: each
    map:
      over: "{{input.body}}"
      concurrency: 2
      steps:
        - id: draft
          generate: { model: small, prompt: "{{index}}:{{item}}" }
        - id: note
          set: { lengths: "{{index}}", total: "{{index}}" }
  - id: sum
    generate: { model: big, prompt: "{{steps.each.output}} {{state.lengths}} {{state.total}}" }
`;
  it('runs its steps for each element, and joins outputs and state in the order of the list', async () => {
    const recorded = context(async ({ messages }, step) => {
      // The first is the slowest.
      await new Promise((resolve) => setTimeout(resolve, step === 'each[0]/draft' ? 20 : 0));
      return response(messages[0]!.content.toUpperCase());
    });
    await executeItem(compiled(map), 'p', mail, recorded);
    expect(recorded.calls.map(({ step }) => step).toSorted()).toEqual([
      'each[0]/draft',
      'each[1]/draft',
      'each[2]/draft',
      'sum',
    ]);
    expect(recorded.calls.at(-1)!.request.messages[0]!.content).toBe(
      '[{"lengths":0,"total":0},{"lengths":1,"total":1},{"lengths":2,"total":2}] [0,1,2] 3',
    );
  });

  it('fails the item where there is no list, or too long a one', async () => {
    const none = await executeItem(compiled(map), 'p', example({ subject: '', body: 'no list' }), said({}));
    expect(none.error).toEqual({ class: 'guard', message: 'Step `each` maps over what is no list.' });
    const long = example({ subject: '', body: Array.from({ length: 101 }, () => 'x') });
    expect((await executeItem(compiled(map), 'p', long, said({}))).error?.message).toBe(
      'Step `each` was given 101 elements, over its limit of 100.',
    );
  });

  it('takes a list from the JSON an answer holds, and an empty one', async () => {
    const pipeline = compiled(`${head}steps:
  - id: plan
    generate: { model: big, prompt: "{{input.subject}}" }
  - id: each
    map: { over: "{{steps.plan.output.parts}}", steps: [{ id: part, generate: { model: small, prompt: "{{item.name}}" } }] }
output: "{{steps.each.output}}"
`);
    const one = said({ plan: '```json\n{"parts":[{"name":"a"},{"name":"b"}]}\n```' });
    expect((await executeItem(pipeline, 'p', mail, one)).output).toBe('["<each[0]/part>","<each[1]/part>"]');
    expect(one.calls[2]!.request.messages[0]!.content).toBe('b');
    const none = said({ plan: '{"parts":[]}' });
    expect((await executeItem(pipeline, 'p', mail, none)).output).toBe('[]');
  });
});

describe('a loop', () => {
  const loop = `${head}state: { draft: { reducer: replace, initial: "" } }
steps:
  - id: refine
    loop:
      max: 3
      until: grade.output >= 8
      steps:
        - id: write
          generate: { model: small, prompt: "{{index}} {{state.draft}}" }
        - id: keep
          set: { draft: "{{steps.write.output}}" }
        - id: grade
          generate: { model: big, prompt: "{{state.draft}}" }
output: "{{state.draft}}"
`;
  it('repeats until its condition holds, each round seeing the one before', async () => {
    const recorded = said({
      'refine[1]/write': 'a',
      'refine[1]/grade': '3',
      'refine[2]/write': 'b',
      'refine[2]/grade': ' 8 ',
    });
    const result = await executeItem(compiled(loop), 'p', mail, recorded);
    expect(recorded.calls.map(({ step, request }) => `${step}: ${request.messages[0]!.content}`)).toEqual([
      'refine[1]/write: 1 ',
      'refine[1]/grade: a',
      'refine[2]/write: 2 a',
      'refine[2]/grade: b',
    ]);
    expect(result.output).toBe('b');
  });

  it('stops at its bound', async () => {
    const recorded = said({});
    await executeItem(compiled(loop), 'p', mail, recorded);
    expect(recorded.calls).toHaveLength(6);
    expect(recorded.spans.find(({ kind }) => kind === 'loop')?.attributes).toEqual({
      rounds: 3,
      stopped: 'max',
    });
  });
});

describe('a branch', () => {
  const branch = `${head}steps:
  - id: kind
    generate: { model: small, prompt: "{{input.subject}}" }
  - id: by-kind
    branch:
      - when: kind.output == "refund"
        steps: [{ id: a, generate: { model: big, prompt: refund } }]
      - when: kind.output == "spam"
        steps: []
      - steps: [{ id: b, generate: { model: small, prompt: other } }]
`;
  it('takes the first alternative that holds', async () => {
    const run = async (kind: string) => {
      const recorded = said({ kind });
      const { output } = await executeItem(compiled(branch), 'p', mail, recorded);
      return [output, ...recorded.calls.map(({ step }) => step)];
    };
    expect(await run('refund')).toEqual(['<a>', 'kind', 'a']);
    expect(await run('spam')).toEqual(['spam', 'kind']);
    expect(await run('else')).toEqual(['<b>', 'kind', 'b']);
  });

  it('counts the dearest alternative in the worst case', () => {
    const pipeline = compiled(branch);
    const checked = pipelineChecked({ pipeline, problems: [] }, registry, { rows: 1, examples: [mail] });
    // kind: 5 characters; refund (6) is the longer prompt. The registry asks a thousandth of a dollar a character.
    expect(checked).toMatchObject({ calls: 2, estimatedCostUsd: 0.011 });
  });
});

describe('state, scores and reviews', () => {
  it('reducers join what steps put down', async () => {
    const pipeline = compiled(`${head}state:
  seen: { reducer: union }
  most: { reducer: max }
  least: { reducer: min }
  all: { reducer: append }
steps:
  - id: one
    set: { seen: [a, b], most: 3, least: 3, all: [1] }
  - id: two
    set: { seen: [b, c], most: 2, least: 2, all: x }
  - id: say
    generate: { model: small, prompt: "{{state.seen}} {{state.most}} {{state.least}} {{state.all}} {{state.seen.2}}" }
`);
    const recorded = said({});
    await executeItem(pipeline, 'p', mail, recorded);
    expect(recorded.calls[0]!.request.messages[0]!.content).toBe('["a","b","c"] 3 2 [[1],"x"] c');
  });

  it('a value of the wrong kind fails the item and says which state', async () => {
    const pipeline = compiled(`${head}state: { total: { reducer: sum } }
steps:
  - id: say
    generate: { model: small, prompt: hello }
  - id: add
    set: { total: "{{steps.say.output}}" }
`);
    const { error } = await executeItem(pipeline, 'p', mail, said({ say: 'seven' }));
    expect(error?.message).toBe('State `total` (sum): "seven" is no number.');
  });

  it('a score step measures a step against the truth, and nothing can route on it', async () => {
    const scored = `${head}steps:
  - id: kind
    generate: { model: small, prompt: "{{input.subject}}" }
  - id: kind-right
    score: { of: kind, expected: "{{tags.kind}}" }
  - id: answer
    generate: { model: big, prompt: "{{input.subject}}" }
`;
    const result = await executeItem(
      compiled(scored, null, { inputFields: ['subject', 'body'], tagFields: ['kind'] }),
      'p',
      { ...mail, tags: { kind: 'Refund' } },
      said({ kind: 'refund' }),
    );
    expect(result.signals).toMatchObject({ 'score:kind-right': 1 });
    const rule = scored.replace(
      'generate: { model: big,',
      'route: { by: rules, rules: [{ when: kind-right == 1, use: small }, { use: big }] }\n    generate: {',
    );
    expect(problemsOf(rule, { inputFields: ['subject'], tagFields: ['kind'] })).toEqual([
      expect.stringContaining('There is no signal `kind-right` before this step.'),
    ]);
    expect(problemsOf(`${head}steps: [{ id: a, generate: { model: big, prompt: "{{expected}}" } }]`)).toEqual(
      [expect.stringContaining('`expected` is the ground truth: no step may see it.')],
    );
  });

  const reviewed = `${head}steps:
  - id: answer
    generate: { model: small, prompt: "{{input.subject}}" }
  - id: human
    review: { when: answer.confidence < 0.6, question: "Is {{steps.answer.output}} right?", options: [ham, spam] }
`;
  it('a review parks the item, and goes on with what was decided', async () => {
    const unsure = context(() => response('ham', { confidence: 0.5 }));
    const parked = executeItem(compiled(reviewed), 'p', mail, unsure);
    await expect(parked).rejects.toBeInstanceOf(ItemParked);
    await expect(parked).rejects.toMatchObject({
      reviews: [
        {
          step: 'human',
          reason: 'answer.confidence < 0.6',
          question: 'Is ham right?',
          options: ['ham', 'spam'],
          answer: 'ham',
        },
      ],
    });
    const decided = context(() => response('ham', { confidence: 0.5 }), undefined, {
      human: { answer: 'spam', by: 'Ada', note: null },
    });
    expect(await executeItem(compiled(reviewed), 'p', mail, decided)).toMatchObject({
      output: 'spam',
      signals: { human: true },
    });
    const rejected = context(() => response('ham', { confidence: 0.5 }), undefined, {
      human: { answer: null, by: 'Ada', note: 'not a mail' },
    });
    expect((await executeItem(compiled(reviewed), 'p', mail, rejected)).error).toEqual({
      class: 'guard',
      message: 'Ada rejected it: not a mail.',
    });
    const sure = context(() => response('ham', { confidence: 0.7 }));
    expect(await executeItem(compiled(reviewed), 'p', mail, sure)).toMatchObject({
      output: 'ham',
      signals: { human: false },
    });
  });

  it('reviews side by side are asked together', async () => {
    const pipeline = compiled(`${head}steps:
  - id: each
    map:
      over: "{{input.body}}"
      steps:
        - id: draft
          generate: { model: small, prompt: "{{item}}" }
        - id: look
          review: {}
`);
    await expect(executeItem(pipeline, 'p', mail, said({}))).rejects.toMatchObject({
      reviews: [{ step: 'each[0]/look' }, { step: 'each[1]/look' }, { step: 'each[2]/look' }],
    });
  });
});

describe('other pipelines and code', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-flow-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'sub.yaml'),
    `pipeline: sub
candidates: { m: openai/sub }
steps: [{ id: answer, generate: { prompt: "{{input.text}}!" } }]
`,
  );
  writeFileSync(
    join(folder, 'loop.yaml'),
    `pipeline: l\ncandidates: { m: openai/m }\nsteps: [{ id: again, call: { pipeline: loop.yaml } }]\n`,
  );
  writeFileSync(
    join(folder, 'shout.ts'),
    `interface Given { input: { subject: string }; steps: Record<string, unknown> }
export default ({ input, steps }: Given): string => \`\${input.subject.toUpperCase()} \${String(steps['inner'])}\`;
export const slow = (): never => { for (;;); };
export const env = (): string[] => Object.keys(process.env);
export const thrower = (): never => { throw new Error('no'); };
`,
  );
  const calling = `${head}steps:
  - id: inner
    call: { pipeline: sub.yaml, input: { text: "{{input.subject}}" } }
  - id: shout
    code: shout.ts
`;
  it('a pipeline is called with an input of its own; its calls and models are named after the step', async () => {
    const pipeline = compiled(calling, folder);
    const recorded = said({ 'inner/answer': 'hi' });
    const result = await executeItem(pipeline, 'p', mail, recorded);
    expect(recorded.calls.map(({ step, request }) => `${step}: ${request.messages[0]!.content}`)).toEqual([
      'inner/answer: hello!',
    ]);
    expect(Object.keys(pipeline.models)).toContain('inner/m');
    expect(result.output).toBe('HELLO hi');
    // Self-contained: without its folder it compiles to the same.
    const again = compilePipeline(
      { text: pipeline.source, file: 'q.yaml', baseFolder: null },
      registry,
      null,
    );
    expect(again.problems).toEqual([]);
    expect(again.pipeline?.hash).toBe(pipeline.hash);
    expect(await executeItem(again.pipeline!, 'p', mail, said({ 'inner/answer': 'hi' }))).toMatchObject({
      output: 'HELLO hi',
    });
  });

  it('a pipeline that calls itself is refused', () => {
    const { problems } = compilePipeline(
      {
        text: `pipeline: l\ncandidates: { m: openai/m }\nsteps: [{ id: go, call: { pipeline: loop.yaml } }]`,
        file: 'p.yaml',
        baseFolder: folder,
      },
      registry,
      null,
    );
    expect(problems.map(({ message }) => message)).toEqual(['`loop.yaml` calls itself.']);
  });

  it('code sees no environment, fails its item alone, and cannot stall a run', async () => {
    const run = async (name: string, timeoutMs = 5000) =>
      executeItem(
        compiled(
          `${head}steps:\n  - id: c\n    code: { file: shout.ts, export: ${name}, timeoutMs: ${timeoutMs} }\n`,
          folder,
        ),
        'p',
        mail,
        said({}),
      );
    expect((await run('env')).output).toBe('[]');
    expect((await run('thrower')).error).toEqual({ class: 'guard', message: 'Step `c` failed: no' });
    expect((await run('slow', 100)).error?.message).toBe('Step `c` failed: no result within 100 ms');
    expect((await run('absent')).error?.message).toBe('Step `c` failed: it exports no function absent');
  });
});

describe('a fallback', () => {
  const failed = (kind: 'timeout' | 'refused') =>
    new ProviderError({ class: kind, message: kind, status: null, retryAfterMs: null, paidUsd: 0 });
  const text = (fallback: string, more = '') => `${head}${more}steps:
  - id: answer
    generate: { model: small, fallback: ${fallback}, prompt: "{{input.subject}}" }
`;
  const run = async (source: string, kind: 'timeout' | 'refused', input = mail) => {
    const recorded = context(({ spec }) => {
      if (spec.model === 'small') throw failed(kind);
      return response('from big');
    });
    const { output, error } = await executeItem(compiled(source), 'p', input, recorded);
    return { said: output ?? error?.message, steps: recorded.calls.map(({ step }) => step) };
  };
  it('answers where a call failed for good, whatever the failure or for some classes', async () => {
    expect(await run(text('[big]'), 'timeout')).toEqual({
      said: 'from big',
      steps: ['answer', 'answer/fallback-big'],
    });
    const some = text('{ to: [big], on: [refused] }');
    expect(await run(some, 'refused')).toMatchObject({ said: 'from big' });
    expect(await run(some, 'timeout')).toEqual({ said: 'timeout', steps: ['answer'] });
  });

  it('is never one that may not see the request', async () => {
    const secret = example({ subject: 'ada@example.org', body: '' });
    const only = (allow: string) => text('[big]', `sensitivity: { detect: [email], allow: ${allow} }\n`);
    expect(await run(only('[small]'), 'timeout', secret)).toEqual({ said: 'timeout', steps: ['answer'] });
    expect(await run(only('[big]'), 'timeout', secret)).toEqual({
      said: 'from big',
      steps: ['answer/fallback-big'],
    });
    expect((await run(only('[]'), 'timeout', secret)).said).toContain('may not see this request');
  });

  it('is priced in the worst case, and not for arms', () => {
    const checked = pipelineChecked({ pipeline: compiled(text('[big]')), problems: [] }, registry, {
      rows: 1,
      examples: [mail],
    });
    expect(checked).toMatchObject({ calls: 2, estimatedCostUsd: 0.01 });
    expect(
      problemsOf(`${head}steps: [{ id: a, route: { by: candidate }, generate: { fallback: [big] } }]`)[0],
    ).toContain('an arm is measured as itself');
  });
});

describe('the whole language', () => {
  it('reports every problem at once, inside steps too', () => {
    expect(
      problemsOf(`${head}state: { a: { reducer: plus } }
steps:
  - id: both
    parallel:
      branches: { left: [{ id: l, generate: { model: tiny } }], right: [{ id: both, generate: { model: big } }] }
  - id: each
    map: { over: "all {{input.body}}", steps: [{ id: x, generate: { model: big, prompt: "{{input.nothing}}" } }] }
  - id: out
    generate: { model: big, prompt: "{{item}} {{state.b}} {{steps.x.output}}" }
  - id: go
    branch: [{ steps: [] }, { when: nothing > 1, steps: [] }]
  - id: round
    loop: { max: 0, steps: [{ id: y, generate: { model: big } }] }
`).map((problem) => problem.split(' ').slice(1).join(' ')),
    ).toEqual([
      expect.stringContaining('`state.a.reducer`'),
      'There is no candidate `tiny`. Known candidates: `small`, `big`.',
      'There are two steps `both`. Give each its own id.',
      '`over` is one slot that holds a list. Write `over: "{{input.FIELD}}"`.',
      'The dataset has no input field `nothing`. Known input fields: `subject`, `body`.',
      expect.stringContaining('There is no `item` here.'),
      expect.stringContaining('The pipeline declares no state `b`.'),
      'Step `x` stands inside another step: its output is not seen here. Read the output of the step around it, or put the value into `state` with a `set` step.',
      'An alternative without `when` always holds: those below it never do. Give it a `when`, or move it to the end.',
      expect.stringContaining('There is no signal `nothing` before this step.'),
      expect.stringContaining('`loop.max`'),
    ]);
  });
});
