import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../engine/api/index.ts';
import { executeItem } from '../../engine/pipeline/index.ts';
import { compiled, context, example, response } from './edge.ts';

async function rendered(prompt: string, input: { [key: string]: Json }): Promise<string> {
  const pipeline = compiled(
    JSON.stringify({
      pipeline: 'p',
      candidates: { m: 'openai/m' },
      steps: [
        { id: 'size', signal: { kind: 'length', of: '{{input.body}}' } },
        { id: 'a', generate: { prompt: { text: prompt } } },
      ],
    }),
  );
  const recorded = context(() => response('ok'));
  await executeItem(pipeline, 'p', example(input), recorded);
  return recorded.calls[0]!.request.messages[0]!.content;
}

describe('prompt templates', () => {
  it('put in fields, nested fields and the outputs of earlier steps', async () => {
    expect(
      await rendered('{{ input.subject }}/{{input.body}}/{{steps.size.output}}', {
        subject: 's',
        body: 'four',
      }),
    ).toBe('s/four/4');
    expect(await rendered('{{input.body.a.1}}', { body: { a: [1, { b: 2 }] } })).toBe('{"b":2}');
  });

  it('never read a value as a template, whatever it holds', async () => {
    const hostile =
      '{{input.subject}} {{steps.size.output}} $& $1 $` \\{{ }} {{constructor.constructor("x")()}}';
    expect(await rendered('<{{input.body}}>', { subject: 'SECRET', body: hostile })).toBe(`<${hostile}>`);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('{', '}', '{{input.subject}}', '$', '\\', 'a') }),
        async (body) => {
          expect(await rendered('[{{input.body}}]', { subject: 'SECRET', body })).toBe(`[${body}]`);
        },
      ),
    );
  });

  it('reach own properties only', async () => {
    expect(
      await rendered('[{{input.body.constructor}}{{input.body.__proto__}}{{input.body.length}}]', {
        body: {},
      }),
    ).toBe('[]');
  });

  it('leave nothing for null and missing values, and write out other types', async () => {
    expect(await rendered('[{{input.body}}{{input.subject}}]', { body: null })).toBe('[]');
    expect(await rendered('[{{input.body}} {{input.subject}}]', { body: 0, subject: false })).toBe(
      '[0 false]',
    );
  });

  it('keep escaped brackets and single braces as they are', async () => {
    expect(await rendered('{"a": {"b": 1}} \\{{input.body}}', { body: 'x' })).toBe(
      '{"a": {"b": 1}} {{input.body}}',
    );
  });
});
