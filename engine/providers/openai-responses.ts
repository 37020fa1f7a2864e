/** OpenAI's Responses. */
import type OpenAI from 'openai';
import type { Stream } from 'openai/streaming';
import { z } from 'zod';
import { isListTier, isStrictSchema, objectIn, parseArguments, readBody } from './json-answer.ts';
import { openaiClient } from './openai-client.ts';
import type { Message, ModelRequest, ModelResponse } from './provider.ts';
import type { ReadAnswer, StreamFold, Wire } from './sdk-provider.ts';

const Part = z.object({
  type: z.string(),
  text: z.string().nullish(),
  refusal: z.string().nullish(),
  logprobs: z.array(z.object({ logprob: z.number() })).nullish(),
});
const Item = z.object({
  type: z.string(),
  content: z.array(Part).nullish(),
  call_id: z.string().nullish(),
  name: z.string().nullish(),
  arguments: z.string().nullish(),
});
const Body = z.object({
  model: z.string(),
  status: z.string().nullish(),
  service_tier: z.string().nullish(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
  usage: z
    .object({
      input_tokens: z.number(),
      output_tokens: z.number(),
      input_tokens_details: z
        .object({ cached_tokens: z.number().nullish(), cache_write_tokens: z.number().nullish() })
        .nullish(),
    })
    .nullish(),
  output: z.array(Item),
});
const Event = z.object({
  type: z.string(),
  delta: z.unknown().optional(),
  response: z.unknown().optional(),
  code: z.string().nullish(),
  message: z.string().nullish(),
});

export const responsesWire: Wire<OpenAI> = {
  id: 'openai-responses',
  keyVariable: 'OPENAI_API_KEY',
  connect: openaiClient,
  // `client.responses` throws a bare TypeError for a body that is no object; the request is the same.
  send: (client, request, signal) => client.post('/responses', { body: parameters(request), signal }),
  open: (client, request, signal) =>
    client.post<Stream<unknown>>('/responses', {
      body: { ...parameters(request), stream: true },
      stream: true,
      signal,
    }),
  fold: foldEvents,
  read,
};

function parameters({ spec, messages, tools, output, logprobs }: ModelRequest): Record<string, unknown> {
  const { temperature, maxOutputTokens } = spec;
  return {
    store: false,
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
    ...(logprobs === true ? { include: ['message.output_text.logprobs'] } : {}),
    ...(tools === undefined || tools.length === 0
      ? {}
      : { tools: tools.map((tool) => ({ type: 'function', ...tool, strict: false })) }),
    ...spec.parameters,
    ...(output === undefined
      ? {}
      : {
          text: {
            ...objectIn(spec.parameters, 'text'),
            format: { type: 'json_schema', name: 'answer', schema: output, strict: isStrictSchema(output) },
          },
        }),
    model: spec.model,
    input: messages.flatMap(toItems),
  };
}

function toItems({ role, content, toolCalls, toolCallId }: Message): Record<string, unknown>[] {
  if (role === 'tool') return [{ type: 'function_call_output', call_id: toolCallId ?? '', output: content }];
  const said = content === '' && toolCalls !== undefined ? [] : [{ role, content }];
  const called = (toolCalls ?? []).map((call) => ({
    type: 'function_call',
    call_id: call.id,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }));
  return [...said, ...called];
}

/** A refusal inside the body, in the form in which the SDK would have thrown it. */
class ResponseFailed extends Error {
  readonly status = undefined;
  readonly error: { code: string; message: string };
  constructor(code: string, message: string) {
    super(message);
    this.error = { code, message };
  }
}

function read(body: unknown): ReadAnswer {
  const { model, status, service_tier, incomplete_details, error, usage, output } = readBody(Body, body);
  if (status === 'failed')
    throw new ResponseFailed(error?.code ?? '', error?.message ?? 'the response failed');
  const reason = incomplete_details?.reason ?? '';
  const parts = output.flatMap((item) => (item.type === 'message' ? (item.content ?? []) : []));
  const calls = output.filter((item) => item.type === 'function_call');
  const declined = parts.map((part) => part.refusal ?? '').join('');
  const logprobs = parts.flatMap((part) => part.logprobs?.map(({ logprob }) => logprob) ?? []);
  return {
    text: parts.map((part) => (part.type === 'output_text' ? (part.text ?? '') : '')).join(''),
    toolCalls: calls.map((call, index) => ({
      id: call.call_id ?? `call_${index}`,
      name: call.name ?? '',
      arguments: parseArguments(call.arguments ?? ''),
    })),
    usage: usage
      ? {
          inputTokens: usage.input_tokens,
          outputTokens: usage.output_tokens,
          // A part of the input's, as in chat.
          cachedInputTokens: usage.input_tokens_details?.cached_tokens ?? 0,
          cacheWriteTokens: usage.input_tokens_details?.cache_write_tokens ?? 0,
        }
      : null,
    answeredBy: model,
    finish: finish(status ?? 'completed', reason, calls.length),
    logprobs: logprobs.length > 0 ? logprobs : null,
    refusal: declined || (reason === 'content_filter' ? 'stopped by the content filter.' : null),
    listPrice: isListTier(service_tier) && !output.some(isChargedApart),
  };
}

/** Searches and code that the provider runs are charged by the use, beside the tokens. */
const isChargedApart = ({ type }: z.infer<typeof Item>): boolean =>
  type.endsWith('_call') && type !== 'function_call' && type !== 'custom_tool_call';

function finish(status: string, reason: string, calls: number): ModelResponse['finish'] {
  if (reason === 'max_output_tokens') return 'length';
  if (status !== 'completed') return 'other';
  return calls > 0 ? 'tool' : 'stop';
}

function foldEvents(): StreamFold {
  let last: unknown = null;
  return {
    push(event) {
      const { type, delta, response, code, message } = readBody(Event, event);
      if (type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed')
        last = response;
      if (type === 'error') throw new ResponseFailed(code ?? '', message ?? 'the stream reported an error');
      return type === 'response.output_text.delta' && typeof delta === 'string' ? delta : '';
    },
    body: () => last,
  };
}
