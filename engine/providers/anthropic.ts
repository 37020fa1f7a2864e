/** Anthropic's Messages. */
import type Anthropic from '@anthropic-ai/sdk';
import type { Stream } from '@anthropic-ai/sdk/core/streaming';
import { z } from 'zod';
import type { Json } from '../api/index.ts';
import { headersInPlaceOf } from './environment-headers.ts';
import { finishOf, objectIn, parseArguments, readBody } from './json-answer.ts';
import type { Message, ModelRequest } from './provider.ts';
import type { ReadAnswer, StreamFold, Wire } from './sdk-provider.ts';
import { ANTHROPIC_MAX_TOKENS } from './worst-case.ts';

const count = z.number().nullish();
const TokenUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z.object({ ephemeral_1h_input_tokens: count }).nullish(),
  server_tool_use: z.record(z.string(), z.unknown()).nullish(),
  service_tier: z.string().nullish(),
  speed: z.string().nullish(),
  inference_geo: z.string().nullish(),
});
type TokenUsage = z.infer<typeof TokenUsage>;
const Block = z.object({
  type: z.string(),
  text: z.string().nullish(),
  id: z.string().nullish(),
  name: z.string().nullish(),
  input: z.json().optional(),
});
type Block = z.infer<typeof Block>;
const Body = z.object({
  model: z.string(),
  stop_reason: z.string().nullish(),
  usage: TokenUsage.nullish(),
  content: z.array(Block),
});
const Event = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message_start'),
    message: z.object({ model: z.string(), usage: TokenUsage.nullish() }),
  }),
  z.object({
    type: z.literal('content_block_start'),
    index: z.number().int().min(0).max(10_000),
    content_block: Block,
  }),
  z.object({
    type: z.literal('content_block_delta'),
    index: z.number(),
    delta: z.object({ type: z.string(), text: z.string().nullish(), partial_json: z.string().nullish() }),
  }),
  z.object({
    type: z.literal('message_delta'),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage: TokenUsage.nullish(),
  }),
  z.object({ type: z.literal('message_stop') }),
]);
const eventTypes = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'message_delta',
  'message_stop',
]);

export const anthropicWire: Wire<Anthropic> = {
  id: 'anthropic',
  keyVariable: 'ANTHROPIC_API_KEY',
  async connect({ baseUrl, key }) {
    const { Anthropic: Client } = await import('@anthropic-ai/sdk');
    return new Client({
      apiKey: key,
      authToken: null,
      // The SDK adds /v1 itself, unlike OpenAI's.
      baseURL: (baseUrl ?? 'https://api.anthropic.com').replace(/\/v1\/?$/, ''),
      maxRetries: 0,
      timeout: 24 * 3600 * 1000,
      logLevel: 'off',
      // A prompt goes to the server that was named, not to one that it names.
      fetchOptions: { redirect: 'manual' },
      defaultHeaders: {
        ...headersInPlaceOf('ANTHROPIC_CUSTOM_HEADERS', process.env),
        authorization: `Bearer ${key}`,
      },
    });
  },
  // `client.messages` writes a line to the console for every call of a deprecated model; the request is the same.
  send: (client, request, signal) => client.post('/v1/messages', { body: parameters(request), signal }),
  open: (client, request, signal) =>
    client.post<Stream<unknown>>('/v1/messages', {
      body: { ...parameters(request), stream: true },
      stream: true,
      signal,
    }),
  fold: foldEvents,
  read,
};

function parameters({ spec, messages, tools, output }: ModelRequest): Record<string, unknown> {
  const { temperature, maxOutputTokens } = spec;
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  return {
    max_tokens: maxOutputTokens ?? ANTHROPIC_MAX_TOKENS,
    ...(temperature === undefined ? {} : { temperature }),
    ...(system.length === 0 ? {} : { system: system.join('\n\n') }),
    ...(tools === undefined || tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, parameters: schema }) => ({
            name,
            description,
            input_schema: schema,
          })),
        }),
    ...spec.parameters,
    ...(output === undefined
      ? {}
      : {
          output_config: {
            ...objectIn(spec.parameters, 'output_config'),
            format: { type: 'json_schema', schema: output },
          },
        }),
    model: spec.model,
    messages: toTurns(messages),
  };
}

/** Tool results are blocks of a user turn, and turns alternate: neighbours of one role become one turn. */
function toTurns(messages: Message[]): { role: string; content: Record<string, unknown>[] }[] {
  const turns: { role: string; content: Record<string, unknown>[] }[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const blocks = toBlocks(message);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: blocks });
  }
  return turns;
}

