import { describe, expect, it } from 'vitest';
import { createProviders, type ModelRequest, type ModelResponse } from '../../engine/providers/index.ts';
import { answer, json, loopback, requestTo, type WireName, wires } from './loopback.ts';

const env = { OPENAI_API_KEY: 'sk-test', ANTHROPIC_API_KEY: 'test' };
const providers = createProviders({ env });
const signal = new AbortController().signal;
const weather = {
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const schema = {
  type: 'object',
  properties: { label: { type: 'string' } },
  required: ['label'],
  additionalProperties: false,
};

describe('requests', () => {
  const conversation: ModelRequest['messages'] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Weather in Kyiv?' },
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'c1', name: 'get_weather', arguments: { city: 'Kyiv' } }],
    },
    { role: 'tool', content: '12 °C', toolCallId: 'c1' },
    { role: 'user', content: 'And?' },
  ];
  async function sent(wire: WireName, more: Partial<ModelRequest>): Promise<{ path: string; body: unknown }> {
    await using server = await loopback((response) => json(response, 200, answer(wire)));
    const { spec, ...rest } = more;
    await providers
      .get(wire)
      .call(requestTo(wire, server.url, { ...rest, ...(spec ? { spec } : {}) }), signal);
    const [request] = server.requests;
    return { path: request?.path ?? '', body: request?.body };
  }
  const full = (wire: WireName): Partial<ModelRequest> => ({
    messages: conversation,
    tools: [weather],
    output: schema,
    logprobs: true,
    spec: {
      ...requestTo(wire, '').spec,
      temperature: 0.5,
      maxOutputTokens: 77,
      parameters: { seed: 5, text: { verbosity: 'low' }, output_config: { effort: 'low' } },
    },
  });
  // The loopback's address is only known in `sent`.
  const at = (wire: WireName): Partial<ModelRequest> => {
    const { spec, ...rest } = full(wire);
    const { baseUrl: _, ...known } = spec ?? requestTo(wire, '').spec;
    return { ...rest, spec: known };
  };

  it('to Chat Completions: roles, tool messages, strict schema, limits, own parameters', async () => {
    const { path, body } = await sent('openai', at('openai'));
    expect(path).toBe('/v1/chat/completions');
    expect(body).toMatchObject({
      model: 'gpt-4o-mini',
      temperature: 0.5,
      max_completion_tokens: 77,
      logprobs: true,
      seed: 5,
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
      tools: [{ type: 'function', function: weather }],
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', function: { arguments: '{"city":"Kyiv"}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '12 °C' },
        { role: 'user' },
      ],
    });
    expect(await sent('openai-compatible', at('openai-compatible'))).toMatchObject({
      body: { max_tokens: 77 },
    });
  });

  it('to Responses: items, nothing stored, own parameters kept beside the schema', async () => {
    const { path, body } = await sent('openai-responses', at('openai-responses'));
    expect(path).toBe('/v1/responses');
    expect(body).toMatchObject({
      store: false,
      max_output_tokens: 77,
      include: ['message.output_text.logprobs'],
      text: { verbosity: 'low', format: { type: 'json_schema', name: 'answer', schema, strict: true } },
      tools: [{ type: 'function', name: 'get_weather', parameters: weather.parameters }],
      input: [
        { role: 'system' },
        { role: 'user' },
        { type: 'function_call', call_id: 'c1', name: 'get_weather', arguments: '{"city":"Kyiv"}' },
        { type: 'function_call_output', call_id: 'c1', output: '12 °C' },
        { role: 'user' },
      ],
    });
  });

  it('to Messages: system apart, alternating turns, tool results in the user turn', async () => {
    const { path, body } = await sent('anthropic', at('anthropic'));
    expect(path).toBe('/v1/messages');
    expect(body).toMatchObject({
      system: 'Be brief.',
      max_tokens: 77,
      output_config: { effort: 'low', format: { type: 'json_schema', schema } },
      tools: [{ name: 'get_weather', input_schema: weather.parameters }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Weather in Kyiv?' }] },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'c1', name: 'get_weather', input: { city: 'Kyiv' } }],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c1', content: '12 °C' },
            { type: 'text', text: 'And?' },
          ],
        },
      ],
    });
  });

  it('a schema that OpenAI cannot enforce is sent as not strict', async () => {
    const loose = { type: 'object', properties: { label: { type: 'string' } } };
    const { body } = await sent('openai', { output: loose });
    expect(body).toMatchObject({ response_format: { json_schema: { strict: false } } });
  });
});

