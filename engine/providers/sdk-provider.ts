/** What the SDK providers share: key, time limit, cancellation, failure classes, price. One attempt, no retry. */
import { WorkbenchError } from '../api/index.ts';
import { answerCostUsd } from './costs.ts';
import { failure, type FailureContext, toProviderError } from './failures.ts';
import {
  type ModelDelta,
  type ModelRequest,
  type ModelResponse,
  type ModelSpec,
  type Provider,
  timeoutOf,
  type ToolCall,
  type Usage,
} from './provider.ts';

/** An answer as read from a provider's JSON. */
export interface ReadAnswer {
  text: string;
  toolCalls: ToolCall[];
  usage: Usage | null;
  answeredBy: string;
  finish: ModelResponse['finish'];
  /** Log-probabilities of the answer's tokens, where the provider gave them. */
  logprobs: number[] | null;
  /** What the provider said when it declined; null when it did not. */
  refusal: string | null;
  /** False where the provider charged another rate than its list price (flex, priority, long-lived cache). */
  listPrice: boolean;
}

/** Folds a stream's events into the body that a plain call would have got. */
export interface StreamFold {
  /** The text that this event adds. */
  push(event: unknown): string;
  /** Null when the stream ended before the answer did. */
  body(): unknown;
}

/** One wire format. */
export interface Wire<Client> {
  id: string;
  keyVariable: string | null;
  /** Key null: only where `keyVariable` is null and the spec names none. */
  connect(options: { baseUrl: string | undefined; key: string | null }): Promise<Client>;
  send(client: Client, request: ModelRequest, signal: AbortSignal): Promise<unknown>;
  open(client: Client, request: ModelRequest, signal: AbortSignal): Promise<AsyncIterable<unknown>>;
  fold(): StreamFold;
  /** Throws SyntaxError for a body of the wrong form. */
  read(body: unknown): ReadAnswer;
}

export interface ProviderContext {
  clock: () => number;
  wallClock: () => number;
  key(variable: string): string | null;
}

export function sdkProvider<Client>(
  wire: Wire<Client>,
  { clock, wallClock, key: keyOf }: ProviderContext,
): Provider {
  const clients = new Map<string, Promise<Client>>();

  const clientOf = (spec: ModelSpec, key: string | null): Promise<Client> => {
    const id = JSON.stringify([spec.baseUrl ?? null, key]);
    let client = clients.get(id);
    if (client === undefined) {
      client = wire.connect({ baseUrl: spec.baseUrl, key });
      clients.set(id, client);
    }
    return client;
  };

  async function* attempt(
    request: ModelRequest,
    signal: AbortSignal,
    streamed: boolean,
  ): AsyncGenerator<ModelDelta> {
    const { spec } = request;
    throwIfAborted(signal);
    const key = requireKey(wire, spec, keyOf);
    const limitMs = timeoutOf(spec);
    const timeout = AbortSignal.timeout(limitMs);
    const done = new AbortController();
    const combined = AbortSignal.any([signal, timeout, done.signal]);
    const context: FailureContext = { name: `${wire.id}/${spec.model}`, key, nowMs: 0, streaming: false };
    const started = clock();
    try {
      const client = await clientOf(spec, key);
      let body: unknown;
      if (streamed) {
        const fold = wire.fold();
        for await (const event of await wire.open(client, request, combined)) {
          context.streaming = true;
          const text = fold.push(event);
          if (text !== '') yield { type: 'text', text };
        }
        combined.throwIfAborted();
        body = fold.body();
        if (body === null) throw failure(context, 'stream_cut', 'the stream ended before the answer did.');
      } else {
        body = await wire.send(client, request, combined);
      }
      yield {
        type: 'done',
        response: respond(wire.read(body), { spec, latencyMs: clock() - started, context }),
      };
    } catch (thrown) {
      throwIfAborted(signal);
      if (timeout.aborted) throw failure(context, 'timeout', `no answer within ${limitMs} ms.`);
      throw toProviderError(thrown, { ...context, nowMs: wallClock() });
    } finally {
      // A consumer that stops reading ends the request too.
      done.abort();
    }
  }

  return {
    id: wire.id,
    keyVariable: wire.keyVariable,
    requireKey: (spec) => void requireKey(wire, spec, keyOf),
    async call(request, signal) {
      for await (const delta of attempt(request, signal, false)) {
        if (delta.type === 'done') return delta.response;
      }
      throw new WorkbenchError('bug', `${wire.id} ended without an answer or a failure.`);
    },
    stream: (request, signal) => attempt(request, signal, true),
  };
}

