/** What a provider is to the engine: one call in, one answer out, every failure with its class. */
import type { FailureClass, Json } from '../api/index.ts';

export interface Message {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  toolCalls?: ToolCall[];
  toolCallId?: string;
}
export interface ToolCall {
  id: string;
  name: string;
  /** Parsed arguments. */
  arguments: Json;
}
export interface Tool {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: { [key: string]: Json };
}

/** A model as a pipeline names it. */
export interface ModelSpec {
  /** Registry id of the provider: openai | openai-responses | anthropic | openai-compatible | local | recorded. */
  provider: string;
  model: string;
  baseUrl?: string;
  /** Environment variable that holds the key; the provider's usual one when absent. Never the key itself. */
  keyVariable?: string;
  temperature?: number;
  maxOutputTokens?: number;
  /** Limit of one attempt; `DEFAULT_TIMEOUT_MS` when absent. */
  timeoutMs?: number;
  /** Provider-specific parameters, passed on as they are. */
  parameters: { [key: string]: Json };
  /** Declared price; overrides the frozen table. USD per million tokens, or per call. */
  price?: PriceSpec;
}
export const DEFAULT_TIMEOUT_MS = 120_000;
/** Timers hold 31 bits; a longer one would fire at once. */
export const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
export const timeoutOf = (spec: Pick<ModelSpec, 'timeoutMs'>): number =>
  Math.min(spec.timeoutMs ?? DEFAULT_TIMEOUT_MS, LONGEST_TIMEOUT_MS);

export interface PriceSpec {
  inputPerMTok?: number;
  outputPerMTok?: number;
  cachedInputPerMTok?: number;
  cacheWritePerMTok?: number;
  perCallUsd?: number;
  nominal: boolean;
}

export interface ModelRequest {
  spec: ModelSpec;
  messages: Message[];
  /** The example's input fields: what local and recorded providers read. */
  input: { [key: string]: Json };
  /** For the recorded provider. */
  example?: string;
  tools?: Tool[];
  /** JSON Schema of the wanted answer. */
  output?: { [key: string]: Json };
  logprobs?: boolean;
}

export interface Usage {
  /** All input tokens, cached ones included (providers differ; normalised here). */
  inputTokens: number;
  outputTokens: number;
  /** Part of inputTokens read from the provider's cache. */
  cachedInputTokens: number;
  /** Part of inputTokens written to the provider's cache. */
  cacheWriteTokens: number;
}

export interface ModelResponse {
  text: string;
  toolCalls: ToolCall[];
  /** Null when the provider did not report it: the cost is then unknown, never 0. */
  usage: Usage | null;
  /** The model that answered, as the provider named it. */
  answeredBy: string;
  finish: 'stop' | 'length' | 'tool' | 'refused' | 'other';
  /** USD; null when price or usage is unknown. */
  costUsd: number | null;
  latencyMs: number;
  /** 0…1 where the provider reports one (local models; mean token probability where log-probabilities come). */
  confidence: number | null;
}

export type ModelDelta = { type: 'text'; text: string } | { type: 'done'; response: ModelResponse };

/** A failed call. `paidUsd` is what the provider may still have charged (null: unknown). */
export interface ProviderFailure {
  class: FailureClass;
  message: string;
  status: number | null;
  retryAfterMs: number | null;
  paidUsd: number | null;
}
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly failure: ProviderFailure;
  constructor(failure: ProviderFailure, cause?: unknown) {
    super(failure.message, cause === undefined ? undefined : { cause });
    this.failure = failure;
  }
}

/** A labelled row a local model may learn from. */
export interface TrainingRow {
  input: { [key: string]: Json };
  label: string;
}

export interface Provider {
  readonly id: string;
  /** Null where no key is needed. */
  readonly keyVariable: string | null;
  /** One attempt: never retries by itself. Throws ProviderError, or AbortError when `signal` fires. */
  call(request: ModelRequest, signal: AbortSignal): Promise<ModelResponse>;
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelDelta>;
  /** Throws WorkbenchError `provider.key_missing` where a call of this model would lack its key. */
  requireKey?(spec: ModelSpec): void;
  /** Local models: trains on the run's fit rows. Deterministic for the same rows and spec. */
  prepare?(spec: ModelSpec, rows: TrainingRow[], signal: AbortSignal): Promise<void>;
  /** Whether `prepare` needs rows of split `fit` for this model; absent: every model of a provider with `prepare` does. */
  learns?(spec: ModelSpec): boolean;
}

export interface ProviderRegistry {
  get(id: string): Provider;
  list(): Provider[];
  /** Parses `provider/model` or resolves a bare known model name; throws `model.unknown` with near names. */
  resolve(name: string): ModelSpec;
  /** Worst-case price of a request: all input uncached, maxOutputTokens out; null when unknown. */
  worstCaseUsd(request: ModelRequest): number | null;
}
