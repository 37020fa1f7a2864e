/** A real HTTP server on this machine whose every byte a test decides. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelRequest, ModelSpec } from '../../engine/providers/index.ts';

export interface Loopback extends AsyncDisposable {
  url: string;
  requests: { path: string; headers: IncomingMessage['headers']; body: unknown }[];
  /** Resolves when a client has gone away before its answer was complete. */
  abandoned: Promise<void>;
}
export type Handler = (response: ServerResponse, body: unknown) => void;

export async function loopback(handler: Handler): Promise<Loopback> {
  const requests: Loopback['requests'] = [];
  let abandon = (): void => {};
  const abandoned = new Promise<void>((resolve) => (abandon = resolve));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('close', () => {
      if (!response.writableEnded) abandon();
    });
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString() || 'null');
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      handler(response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    abandoned,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
/** Server-sent events, and the connection left open. */
export function events(response: ServerResponse, list: Record<string, unknown>[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of list) response.write(frame(event));
}
const frame = (event: Record<string, unknown>): string =>
  `${typeof event['type'] === 'string' ? `event: ${event['type']}\n` : ''}data: ${JSON.stringify(event)}\n\n`;

export const wires = ['openai', 'openai-responses', 'anthropic', 'openai-compatible'] as const;
export type WireName = (typeof wires)[number];
export const modelOf = (wire: WireName): string =>
  wire === 'anthropic' ? 'claude-haiku-4-5' : 'gpt-4o-mini';

/** What a server of one's own is said to cost. */
const declared = {
  inputPerMTok: 1,
  outputPerMTok: 2,
  cachedInputPerMTok: 0.25,
  cacheWritePerMTok: 1.5,
  nominal: true,
};

export function requestTo(
  wire: WireName,
  url: string,
  more: Omit<Partial<ModelRequest>, 'spec'> & { spec?: Partial<ModelSpec> } = {},
): ModelRequest {
  const { spec, ...rest } = more;
  return {
    messages: [
      { role: 'system', content: 'Answer shortly.' },
      { role: 'user', content: 'hello' },
    ],
    input: {},
    ...rest,
    spec: {
      provider: wire,
      model: modelOf(wire),
      baseUrl: `${url}/v1`,
      parameters: {},
      ...(wire === 'openai-compatible' ? { price: declared } : {}),
      ...spec,
    },
  };
}

export interface Told {
  text?: string;
  input?: number;
  cached?: number;
  written?: number;
  output?: number;
  /** OpenAI finish reason; the other formats are derived. */
  finish?: 'stop' | 'length' | 'content_filter';
  refusal?: string;
  logprobs?: number[];
  model?: string;
  tier?: string;
}
/** A whole answer as each provider writes it. `cached` and `written` as that provider counts them. */
export function answer(wire: WireName, told: Told = {}): Record<string, unknown> {
  const {
    text = 'Hi.',
    input = 100,
    cached = 0,
    written = 0,
    output = 7,
    finish = 'stop',
    refusal,
    logprobs,
    tier,
  } = told;
  const model = told.model ?? modelOf(wire);
  const tokens = logprobs?.map((logprob) => ({ token: 't', logprob, bytes: null, top_logprobs: [] }));
  if (wire === 'anthropic') {
    const stop_reason = refusal !== undefined ? 'refusal' : finish === 'length' ? 'max_tokens' : 'end_turn';
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content: text === '' ? [] : [{ type: 'text', text }],
      stop_reason,
      usage: {
        input_tokens: input,
        output_tokens: output,
        cache_read_input_tokens: cached,
        cache_creation_input_tokens: written,
        ...(tier ? { service_tier: tier } : {}),
      },
    };
  }
  if (wire === 'openai-responses') {
    const content =
      refusal === undefined
        ? { type: 'output_text', text, logprobs: tokens ?? [] }
        : { type: 'refusal', refusal };
    return {
      id: 'resp_1',
      object: 'response',
      model,
      status: finish === 'stop' ? 'completed' : 'incomplete',
      incomplete_details:
        finish === 'stop' ? null : { reason: finish === 'length' ? 'max_output_tokens' : finish },
      output: [{ type: 'message', role: 'assistant', content: [content] }],
      usage: {
        input_tokens: input,
        output_tokens: output,
        input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
      },
      service_tier: tier ?? 'default',
    };
  }
  return {
    id: 'chat_1',
    object: 'chat.completion',
    model,
    choices: [
      {
        index: 0,
        finish_reason: finish,
        message: {
          role: 'assistant',
          content: refusal === undefined ? text : null,
          refusal: refusal ?? null,
        },
        logprobs: tokens ? { content: tokens } : null,
      },
    ],
    usage: {
      prompt_tokens: input,
      completion_tokens: output,
      prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    },
    service_tier: tier ?? 'default',
  };
}

/** The first events of a streamed answer: text has begun, the end has not come. */
export function firstEvents(wire: WireName): Record<string, unknown>[] {
  const model = modelOf(wire);
  if (wire === 'anthropic') {
    return [
      {
        type: 'message_start',
        message: {
          id: 'm',
          role: 'assistant',
          model,
          content: [],
          usage: { input_tokens: 5, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hal' } },
    ];
  }
  if (wire === 'openai-responses') {
    return [
      { type: 'response.created', response: {} },
      { type: 'response.output_text.delta', delta: 'Hal' },
    ];
  }
  return [
    { model, choices: [{ index: 0, delta: { role: 'assistant', content: 'Hal' }, finish_reason: null }] },
  ];
}

/** The events of a whole streamed answer, the usage where each provider puts it. */
export function allEvents(wire: WireName, told: Told = {}): Record<string, unknown>[] {
  const { text = 'Hi.' } = told;
  const whole = answer(wire, told);
  if (wire === 'openai-responses') {
    return [
      { type: 'response.created', response: { ...whole, status: 'in_progress', output: [], usage: null } },
      { type: 'response.output_text.delta', delta: text },
      { type: 'response.completed', response: whole },
    ];
  }
  if (wire === 'anthropic') {
    // `answer` makes this object; its counts are numbers.
    const { output_tokens, ...input } = whole['usage'] as Record<string, unknown>;
    return [
      { type: 'message_start', message: { ...whole, content: [], usage: { ...input, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'ping' },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: whole['stop_reason'] }, usage: { output_tokens } },
      { type: 'message_stop' },
    ];
  }
  const { model, usage } = whole;
  return [
    { model, choices: [{ index: 0, delta: { role: 'assistant', content: text }, finish_reason: null }] },
    { model, choices: [{ index: 0, delta: {}, finish_reason: told.finish ?? 'stop' }] },
    { model, choices: [], usage },
  ];
}
