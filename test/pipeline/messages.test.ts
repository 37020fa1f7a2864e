import { describe, expect, it } from 'vitest';
import { executeItem } from '../../engine/pipeline/index.ts';
import { compiled, context, example, response } from './edge.ts';

const chat = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello?' },
  { role: 'user', content: 'Sort this' },
];
const text = (generate: string): string => `pipeline: talk
candidates:
  big: openai/gpt-4o-mini
steps:
  - id: length
    signal: { kind: length, unit: chars }
  - id: answer
    route: { by: candidate }
    generate: ${generate}
`;
const sent = async (generate: string, input: Parameters<typeof example>[0]) => {
  const recorded = context(() => response('ok'));
  const result = await executeItem(compiled(text(generate)), 'big', example(input), recorded);
  return { result, messages: recorded.calls[0]?.request.messages };
};

describe('a conversation as an input', () => {
  it('is sent as its messages, after the system text of the step, and measured by what was said', async () => {
    const { result, messages } = await sent('{ system: Be kind. }', { subject: chat });
    expect(messages).toEqual([{ role: 'system', content: 'Be kind.' }, ...chat]);
    expect(result.signals['length']).toBe('Hi\nHello?\nSort this'.length);
  });
  it('is sent so too where the prompt is its field alone', async () => {
    const { messages } = await sent('{ prompt: "{{input.subject}}" }', { subject: chat, body: 'b' });
    expect(messages).toEqual(chat);
  });
  it('is a transcript inside of another text', async () => {
    const { messages } = await sent('{ prompt: "Sum up: {{input.subject}}" }', { subject: chat, body: 'b' });
    expect(messages).toEqual([
      { role: 'user', content: 'Sum up: user: Hi\n\nassistant: Hello?\n\nuser: Sort this' },
    ]);
  });
  it('leaves other lists the JSON they are', async () => {
    const { messages } = await sent('{}', { subject: [{ role: 'user', content: 1 }] });
    expect(messages).toEqual([{ role: 'user', content: '[{"role":"user","content":1}]' }]);
  });
});