describe('usage and price of an answer', () => {
  async function respond(
    wire: WireName,
    told: Parameters<typeof answer>[1],
    more: Partial<ModelRequest> = {},
  ): Promise<ModelResponse> {
    await using server = await loopback((response) => json(response, 200, answer(wire, told)));
    const { spec, ...rest } = more;
    return await providers
      .get(wire)
      .call(requestTo(wire, server.url, { ...rest, ...(spec ? { spec } : {}) }), signal);
  }

  it.each(['openai', 'openai-responses'] as const)(
    '%s counts cached tokens as a part of the prompt',
    async (wire) => {
      const { usage, costUsd } = await respond(wire, { input: 1000, cached: 600, output: 10 });
      expect(usage).toEqual({
        inputTokens: 1000,
        cachedInputTokens: 600,
        cacheWriteTokens: 0,
        outputTokens: 10,
      });
      // gpt-4o-mini: 0.15 in, 0.075 cached, 0.60 out.
      expect(costUsd).toBeCloseTo((400 * 0.15 + 600 * 0.075 + 10 * 0.6) / 1e6, 12);
    },
  );

  it('anthropic counts what was read from and written to the cache in addition', async () => {
    const { usage, costUsd } = await respond('anthropic', {
      input: 1000,
      cached: 600,
      written: 200,
      output: 10,
    });
    expect(usage).toEqual({
      inputTokens: 1800,
      cachedInputTokens: 600,
      cacheWriteTokens: 200,
      outputTokens: 10,
    });
    // claude-haiku-4-5: 1 in, 0.1 read, 1.25 written, 5 out.
    expect(costUsd).toBeCloseTo((1000 * 1 + 600 * 0.1 + 200 * 1.25 + 10 * 5) / 1e6, 12);
  });

  it.each(['openai', 'openai-responses'] as const)(
    '%s log-probabilities become the mean token probability',
    async (wire) => {
      const { confidence } = await respond(
        wire,
        { logprobs: [Math.log(0.5), Math.log(0.9), 0] },
        { logprobs: true },
      );
      expect(confidence).toBeCloseTo((0.5 + 0.9 + 1) / 3, 12);
    },
  );

  it('an answer at the length limit says so', async () => {
    for (const wire of wires) expect((await respond(wire, { finish: 'length' })).finish).toBe('length');
  });

  it('an answer on another price tier has no known cost, unless the price is declared', async () => {
    expect((await respond('openai', { tier: 'priority' })).costUsd).toBeNull();
    expect((await respond('openai-responses', { tier: 'flex' })).costUsd).toBeNull();
    expect((await respond('anthropic', { tier: 'priority' })).costUsd).toBeNull();
    const { costUsd } = await respond('openai-compatible', { tier: 'priority', input: 100, output: 7 });
    expect(costUsd).toBeCloseTo((100 * 1 + 7 * 2) / 1e6, 12);
  });

  it('an answer without usage has no known cost, and not 0', async () => {
    await using server = await loopback((response) =>
      json(response, 200, { ...answer('openai'), usage: null }),
    );
    const response = await providers.get('openai').call(requestTo('openai', server.url), signal);
    expect(response).toMatchObject({ usage: null, costUsd: null });
  });

  it('the model that answered sets the price; an altogether different unlisted one has none', async () => {
    const dated = await respond('openai', { model: 'gpt-4o-mini-2031-01-01', input: 1000, output: 0 });
    expect(dated).toMatchObject({ answeredBy: 'gpt-4o-mini-2031-01-01', costUsd: (1000 * 0.15) / 1e6 });
    expect((await respond('openai', { model: 'somebody-elses-model' })).costUsd).toBeNull();
    const dearer = await respond('openai', { model: 'gpt-4o', input: 1000, output: 0 });
    expect(dearer.costUsd).toBeCloseTo((1000 * 2.5) / 1e6, 12);
  });
});
