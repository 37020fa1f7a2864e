/** What happened to one item: its steps, the calls they made, what each cost. */
import { z } from 'zod';
import type { Exported } from './compare.ts';
import type { FailureClass, Outcome } from './run.ts';
import type { Json } from './values.ts';

/**
 * How an attempt came to its answer: asked of the provider now; asked by another item of this run at the same moment;
 * known from the ledger of any run; replayed from this run's own journal after it was interrupted.
 */
export const attemptSources = ['asked', 'shared', 'ledger', 'journal'] as const;
export type AttemptSource = (typeof attemptSources)[number];

/** One attempt of a call, in the order in which the item's cost counts them. */
export interface TraceAttempt {
  source: AttemptSource;
  /** Milliseconds since the item began at which it ended, or its answer was found. */
  endMs: number;
  /** As counted: for an answer from the ledger, what it took when it was asked. */
  latencyMs: number;
  /** Null: not known. */
  costUsd: number | null;
  /** Paid by this run. */
  fresh: boolean;
  /** Null: it answered. */
  failure: { class: FailureClass | 'bug'; message: string } | null;
}
export interface TraceMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  toolCalls?: { id: string; name: string; arguments: Json }[];
  toolCallId?: string;
}
/** A model asked a question, with every attempt it took. */
export interface TraceCall {
  /** As the pipeline names it; null where the step does not say. */
  candidate: string | null;
  provider: string;
  /** As asked for. */
  model: string;
  temperature: number | null;
  maxOutputTokens: number | null;
  messages: TraceMessage[];
  attempts: TraceAttempt[];
  /** Null: no attempt answered. */
  answer: {
    text: string;
    toolCalls: { id: string; name: string; arguments: Json }[];
    /** As the provider named it. */
    model: string;
    finish: 'stop' | 'length' | 'tool' | 'refused' | 'other';
    confidence: number | null;
    usage: {
      inputTokens: number;
      outputTokens: number;
      cachedInputTokens: number;
      cacheWriteTokens: number;
    } | null;
  } | null;
  failure: { class: FailureClass | 'bug'; message: string } | null;
}

/** A step, or a part of one. Its path says where it is nested: `draft`, `each[3]/draft`, `help/2-desk/0-order`. */
export interface SpanRecord {
  path: string;
  /** `generate`, `route`, `guard`, `signal`, and whatever other kinds of steps there are. */
  kind: string;
  /** Milliseconds since the item began. */
  startMs: number;
  durationMs: number;
  attributes: { [key: string]: Json };
  call: TraceCall | null;
}
/** Spans in the order in which they ended. */
export interface ItemTrace {
  /** Milliseconds since the epoch. */
  startedMs: number;
  spans: SpanRecord[];
}

/** One candidate's way through one example. */
export interface TracedItem {
  candidate: string;
  outcome: Outcome;
  /** Null: nothing of it was recorded (imported outcomes, or runs of versions before traces). */
  startedMs: number | null;
  /** In the order in which they began. */
  spans: SpanRecord[];
  /** The same as sentences, in order. */
  story: string[];
}
export interface ExplainedExample {
  run: string;
  name: string;
  dataset: string;
  example: string;
  input: { [key: string]: Json };
  expected: Json;
  tags: { [key: string]: Json };
  items: TracedItem[];
}
export const ExplainInput = z.strictObject({
  run: z.string().min(1),
  example: z.string().min(1),
  candidate: z.string().min(1).optional(),
});

export const costDimensions = ['step', 'model', 'route', 'candidate', 'tag'] as const;
export type CostDimension = (typeof costDimensions)[number];
export const CostsInput = z.strictObject({
  run: z.string().min(1),
  by: z.enum(costDimensions).default('step'),
});
export interface CostRow {
  key: string;
  /** Items in which something of this row happened. */
  items: number;
  /** Attempts made or answered from the ledger, failed ones included. */
  attempts: number;
  failedAttempts: number;
  cachedAttempts: number;
  /** Attempts whose cost is not known, in no sum. */
  unknown: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  freshCostUsd: number;
  /** Part of the known cost, 0…1; null where nothing is known to have cost anything. */
  share: number | null;
}
export interface RunCosts {
  run: string;
  by: CostDimension;
  costUsd: number;
  freshCostUsd: number;
  items: number;
  /** Items of which nothing was recorded. */
  untraced: number;
  rows: CostRow[];
}

export const TracesExport = z.strictObject({
  run: z.string().min(1),
  /** Prompts, answers and tool arguments go along; else nothing that a person or a model wrote does. */
  content: z.boolean().default(false),
  /** Where an OTLP/HTTP receiver listens; `/v1/traces` is added where the address has no path. Absent: a file. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  headers: z.record(z.string().min(1), z.string()).default({}),
});
export interface TracesExported {
  items: number;
  spans: number;
  requests: number;
  /** Spans the receiver said it did not take, and why. */
  rejected: number;
  messages: string[];
  untraced: number;
  semanticConventions: string;
  /** Without an endpoint: one request as JSON a line. */
  download: Exported | null;
}