function respond(
  { text, toolCalls, usage: reported, answeredBy, finish, logprobs, refusal, listPrice }: ReadAnswer,
  { spec, latencyMs, context }: { spec: ModelSpec; latencyMs: number; context: FailureContext },
): ModelResponse {
  const usage = reported !== null && isPossible(reported) ? reported : null;
  const priced = listPrice || spec.price !== undefined;
  const costUsd = priced ? answerCostUsd(spec, answeredBy, usage) : null;
  if (refusal !== null) throw failure(context, 'refused', `the model declined: ${refusal}`, costUsd);
  if (text.trim() === '' && toolCalls.length === 0) {
    const why =
      finish === 'length' ? 'the token limit was used up before any answer text.' : 'the answer is empty.';
    throw failure(context, 'empty', why, costUsd);
  }
  return {
    text,
    toolCalls,
    usage,
    answeredBy,
    finish,
    costUsd,
    latencyMs,
    confidence: meanProbability(logprobs),
  };
}

/** Counts that no call can have (below 0, more cached than read) are no report: their price could be below 0. */
function isPossible({ inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens }: Usage): boolean {
  const counts = [inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens];
  return (
    counts.every((count) => Number.isSafeInteger(count) && count >= 0) &&
    cachedInputTokens + cacheWriteTokens <= inputTokens
  );
}

function meanProbability(logprobs: number[] | null): number | null {
  if (logprobs === null || logprobs.length === 0) return null;
  let sum = 0;
  for (const logprob of logprobs) sum += Math.exp(Math.min(0, logprob));
  return sum / logprobs.length;
}

const vendorHosts = new Set(['api.openai.com', 'api.anthropic.com']);
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;
/** Names without a dot and addresses that do not leave the own network. */
const ownNetwork =
  /^([^.]+|.*\.(local|internal)|10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2})$/;

/** A key goes to its vendor; beyond the own network only over TLS, and only where the pipeline names the key for it. */
function checkDestination(name: string, spec: ModelSpec, variable: string): void {
  if (spec.baseUrl === undefined) return;
  const { hostname, protocol } = new URL(spec.baseUrl);
  if (loopback.test(hostname)) return;
  if (protocol !== 'https:' && !ownNetwork.test(hostname)) {
    throw new WorkbenchError(
      'provider.key_exposed',
      `${name} would send the key ${variable} to ${hostname} unencrypted.`,
      {
        hint: 'Give its baseUrl with https.',
        details: { variable, host: hostname },
      },
    );
  }
  if (spec.keyVariable !== undefined || vendorHosts.has(hostname)) return;
  throw new WorkbenchError(
    'provider.key_exposed',
    `${name} is at ${hostname}, which is not where ${variable} belongs.`,
    {
      hint: `If that key is meant for ${hostname}, say so: keyVariable: ${variable}.`,
      details: { variable, host: hostname },
    },
  );
}

function requireKey(
  { id, keyVariable }: Pick<Wire<unknown>, 'id' | 'keyVariable'>,
  spec: ModelSpec,
  keyOf: (variable: string) => string | null,
): string | null {
  const variable = spec.keyVariable ?? keyVariable;
  if (variable === null) return null;
  checkDestination(`${id}/${spec.model}`, spec, variable);
  const key = keyOf(variable)?.trim() ?? '';
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  if (key !== '') {
    // Sent, it would be refused as a header, in a message that quotes it.
    throw new WorkbenchError(
      'provider.key_missing',
      `${id}/${spec.model} needs a key, and what ${variable} holds is none: it has a space, a line break or a letter beyond ASCII in it.`,
      {
        hint: `Copy the key again, whole and without anything else, into ${variable}.`,
        details: { provider: id, variable },
      },
    );
  }
  throw new WorkbenchError(
    'provider.key_missing',
    `${id}/${spec.model} needs a key, and ${variable} is not set.`,
    {
      hint: `Set the environment variable ${variable}.`,
      details: { provider: id, variable },
    },
  );
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new DOMException('The call was cancelled.', 'AbortError');
}