function toBlocks({ role, content, toolCalls, toolCallId }: Message): Record<string, unknown>[] {
  if (role === 'tool') return [{ type: 'tool_result', tool_use_id: toolCallId ?? '', content }];
  const said = content === '' ? [] : [{ type: 'text', text: content }];
  const used = (toolCalls ?? []).map(({ id, name, arguments: input }) => ({
    type: 'tool_use',
    id,
    name,
    input,
  }));
  return [...said, ...used];
}

function read(body: unknown): ReadAnswer {
  const { model, stop_reason, usage, content } = readBody(Body, body);
  const uses = content.filter((block) => block.type === 'tool_use');
  const oneHour = usage?.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  return {
    text: content.map((block) => (block.type === 'text' ? (block.text ?? '') : '')).join(''),
    toolCalls: uses.map(({ id, name, input }, index) => ({
      id: id ?? `call_${index}`,
      name: name ?? '',
      arguments: input ?? {},
    })),
    usage: readUsage(usage),
    answeredBy: model,
    finish: finishOf(
      {
        end_turn: 'stop',
        stop_sequence: 'stop',
        max_tokens: 'length',
        model_context_window_exceeded: 'length',
        tool_use: 'tool',
      },
      stop_reason ?? '',
    ),
    logprobs: null,
    refusal: stop_reason === 'refusal' ? 'stop reason `refusal`.' : null,
    listPrice: oneHour === 0 && isListPriced(usage),
  };
}

/** One-hour cache writes, other tiers, the fast mode, a chosen region and searches have rates of their own. */
function isListPriced(usage: TokenUsage | null | undefined): boolean {
  const { service_tier, speed, inference_geo, server_tool_use } = usage ?? {};
  return (
    Object.values(server_tool_use ?? {}).every((uses) => !uses) &&
    (service_tier ?? 'standard') === 'standard' &&
    (speed ?? 'standard') === 'standard' &&
    ['global', 'not_available'].includes(inference_geo ?? 'global')
  );
}

/** What was read from and written to the cache comes in addition to `input_tokens`. */
function readUsage(usage: TokenUsage | null | undefined): ReadAnswer['usage'] {
  const input = usage?.input_tokens ?? null;
  const output = usage?.output_tokens ?? null;
  if (input === null || output === null) return null;
  const cachedInputTokens = usage?.cache_read_input_tokens ?? 0;
  const cacheWriteTokens = usage?.cache_creation_input_tokens ?? 0;
  return {
    inputTokens: input + cachedInputTokens + cacheWriteTokens,
    outputTokens: output,
    cachedInputTokens,
    cacheWriteTokens,
  };
}

function foldEvents(): StreamFold {
  let model = '';
  let stopped = false;
  let stopReason: string | null = null;
  let usage: TokenUsage | null = null;
  const blocks: Block[] = [];
  const inputs: string[] = [];
  return {
    push(raw) {
      const { type } = readBody(z.object({ type: z.string() }), raw);
      if (!eventTypes.has(type)) return '';
      const event = readBody(Event, raw);
      if (event.type === 'message_start') {
        model = event.message.model;
        usage = event.message.usage ?? null;
      } else if (event.type === 'content_block_start') {
        blocks[event.index] = event.content_block;
      } else if (event.type === 'content_block_delta') {
        const { text, partial_json } = event.delta;
        inputs[event.index] = (inputs[event.index] ?? '') + (partial_json ?? '');
        const block = blocks[event.index];
        if (block?.type === 'text' && text) block.text = (block.text ?? '') + text;
        return block?.type === 'text' ? (text ?? '') : '';
      } else if (event.type === 'message_delta') {
        stopReason = event.delta.stop_reason ?? stopReason;
        usage = merged(usage, event.usage);
      } else {
        stopped = true;
      }
      return '';
    },
    body() {
      if (!stopped) return null;
      const content = blocks.map((block, index) =>
        block.type === 'tool_use' ? { ...block, input: inputOf(block, inputs[index]) } : block,
      );
      return {
        model,
        stop_reason: stopReason,
        usage,
        content: content.filter((block) => block !== undefined),
      };
    },
  };
}

const inputOf = (block: Block, streamed: string | undefined): Json =>
  streamed ? parseArguments(streamed) : (block.input ?? {});

/** The last event's counts are cumulative and hold only some of the fields. */
function merged(first: TokenUsage | null, last: TokenUsage | null | undefined): TokenUsage | null {
  if (!last) return first;
  const known = Object.fromEntries(
    Object.entries(last).filter(([, value]) => value !== null && value !== undefined),
  );
  return { ...first, ...known };
}
