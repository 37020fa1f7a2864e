/** A sensitive request reaches only who may see it: 10,000 random pipelines with random failures. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { executeItem, ItemParked } from '../../engine/pipeline/index.ts';
import { finishPolicy } from '../../engine/policy/index.ts';
import { ProviderError } from '../../engine/providers/provider.ts';
import { attempt, draft, route } from '../policy/fixtures.ts';
import { compiled, context, example, problemsOf, response } from './edge.ts';

const SECRET = 'ada@example.org';
const names = ['a', 'b', 'c'];

interface Node {
  [key: string]: unknown;
}
/** A pipeline's steps as a tree of kinds; ids are given afterwards. Some prompts pass the secret on through outputs and state. */
const prompt = fc.constantFrom(
  '{{input.body}}',
  'Nothing to see.',
  'Before: {{state.memory}}',
  '{{input.subject}} {{state.memory}}',
  '{% if input.body %}{{ input.body | upcase }}{% endif %}',
);
const model = fc.constantFrom(...names);
const generate = fc.oneof(
  fc.record({ generate: fc.record({ model, prompt }) }),
  fc.record({
    route: fc.record({
      by: fc.constant('rules'),
      candidates: fc.constant(names),
      rules: fc.tuple(
        fc.record({ when: fc.constant('state.memory == "x"'), use: model }),
        fc.record({ use: model }),
      ),
    }),
    generate: fc.record({ prompt }),
  }),
  fc.record({ route: fc.constant({ by: 'policy' }), generate: fc.record({ prompt }) }),
);
const guard = fc.record({
  guard: fc.record({ pattern: fc.constant('^good'), onFail: fc.constantFrom('retry', 'block', 'escalate') }),
});
const set = fc.record({
  set: fc.record({ memory: fc.constantFrom('{{input.body}}', 'x', '{{input.subject}}') }),
});
const { steps } = fc.letrec<{ step: Node; steps: Node[] }>((tie) => ({
  steps: fc.array(tie('step'), { minLength: 1, maxLength: 3 }),
  step: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { arbitrary: generate, weight: 4 },
    { arbitrary: set, weight: 2 },
    { arbitrary: guard, weight: 1 },
    fc.record({
      parallel: fc.record({
        branches: fc.record({ l: tie('steps'), r: tie('steps') }),
        atLeast: fc.constant(1),
      }),
    }),
    fc.record({ map: fc.record({ over: fc.constant('{{input.list}}'), steps: tie('steps') }) }),
    fc.record({ loop: fc.record({ max: fc.constant(2), steps: tie('steps') }) }),
    fc.record({
      branch: fc.tuple(
        fc.record({ when: fc.constant('state.memory == "x"'), steps: tie('steps') }),
        fc.record({ steps: tie('steps') }),
      ),
    }),
    fc.record({ call: fc.record({ pipeline: fc.record({ inner: tie('steps') }) }) }),
  ),
}));

const policy = finishPolicy(
  draft({
    candidates: names.map((id) => ({ ...draft().candidates[0]!, id })),
    signals: [],
    rules: [{ id: 'all', when: 'always', route: 'chain' }],
    routes: [
      route('chain', [attempt('a', 'never'), attempt('b', 'never'), attempt('c')], {
        fallbacks: { refused: names, server_error: names },
      }),
    ],
  }),
);

/** Ids, and for guards something to guard; a guard with nothing before it is left out. */
function numbered(tree: Node[], next: () => string, pass: { depth: number } = { depth: 0 }): Node[] {
  let answered: string | null = null;
  const steps = tree.flatMap((node): Node[] => {
    const id = next();
    if ('guard' in node) {
      if (answered === null) return [];
      return [{ id, guard: { ...(node['guard'] as Node), of: answered } }];
    }
    if ('generate' in node) {
      answered = (node['route'] as { by?: string } | undefined)?.by === 'rules' ? id : null;
      const byPolicy = (node['route'] as { by?: string } | undefined)?.by === 'policy';
      return [
        {
          ...node,
          id,
          ...(byPolicy ? { route: { by: 'policy', candidates: names, policy: 'policy.json' } } : {}),
        },
      ];
    }
    const inside = (value: unknown): unknown => {
      if (Array.isArray(value)) return numbered(value as Node[], next, pass);
      return value;
    };
    if ('parallel' in node) {
      const { branches, ...rest } = node['parallel'] as { branches: Record<string, Node[]> };
      const entries = Object.entries(branches).map(([name, list]) => [name, inside(list)]);
      return [{ id, parallel: { ...rest, branches: Object.fromEntries(entries) } }];
    }
    if ('map' in node || 'loop' in node) {
      const kind = 'map' in node ? 'map' : 'loop';
      const part = node[kind] as Node;
      return [{ id, [kind]: { ...part, steps: inside(part['steps']) } }];
    }
    if ('branch' in node) {
      const alternatives = (node['branch'] as Node[]).map((one) => ({ ...one, steps: inside(one['steps']) }));
      return [{ id, branch: alternatives }];
    }
    if ('call' in node) {
      // One level is enough for the test, and five is the most there may be.
      const inner = ((node['call'] as Node)['pipeline'] as { inner: Node[] }).inner;
      const called = numbered(
        pass.depth > 1 ? [{ generate: { model: 'a', prompt: '{{input.body}}' } }] : inner,
        next,
        { depth: pass.depth + 1 },
      );
      return [{ id, call: { pipeline: whole('inner', called) } }];
    }
    return [{ ...node, id }];
  });
  return steps.length > 0 ? steps : [{ id: next(), set: { memory: '{{input.body}}' } }];
}
const whole = (name: string, tree: Node[]): Node => ({
  pipeline: name,
  candidates: Object.fromEntries(names.map((id) => [id, `openai/${id}`])),
  state: { memory: { reducer: 'replace', initial: '' } },
  steps: tree.some(answers)
    ? tree
    : [...tree, { id: `${name}-last`, generate: { model: 'a', prompt: '{{input.body}}' } }],
});
/** Before the names of candidates: nothing at the top, `ID/` in the pipeline that a step calls, at every depth. */
function callsOf(tree: Node[], place = ''): string[] {
  const text = (node: Node): string[] => {
    const lists = Object.values(node).flatMap((part): Node[][] => {
      if (typeof part !== 'object' || part === null) return [];
      const {
        steps: inner,
        branches,
        pipeline,
      } = part as { steps?: Node[]; branches?: Record<string, Node[]>; pipeline?: { steps: Node[] } };
      if (pipeline) return [];
      return [
        ...(inner ? [inner] : []),
        ...Object.values(branches ?? {}),
        ...(Array.isArray(part) ? (part as { steps: Node[] }[]).map((one) => one.steps) : []),
      ];
    });
    const called = (node['call'] as { pipeline: { steps: Node[] } } | undefined)?.pipeline.steps;
    return [
      ...lists.flatMap((list) => list.flatMap(text)),
      ...(called ? callsOf(called, `${place}${String(node['id'])}/`) : []),
    ];
  };
  return [place, ...tree.flatMap(text)];
}
const answers = (node: Node): boolean => 'generate' in node || 'call' in node;

