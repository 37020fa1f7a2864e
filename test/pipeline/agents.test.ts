import { describe, expect, it } from 'vitest';
import type { Json } from '../../engine/api/index.ts';
import { executeItem } from '../../engine/pipeline/index.ts';
import type { ModelRequest, ModelResponse } from '../../engine/providers/provider.ts';
import { compiled, context, example, problemsOf, response } from './edge.ts';

const text = (more = ''): string => `pipeline: desk
candidates: { small: openai/small, big: openai/big }
tools:
  order:
    description: Looks up an order.
    parameters: { type: object, properties: { id: { type: integer } }, required: [id], additionalProperties: false }
    code:
      text: |
        export default ({ id }) => {
          if (id === 13) throw new Error('the order book is closed');
          return { id, state: id === 7 ? 'shipped' : 'open' };
        };
agents:
  desk: { model: small, system: "Help {{input.subject}}.", tools: [order], handOff: [refunds], ask: [law] }
  refunds: { description: Pays back., model: big, system: Refunds., tools: [order] }
  law: { description: Knows the law., model: big, system: Law. }
steps:
  - id: help
    agent: { start: desk, prompt: "{{input.body}}", maxTurns: 5${more} }
`;
const call = (name: string, args: Json, id = '1') => ({ id, name, arguments: args });
type Turn = Partial<ModelResponse> & { text?: string };
/** Answers turn by turn; what was asked is kept. */
function turns(...script: Turn[]) {
  let at = 0;
  return context(() => response(script[at]?.text ?? '', { costUsd: 0.01, ...script[at++] }));
}
const mail = example({ subject: 'Ada', body: 'Where is order 7?' });
const last = ({ messages }: ModelRequest) => messages.at(-1)!;

