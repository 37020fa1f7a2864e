/** OpenAI's Chat Completions, and every server that speaks them. */
import type OpenAI from 'openai';
import { z } from 'zod';
import { finishOf, isListTier, isStrictSchema, parseArguments, readBody } from './json-answer.ts';
import { openaiClient } from './openai-client.ts';
import type { Message, ModelRequest, Usage } from './provider.ts';
import type { ReadAnswer, StreamFold, Wire } from './sdk-provider.ts';

const TokenUsage = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  prompt_tokens_details: z
    .object({ cached_tokens: z.number().nullish(), cache_write_tokens: z.number().nullish() })
    .nullish(),
});
const LogProbs = z.object({ content: z.array(z.object({ logprob: z.number() })).nullish() }).nullish();
const FunctionCall = z.object({ name: z.string(), arguments: z.string().nullish() });
const Body = z.object({
  model: z.string(),
  service_tier: z.string().nullish(),
  usage: TokenUsage.nullish(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        logprobs: LogProbs,
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(z.object({ id: z.string().nullish(), function: FunctionCall })).nullish(),
        }),
      }),
    )
    .min(1),
});
const Chunk = z.object({
  model: z.string().nullish(),
  service_tier: z.string().nullish(),
  usage: TokenUsage.nullish(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        logprobs: LogProbs,
        delta: z
          .object({
            content: z.string().nullish(),
            refusal: z.string().nullish(),
            tool_calls: z
              .array(
                z.object({
                  index: z.number().int().min(0).max(1000),
                  id: z.string().nullish(),
                  function: FunctionCall.partial().nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
      }),
    )
    .nullish(),
});

export function chatWire(id: 'openai' | 'openai-compatible'): Wire<OpenAI> {
  return {
    id,
    keyVariable: id === 'openai' ? 'OPENAI_API_KEY' : null,
    connect: openaiClient,
    send: (client, request, signal) =>
      // Parameters are passed on as they are, so the SDK's type cannot hold for them.
      client.chat.completions.create(
        parameters(id, request) as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming,
        { signal },
      ),
    open: (client, request, signal) =>
      client.chat.completions.create(
        {
          ...parameters(id, request),
          stream: true,
          stream_options: { include_usage: true },
        } as unknown as OpenAI.ChatCompletionCreateParamsStreaming,
        { signal },
      ),
    fold: foldChunks,
    read,
  };
}

function parameters(
  id: string,
  { spec, messages, tools, output, logprobs }: ModelRequest,
): Record<string, unknown> {
  const { temperature, maxOutputTokens } = spec;
  // Servers other than OpenAI's know only the older name.
  const limit = id === 'openai' ? 'max_completion_tokens' : 'max_tokens';
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { [limit]: maxOutputTokens }),
    ...(logprobs === true ? { logprobs: true } : {}),
    ...(output === undefined
      ? {}
      : {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'answer', schema: output, strict: isStrictSchema(output) },
          },
        }),
    ...(tools === undefined || tools.length === 0
      ? {}
      : { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
    ...spec.parameters,
    model: spec.model,
    messages: messages.map(toChatMessage),
  };
}

function toChatMessage({ role, content, toolCalls, toolCallId }: Message): Record<string, unknown> {
  if (role === 'tool') return { role, content, tool_call_id: toolCallId ?? '' };
  if (role !== 'assistant' || toolCalls === undefined || toolCalls.length === 0) return { role, content };
  const calls = toolCalls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  return { role, content: content === '' ? null : content, tool_calls: calls };
}

function read(body: unknown): ReadAnswer {
  const { model, usage, service_tier, choices } = readBody(Body, body);
  const [choice] = choices;
  if (choice === undefined) throw new SyntaxError('The answer has no choice.');
  const { message, finish_reason, logprobs } = choice;
  const filtered = finish_reason === 'content_filter' ? 'stopped by the content filter.' : null;
  return {
    text: message.content ?? '',
    toolCalls: (message.tool_calls ?? []).map((call, index) => ({
      id: call.id ?? `call_${index}`,
      name: call.function.name,
      arguments: parseArguments(call.function.arguments ?? ''),
    })),
    usage: usage ? readUsage(usage) : null,
    answeredBy: model,
    finish: finishOf(
      { stop: 'stop', length: 'length', tool_calls: 'tool', function_call: 'tool' },
      finish_reason ?? '',
    ),
    logprobs: logprobs?.content?.map(({ logprob }) => logprob) ?? null,
    refusal: message.refusal || filtered,
    listPrice: isListTier(service_tier),
  };
}

/** Cached tokens are a part of the prompt's. */
const readUsage = (usage: z.infer<typeof TokenUsage>): Usage => ({
  inputTokens: usage.prompt_tokens,
  outputTokens: usage.completion_tokens,
  cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
  cacheWriteTokens: usage.prompt_tokens_details?.cache_write_tokens ?? 0,
});

function foldChunks(): StreamFold {
  let finish: string | null = null;
  let text = '';
  let refusal = '';
  const head: { model: string; service_tier?: string; usage?: unknown } = { model: '' };
  const calls: { id: string; function: { name: string; arguments: string } }[] = [];
  const logprobs: { logprob: number }[] = [];
  return {
    push(event) {
      const { model, service_tier, usage, choices } = readBody(Chunk, event);
      if (model) head.model = model;
      if (service_tier) head.service_tier = service_tier;
      if (usage) head.usage = usage;
      const choice = choices?.[0];
      if (choice?.finish_reason) finish = choice.finish_reason;
      logprobs.push(...(choice?.logprobs?.content ?? []));
      refusal += choice?.delta?.refusal ?? '';
      for (const part of choice?.delta?.tool_calls ?? []) {
        const call = (calls[part.index] ??= { id: '', function: { name: '', arguments: '' } });
        if (part.id) call.id = part.id;
        if (part.function?.name) call.function.name = part.function.name;
        call.function.arguments += part.function?.arguments ?? '';
      }
      const added = choice?.delta?.content ?? '';
      text += added;
      return added;
    },
    body() {
      if (finish === null) return null;
      const message = { content: text, refusal, tool_calls: calls.filter((call) => call !== undefined) };
      const content = logprobs.length > 0 ? logprobs : null;
      return { ...head, choices: [{ finish_reason: finish, message, logprobs: { content } }] };
    },
  };
}
