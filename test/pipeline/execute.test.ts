import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../../engine/api/index.ts';
import { executeItem, pipelineChecked } from '../../engine/pipeline/index.ts';
import { finishPolicy } from '../../engine/policy/index.ts';
import { ProviderError } from '../../engine/providers/provider.ts';
import { attempt, draft, route } from '../policy/fixtures.ts';
import { compiled, context, example, registry, response } from './edge.ts';

const arms = compiled(`pipeline: triage
candidates:
  small: { provider: local, model: naive-bayes, parameters: { on: subject }, price: { perCallUsd: 0.0001, nominal: true } }
  big: openai/gpt-4o-mini
steps:
  - id: sensitivity
    signal: { kind: pii, detect: [email, card] }
  - id: complexity
    signal: { kind: length, of: "{{input.body}}", unit: words }
  - id: answer
    route: { by: candidate }
    generate:
      system: You sort mail.
      prompt: "({{steps.sensitivity.output}}) {{input.body}}"
      output: { type: object, properties: { label: { enum: [ham, spam] } }, required: [label] }
      logprobs: true
  - id: check
    guard: { schema: true, onFail: escalate }
`);
const mail = example({ subject: 'hello', body: 'write to a@b.com today' });
const failure = (kind: 'timeout' | 'rate_limited') =>
  new ProviderError({ class: kind, message: `no ${kind}`, status: null, retryAfterMs: null, paidUsd: 0 });

describe('one item', () => {
  it('goes through signals, the arm of its candidate and the guard', async () => {
    const recorded = context(() => response('{"label":"ham"}', { confidence: 0.8, answeredBy: 'nb-1' }));
    const result = await executeItem(arms, 'small', mail, recorded);
    expect(result).toEqual({
      output: '{"label":"ham"}',
      signals: { sensitivity: 'email', complexity: 4, confidence: 0.8, answer_chars: 15, check: true },
      error: null,
      answeredBy: 'nb-1',
    });
    expect(recorded.calls).toEqual([
      {
        step: 'answer',
        request: {
          spec: arms.models['small'],
          messages: [
            { role: 'system', content: 'You sort mail.' },
            { role: 'user', content: '(email) write to a@b.com today' },
          ],
          input: mail.input,
          example: 'e1',
          output: expect.objectContaining({ type: 'object' }),
          logprobs: true,
        },
      },
    ]);
    expect(recorded.spans.map(({ step, kind }) => `${kind} ${step}`)).toEqual([
      'signal sensitivity',
      'signal complexity',
      'generate answer',
      'guard check',
    ]);
    expect(arms.steps.map(({ id, needs }) => [id, needs])).toEqual([
      ['sensitivity', []],
      ['complexity', []],
      ['answer', ['sensitivity']],
      ['check', ['answer']],
    ]);
  });

  it('keeps an arm that should escalate as it is, with the signal that says so', async () => {
    const result = await executeItem(
      arms,
      'big',
      mail,
      context(() => response('ham')),
    );
    expect(result).toMatchObject({ output: 'ham', error: null, signals: { check: false, confidence: null } });
  });

  it('turns a failed call into an error of its class, and throws on what is not about the item', async () => {
    const fail = (error: Error) =>
      executeItem(
        arms,
        'small',
        mail,
        context(() => {
          throw error;
        }),
      );
    expect(await fail(failure('timeout'))).toMatchObject({
      output: null,
      answeredBy: null,
      error: { class: 'timeout', message: 'no timeout' },
    });
    expect(await fail(new TypeError('x is undefined'))).toMatchObject({ error: { class: 'bug' } });
    await expect(fail(new WorkbenchError('run.budget_exceeded', 'spent'))).rejects.toMatchObject({
      code: 'run.budget_exceeded',
    });
    await expect(fail(new DOMException('stop', 'AbortError'))).rejects.toThrow('stop');
    await expect(
      executeItem(
        arms,
        'huge',
        mail,
        context(() => response('')),
      ),
    ).rejects.toMatchObject({ code: 'candidate.unknown' });
  });

  it('does not begin once cancelled', async () => {
    const stopped = AbortSignal.abort();
    const recorded = context(() => response('x'), stopped);
    await expect(executeItem(arms, 'small', mail, recorded)).rejects.toMatchObject({ name: 'AbortError' });
    expect(recorded.calls).toEqual([]);
  });

  it('without a route is one candidate named after the pipeline, later steps reading earlier answers', async () => {
    const chain = compiled(`pipeline: chain
candidates: { a: openai/a, b: openai/b }
steps:
  - { id: draft, generate: { model: a } }
  - { id: final, generate: { model: b, prompt: "Improve: {{steps.draft.output}}" } }
`);
    expect(chain.candidates).toEqual(['chain']);
    expect(chain.models['chain']).toBe(chain.models['b']);
    const recorded = context((request) =>
      response(`${request.spec.model}!`, { answeredBy: request.spec.model }),
    );
    const result = await executeItem(chain, 'chain', mail, recorded);
    expect(result).toMatchObject({ output: 'b!', answeredBy: 'a, b' });
    expect(recorded.calls.map(({ request }) => request.messages[0]!.content)).toEqual([
      'subject: hello\nbody: write to a@b.com today',
      'Improve: a!',
    ]);
  });

  it('costs under 5 µs a step of its own', async () => {
    const quick = {
      ...context(() => response('')),
      call: async () => response('{"label":"ham"}'),
      span: () => {},
    };
    const items = 20_000;
    let best = Infinity;
    for (let round = 0; round < 3; round++) {
      const started = performance.now();
      for (let i = 0; i < items; i++) await executeItem(arms, 'small', mail, quick);
      best = Math.min(best, ((performance.now() - started) * 1000) / items / arms.steps.length);
    }
    expect(best).toBeLessThan(5);
  });
});