describe('an agent', () => {
  it('calls tools until it answers; every turn and every tool call is journalled under its own path', async () => {
    const recorded = turns(
      { toolCalls: [call('order', { id: 7 }), call('order', { id: 8 }, '2')] },
      { text: 'Shipped.' },
    );
    const result = await executeItem(compiled(text()), 'desk', mail, recorded);
    expect(result).toMatchObject({ output: 'Shipped.', error: null });
    expect(recorded.calls.map(({ step }) => step)).toEqual(['help/1-desk', 'help/2-desk']);
    expect(recorded.effects).toEqual([
      { step: 'help/1-desk/0-order', name: 'tool/order', request: { id: 7 } },
      { step: 'help/1-desk/1-order', name: 'tool/order', request: { id: 8 } },
    ]);
    const [first, second] = recorded.calls;
    expect(first!.request.messages).toEqual([
      { role: 'system', content: 'Help Ada.' },
      { role: 'user', content: 'Where is order 7?' },
    ]);
    expect(first!.request.tools?.map(({ name }) => name)).toEqual([
      'order',
      'hand_off_to_refunds',
      'ask_law',
    ]);
    expect(second!.request.messages.slice(2)).toEqual([
      {
        role: 'assistant',
        content: '',
        toolCalls: [call('order', { id: 7 }), call('order', { id: 8 }, '2')],
      },
      { role: 'tool', content: '{"id":7,"state":"shipped"}', toolCallId: '1' },
      { role: 'tool', content: '{"id":8,"state":"open"}', toolCallId: '2' },
    ]);
    expect(recorded.spans.map(({ kind, step }) => `${kind} ${step}`)).toEqual([
      'turn help/1-desk',
      'tool help/1-desk/0-order',
      'tool help/1-desk/1-order',
      'turn help/2-desk',
      'agent help',
    ]);
  });

  it('is told what went wrong: wrong arguments, tools that fail, tools that are not there', async () => {
    const recorded = turns(
      {
        toolCalls: [
          call('order', { id: 'seven' }),
          call('order', { id: 13 }, '2'),
          call('refund', {}, '3'),
          call('ask_nobody', {}, '4'),
        ],
      },
      { text: 'Sorry.' },
    );
    await executeItem(compiled(text()), 'desk', mail, recorded);
    expect(recorded.calls[1]!.request.messages.slice(-4).map(({ content }) => content)).toEqual([
      'Error: the arguments are wrong: arguments/id must be integer.',
      'Error: the order book is closed',
      'Error: there is no tool refund.',
      'Error: there is no tool ask_nobody.',
    ]);
    expect(recorded.effects.map(({ request }) => request)).toEqual([{ id: 13 }]);
  });

  it('hands the conversation over, with another model, prompt and tools', async () => {
    const recorded = turns(
      { toolCalls: [call('hand_off_to_refunds', {}), call('order', { id: 7 }, '2')] },
      { text: 'Paid back.' },
    );
    const result = await executeItem(compiled(text()), 'desk', mail, recorded);
    expect(recorded.calls.map(({ step, request }) => `${step} ${request.spec.model}`)).toEqual([
      'help/1-desk small',
      'help/2-refunds big',
    ]);
    const { messages, tools } = recorded.calls[1]!.request;
    expect(messages[0]).toEqual({ role: 'system', content: 'Refunds.' });
    expect(messages.slice(-2).map(({ content }) => content)).toEqual([
      'Over to refunds.',
      '{"id":7,"state":"shipped"}',
    ]);
    expect(tools?.map(({ name }) => name)).toEqual(['order']);
    expect(result.output).toBe('Paid back.');
  });

  it('asks another, who sees the question alone and answers it', async () => {
    const recorded = turns(
      { toolCalls: [call('ask_law', { question: 'How long?' })] },
      { text: 'Two years.' },
      { text: 'You have two years.' },
    );
    const result = await executeItem(compiled(text()), 'desk', mail, recorded);
    expect(recorded.calls.map(({ step }) => step)).toEqual(['help/1-desk', 'help/2-law', 'help/3-desk']);
    expect(recorded.calls[1]!.request.messages).toEqual([
      { role: 'system', content: 'Law.' },
      { role: 'user', content: 'How long?' },
    ]);
    expect(last(recorded.calls[2]!.request)).toMatchObject({ role: 'tool', content: 'Two years.' });
    expect(result.output).toBe('You have two years.');
  });

  it('ends at its bounds, as a failed item that says why', async () => {
    const endless = () =>
      context(() => response('', { costUsd: 0.01, toolCalls: [call('order', { id: 1 })] }));
    const recorded = endless();
    const { error } = await executeItem(compiled(text()), 'desk', mail, recorded);
    expect(error).toEqual({
      class: 'guard',
      message: 'The agent of step `help` came to no answer in 5 turns.',
    });
    expect(recorded.calls).toHaveLength(5);
    const cheap = endless();
    const spent = await executeItem(compiled(text(', maxCostUsd: 0.025')), 'desk', mail, cheap);
    expect(spent.error?.message).toBe('The agent of step `help` has spent its 0.025 USD.');
    expect(cheap.calls).toHaveLength(3);
  });

  it('never shows a candidate what it may not see, tool results included', async () => {
    const guarded = text()
      .replace('tools:\n', 'sensitivity: { detect: [email], allow: [big] }\ntools:\n')
      .replace("'shipped'", "'ada@example.org'");
    const recorded = turns({ toolCalls: [call('order', { id: 7 })] }, { text: 'never' });
    const { error } = await executeItem(compiled(guarded), 'desk', mail, recorded);
    expect(error?.message).toBe('Candidate `small` may not see this request: it holds email.');
    expect(recorded.calls).toHaveLength(1);
  });

  it('is checked with the pipeline', () => {
    expect(
      problemsOf(
        text()
          .replace('tools: [order], handOff', 'tools: [ordr], handOff')
          .replace('ask: [law]', 'ask: [lawyer]')
          .replace('start: desk', 'start: dask'),
      ).map((problem) => problem.split(' ').slice(1).join(' ')),
    ).toEqual([
      'There is no tool `ordr`. Did you mean `order`?',
      expect.stringContaining('There is no agent `lawyer`.'),
      'There is no agent `dask`. Did you mean `desk`?',
    ]);
  });
});