const input = { subject: 'hello', body: `write to ${SECRET}`, list: ['one', `two ${SECRET}`] };

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-sensitive-'));
writeFileSync(join(folder, 'policy.json'), JSON.stringify(policy));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a sensitive request', () => {
  it(
    'is never sent to a candidate outside its scope, whatever the pipeline and whatever fails',
    { timeout: 120_000 },
    async () => {
      let calls = 0;
      let refused = 0;
      let withSecret = 0;
      await fc.assert(
        fc.asyncProperty(
          steps,
          fc.subarray(names),
          fc.array(fc.constantFrom('answer', 'echo', 'fail', 'bad'), { minLength: 1, maxLength: 7 }),
          async (tree, allow, script) => {
            let count = 0;
            const specification = {
              ...whole(
                'p',
                numbered(tree, () => `s${count++}`),
              ),
              // Called pipelines name their candidates after the step; at every depth the same are allowed.
              sensitivity: {
                detect: ['email'],
                allow: callsOf(tree).flatMap((place) => allow.map((name) => place + name)),
              },
            };
            const pipeline = compiled(JSON.stringify(specification), folder, null);
            let at = 0;
            const recorded = context(({ spec, messages }) => {
              calls++;
              const sent = messages.map(({ content }) => content).join('\n');
              if (sent.toLowerCase().includes(SECRET)) {
                withSecret++;
                expect(allow).toContain(spec.model);
              }
              switch (script[at++ % script.length]!) {
                case 'fail':
                  throw new ProviderError({
                    class: 'server_error',
                    message: 'no',
                    status: 500,
                    retryAfterMs: null,
                    paidUsd: 0,
                  });
                case 'echo':
                  return response(`good ${sent}`);
                case 'bad':
                  return response(`bad ${sent}`);
                case 'answer':
                  return response('good');
              }
            });
            try {
              const { error } = await executeItem(pipeline, 'p', example(input), recorded);
              if (error?.message.includes('may not see')) refused++;
              expect(error?.class).not.toBe('bug');
            } catch (thrown) {
              if (!(thrown instanceof ItemParked)) throw thrown;
            }
          },
        ),
        { numRuns: 10_000, seed: 4 },
      );
      // The property has been put to the test: there were secrets sent, and refusals.
      expect(calls).toBeGreaterThan(10_000);
      expect(withSecret).toBeGreaterThan(1000);
      expect(refused).toBeGreaterThan(1000);
    },
  );

  it('goes to the next candidate a route may ask', async () => {
    const routed = compiled(`pipeline: p
candidates: { a: openai/a, b: openai/b }
sensitivity: { detect: [email], allow: [b] }
steps:
  - id: s
    route: { by: rules, rules: [{ use: a }] }
    generate: { prompt: "{{input.body}}" }
`);
    const recorded = context(() => response('ok'));
    await executeItem(routed, 'p', example({ subject: '', body: `to ${SECRET}` }), recorded);
    await executeItem(routed, 'p', example({ subject: '', body: 'to nobody' }), recorded);
    expect(recorded.calls.map(({ request }) => request.spec.model)).toEqual(['b', 'a']);
  });

  it('that nobody may see fails as blocked, and says which kinds', async () => {
    const alone = compiled(`pipeline: p
candidates: { a: openai/a }
sensitivity: { allow: [] }
steps: [{ id: s, generate: { prompt: "{{input.body}}" } }]
`);
    const recorded = context(() => response('ok'));
    const { error } = await executeItem(alone, 'p', example({ subject: '', body: `to ${SECRET}` }), recorded);
    expect(error).toEqual({
      class: 'guard',
      message: 'Candidate `a` may not see this request: it holds email.',
    });
    expect(recorded.calls).toEqual([]);
  });

  it('names candidates that there are', () => {
    expect(
      problemsOf(
        `pipeline: p\ncandidates: { big: openai/a }\nsensitivity: { allow: [bigg] }\nsteps: [{ id: s, generate: {} }]`,
      ),
    ).toEqual([expect.stringContaining('There is no candidate `bigg`. Did you mean `big`?')]);
  });
});