const guarded = (guard: string): string => `pipeline: g
candidates: { small: openai/small, middle: openai/middle, big: openai/big }
steps:
  - { id: size, signal: { kind: length, of: "{{input.body}}" } }
  - id: answer
    route:
      by: rules
      rules: [{ when: 'size > 10 and not size >= 30', use: middle }, { use: small }]
    generate: { prompt: "{{input.body}}" }
  - { id: check, guard: { pattern: "^ok", ${guard} } }
`;

describe('rules and guards', () => {
  it('choose by the first rule that holds', async () => {
    const pipeline = compiled(guarded('onFail: block'));
    for (const [length, model] of [
      [5, 'small'],
      [10, 'small'],
      [11, 'middle'],
      [29, 'middle'],
      [30, 'small'],
    ] as const) {
      const recorded = context(() => response('ok'));
      await executeItem(pipeline, 'g', example({ body: 'x'.repeat(length) }), recorded);
      expect(recorded.calls.map(({ request }) => request.spec.model)).toEqual([model]);
      expect(recorded.spans.find(({ kind }) => kind === 'route')?.attributes['candidate']).toBe(model);
    }
  });

  it('block: no answer leaves', async () => {
    const result = await executeItem(
      compiled(guarded('onFail: block')),
      'g',
      mail,
      context(() => response('bad')),
    );
    expect(result).toMatchObject({ output: null, error: { class: 'guard' }, signals: { check: false } });
    expect(result.error?.message).toBe('Guard `check` refused the answer: it does not match ^ok.');
  });

  it('retry: the same candidate is told why, at most as often as said', async () => {
    const pipeline = compiled(guarded('onFail: retry, retries: 2'));
    let n = 0;
    const recorded = context(() => response(++n === 3 ? 'ok' : `bad ${n}`));
    expect(await executeItem(pipeline, 'g', mail, recorded)).toMatchObject({
      output: 'ok',
      error: null,
      signals: { check: true },
    });
    expect(recorded.calls.map(({ step }) => step)).toEqual([
      'answer',
      'answer/check-retry-1',
      'answer/check-retry-2',
    ]);
    expect(recorded.calls[2]!.request.messages.slice(1)).toEqual([
      { role: 'assistant', content: 'bad 2' },
      {
        role: 'user',
        content: 'That answer was refused: it does not match ^ok. Answer again, correctly this time.',
      },
    ]);
    const never = await executeItem(
      pipeline,
      'g',
      mail,
      context(() => response('bad')),
    );
    expect(never.error?.class).toBe('guard');
  });

  it('escalate: the other candidates in order, each once', async () => {
    const pipeline = compiled(guarded('onFail: escalate'));
    const recorded = context(({ spec }) =>
      response(spec.model === 'big' ? 'ok' : 'bad', { answeredBy: spec.model }),
    );
    const result = await executeItem(pipeline, 'g', example({ body: 'short' }), recorded);
    expect(result).toMatchObject({ output: 'ok', answeredBy: 'small, middle, big' });
    const stuck = context(() => response('bad'));
    expect((await executeItem(pipeline, 'g', mail, stuck)).error?.class).toBe('guard');
    expect(stuck.calls.length).toBe(3);
  });
});

