import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../engine/api/index.ts';
import { executeItem } from '../../engine/pipeline/index.ts';
import { compiled, context, example, problemsOf, response } from './edge.ts';

const pipelineOf = (prompt: string): string =>
  JSON.stringify({
    pipeline: 'p',
    candidates: { m: 'openai/m' },
    steps: [
      { id: 'plan', generate: { prompt: { text: 'go' } } },
      { id: 'a', generate: { prompt: { text: prompt } } },
    ],
  });
async function rendered(prompt: string, input: { [key: string]: Json }, plan = 'plan'): Promise<string> {
  const recorded = context((_request, step) => response(step === 'plan' ? plan : 'ok'));
  await executeItem(compiled(pipelineOf(prompt)), 'p', example(input), recorded);
  return recorded.calls[1]!.request.messages[0]!.content;
}

describe('prompts in Liquid', () => {
  it('loop, choose and filter', async () => {
    const list = '{% for line in input.body %}{{ forloop.index }}. {{ line | upcase }}\n{% endfor %}';
    expect(await rendered(list, { body: ['a', 'b'] })).toBe('1. A\n2. B\n');
    const choice =
      '{% if input.subject == "x" %}yes{% else %}no {{ input.subject | default: "empty" }}{% endif %}';
    expect(await rendered(choice, { subject: 'x' })).toBe('yes');
    expect(await rendered(choice, { subject: '' })).toBe('no empty');
    expect(await rendered('{% assign n = steps.plan.output.n | plus: 1 %}{{ n }}', {}, '{"n":4}')).toBe('5');
  });

  it('write values as the plain templates do', async () => {
    const values = fc.constantFrom<Json>(
      null,
      '',
      'a<b>&"',
      0,
      false,
      { a: [1] },
      [1, 'x'],
      [{ role: 'user', content: 'hi' }],
    );
    await fc.assert(
      fc.asyncProperty(values, async (body) => {
        const plain = await rendered('[{{input.body}}]', { body });
        expect(await rendered('[{{ input.body }}]{% comment %}{% endcomment %}', { body })).toBe(plain);
      }),
    );
  });

  it('never read a value as a template, and reach own properties only', async () => {
    const hostile = '{{input.subject}}{% for i in (1..9) %}x{% endfor %}';
    expect(await rendered('{{ input.body | strip }}', { subject: 'SECRET', body: hostile })).toBe(hostile);
    expect(
      await rendered('[{{ input.body.constructor | json }}]{% if input.body.__proto__ %}!{% endif %}', {
        body: {},
      }),
    ).toBe('[]');
  });

  it('are checked before anything runs: columns, steps, filters, tags, files', () => {
    const problem = (prompt: string): string[] =>
      problemsOf(pipelineOf(prompt)).map((text) => text.split(' ').slice(1).join(' '));
    expect(problem('{% for x in input.bodi %}{{ x.name | upcase }}{% endfor %}')).toEqual([
      'The dataset has no input field `bodi`. Did you mean `body`?',
    ]);
    expect(problem('{{ steps.b.output | upcase }}')).toEqual([
      expect.stringContaining('There is no earlier step `b`'),
    ]);
    expect(problem('{{ inptu.body | upcase }}')).toEqual([
      expect.stringContaining('`inptu.body` is no reference. Known names: `input`, `steps`'),
    ]);
    expect(problem('{{ input.body | shout }}')).toEqual([
      expect.stringContaining('This is not a Liquid template: undefined filter: shout'),
    ]);
    expect(problem('{% if input.body %}')).toEqual([
      expect.stringContaining('This is not a Liquid template: tag {% if input.body %} not closed'),
    ]);
  });

  it('say on which line of the prompt', () => {
    const [first] = problemsOf(pipelineOf('one\ntwo {{ input.bodi | upcase }}'));
    expect(first).toContain('`bodi`');
  });
});