describe('a policy in a pipeline', () => {
  const cascade = finishPolicy(
    draft({
      candidates: draft().candidates.filter(({ id }) => id !== 'medium'),
      signals: [
        {
          id: 'confidence(small)',
          version: 1,
          kind: 'answer',
          when: 'after',
          candidate: 'small',
          signal: 'confidence',
          type: 'number',
          onMissing: { reject: true },
        },
      ],
      rules: [{ id: 'all', when: 'always', route: 'cascade' }],
      routes: [
        route('cascade', [
          attempt('small', { op: 'gte', signal: 'confidence(small)', value: 0.7, gap: [0.6, 0.8] }),
          attempt('large'),
        ]),
      ],
    }),
  );
  const text = (policy: unknown): string =>
    JSON.stringify({
      pipeline: 'served',
      candidates: { small: 'openai/small', large: 'openai/large' },
      steps: [{ id: 'answer', route: { by: 'policy', policy }, generate: {} }],
    });
  const pipeline = compiled(text(cascade));

  it('serves the first answer its test accepts, and escalates the others', async () => {
    for (const [confidence, models, output] of [
      [0.7, ['small'], 'small says'],
      [0.69, ['small', 'large'], 'large says'],
      [null, ['small', 'large'], 'large says'],
    ] as const) {
      const recorded = context(({ spec }) =>
        response(`${spec.model} says`, { confidence, answeredBy: spec.model }),
      );
      const result = await executeItem(pipeline, 'served', mail, recorded);
      expect(result).toMatchObject({ output, answeredBy: models.join(', '), error: null });
      expect(recorded.calls.map(({ step }) => step)).toEqual(models.map((model) => `answer/${model}`));
    }
  });

  it('escalates a failure, and fails with the last class when all fail', async () => {
    const one = await executeItem(
      pipeline,
      'served',
      mail,
      context(({ spec }) => {
        if (spec.model === 'small') throw failure('timeout');
        return response('large says');
      }),
    );
    expect(one.output).toBe('large says');
    const all = await executeItem(
      pipeline,
      'served',
      mail,
      context(({ spec }) => {
        throw failure(spec.model === 'small' ? 'timeout' : 'rate_limited');
      }),
    );
    expect(all).toMatchObject({ output: null, error: { class: 'rate_limited' } });
  });

  it('keeps items that run at the same time apart', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const recorded = context(({ spec }) => response(`${spec.model} ${i}`, { confidence: (i % 10) / 10 }));
        const { call } = recorded;
        recorded.call = async (step, request) => {
          await new Promise((done) => setTimeout(done, (i * 7) % 13));
          return call(step, request);
        };
        return (await executeItem(pipeline, 'served', example({ body: `${i}` }, `e${i}`), recorded)).output;
      }),
    );
    results.forEach((output, i) => expect(output).toBe(`${i % 10 >= 7 ? 'small' : 'large'} ${i}`));
  });

  it('is refused when a byte of it was changed', () => {
    const changed = JSON.parse(JSON.stringify(cascade).replace('"value":0.7', '"value":0.8')) as unknown;
    expect(() => compiled(text(changed))).toThrow('was changed after it was exported');
  });
});

describe('a compiled pipeline', () => {
  it('carries a source that compiles elsewhere to the same hash', () => {
    for (const pipeline of [arms, compiled(guarded('onFail: retry'))]) {
      expect(compiled(pipeline.source).hash).toBe(pipeline.hash);
    }
    expect(compiled(guarded('onFail: retry')).hash).not.toBe(compiled(guarded('onFail: block')).hash);
    expect(compiled(`# a comment\n${guarded('onFail: block')}`).hash).toBe(
      compiled(guarded('onFail: block')).hash,
    );
  });

  it('is checked with its calls and their worst-case price', () => {
    const check = (text: string) =>
      pipelineChecked({ pipeline: compiled(text), problems: [] }, registry, {
        rows: 100,
        examples: [example({ body: 'x'.repeat(50) })],
      });
    const one = (model: string, guard = ''): string =>
      `pipeline: p\ncandidates: { m: openai/${model} }\nsteps:\n  - { id: a, generate: { prompt: "{{input.body}}" } }\n${guard}`;
    expect(check(one('m'))).toMatchObject({ valid: true, calls: 100, estimatedCostUsd: 5 });
    expect(check(one('unpriced'))).toMatchObject({ calls: 100, estimatedCostUsd: null });
    expect(check(one('m', '  - { id: g, guard: { maxLength: 5, onFail: retry, retries: 3 } }\n')).calls).toBe(
      400,
    );
    expect(check(guarded('onFail: escalate')).calls).toBe(300);
    expect(pipelineChecked({ pipeline: arms, problems: [] }, registry, null)).toMatchObject({
      valid: true,
      calls: null,
      estimatedCostUsd: null,
    });
  });
});
