/**
 * Traces as OTLP/HTTP JSON (opentelemetry-proto 1.x, trace/v1: ids in hex, times as decimal strings of nanoseconds), named
 * by the OpenTelemetry Semantic Conventions for generative AI of the version below.
 */
import { createHash } from 'node:crypto';
import type { ItemTrace, Json, Outcome, SpanRecord, TraceCall } from '../api/index.ts';

/** opentelemetry.io/docs/specs/semconv/gen-ai, still marked "development" there. */
export const SEMANTIC_CONVENTIONS = '1.37.0';

type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } };
interface KeyValue {
  key: string;
  value: AnyValue;
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: 1 | 3;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: KeyValue[];
  status: { code: 0 | 2; message?: string };
}
export interface OtlpRequest {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: { scope: { name: string; version: string }; spans: OtlpSpan[]; schemaUrl: string }[];
    schemaUrl: string;
  }[];
}

/** One request for some items of a run: a trace an item, its root the item itself. */
export function otlpRequest(
  items: { outcome: Outcome; trace: ItemTrace }[],
  options: { run: string; pipeline: string; version: string; content: boolean },
): OtlpRequest {
  const schemaUrl = `https://opentelemetry.io/schemas/${SEMANTIC_CONVENTIONS}`;
  const resource = attributes({
    'service.name': 'kneepoint',
    'service.version': options.version,
    'kneepoint.run': options.run,
    'kneepoint.pipeline': options.pipeline,
  });
  const spans = items.flatMap(({ outcome, trace }) => itemSpans(outcome, trace, options.content));
  const scope = { name: 'kneepoint', version: options.version };
  return {
    resourceSpans: [
      { resource: { attributes: resource }, scopeSpans: [{ scope, spans, schemaUrl }], schemaUrl },
    ],
  };
}

function itemSpans(outcome: Outcome, trace: ItemTrace, content: boolean): OtlpSpan[] {
  const key = [outcome.run, outcome.example, outcome.candidate];
  const traceId = id(key, 32);
  const root = id([...key, ''], 16);
  const endMs = Math.max(0, ...trace.spans.map(({ startMs, durationMs }) => startMs + durationMs));
  // The nearest span whose path this one's lies below; several may have the same path.
  const byPath = new Map(trace.spans.map(({ path }, place) => [path, id([...key, place], 16)]));
  const parentOf = (path: string): string => {
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      const parent = byPath.get(path.slice(0, cut));
      if (parent !== undefined) return parent;
    }
    return root;
  };
  return [
    {
      traceId,
      spanId: root,
      name: `item ${outcome.candidate}`,
      kind: 1,
      ...times(trace.startedMs, 0, endMs),
      attributes: attributes({
        'kneepoint.example': outcome.example,
        'kneepoint.candidate': outcome.candidate,
        'kneepoint.score': outcome.score,
        'kneepoint.cost_usd': outcome.costUsd,
        'kneepoint.cached': outcome.cached,
        ...(outcome.error === null ? {} : { 'error.type': outcome.error.class }),
        ...(content ? { 'kneepoint.output': outcome.output } : {}),
      }),
      status:
        outcome.error === null
          ? { code: 0 }
          : { code: 2, ...(content ? { message: outcome.error.message } : {}) },
    },
    ...trace.spans.map((span, place): OtlpSpan => ({
      traceId,
      spanId: id([...key, place], 16),
      parentSpanId: parentOf(span.path),
      name: nameOf(span),
      kind: span.call === null ? 1 : 3,
      ...times(trace.startedMs, span.startMs, span.durationMs),
      attributes: attributes({
        'kneepoint.step': span.path,
        'kneepoint.kind': span.kind,
        ...attributesOf(span, content),
      }),
      status: span.call?.failure ? { code: 2 } : { code: 0 },
    })),
  ];
}

const nameOf = ({ kind, path, call, attributes: given }: SpanRecord): string => {
  if (call !== null) return `chat ${call.model}`;
  return kind === 'tool'
    ? `execute_tool ${nameIn(given, 'tool')}`
    : kind === 'agent'
      ? `invoke_agent ${path}`
      : `${kind} ${path}`;
};

const nameIn = (given: SpanRecord['attributes'], key: string): string => {
  const value = given[key];
  return typeof value === 'string' ? value : '';
};

/** What a step says of itself may quote a person; of others only what they measured or decided goes along unasked. */
const withoutContent = new Set([
  'rule',
  'route',
  'margin',
  'by',
  'candidate',
  'served',
  'attempts',
  'passed',
  'onFail',
  'rounds',
  'stopped',
  'taken',
  'score',
  'of',
  'found',
  'documents',
  'tool',
  'failed',
  'turns',
  'class',
  'signal',
]);

function attributesOf({ kind, attributes: given, call }: SpanRecord, content: boolean): Record<string, Json> {
  const own = Object.fromEntries(
    Object.entries(given)
      .filter(([name]) => content || withoutContent.has(name))
      .map(([name, value]) => [`kneepoint.${name}`, value]),
  );
  if (call !== null) return { ...own, ...callAttributes(call, content) };
  if (kind === 'tool')
    return { ...own, 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': nameIn(given, 'tool') };
  return kind === 'agent' ? { ...own, 'gen_ai.operation.name': 'invoke_agent' } : own;
}

const providerNames: Record<string, string> = { 'openai-responses': 'openai', 'openai-compatible': 'openai' };

function callAttributes(call: TraceCall, content: boolean): Record<string, Json> {
  const { answer, attempts, failure } = call;
  const last = attempts.at(-1);
  const known: Record<string, Json> = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': providerNames[call.provider] ?? call.provider,
    'gen_ai.request.model': call.model,
    'gen_ai.request.temperature': call.temperature,
    'gen_ai.request.max_tokens': call.maxOutputTokens,
    'gen_ai.response.model': answer?.model ?? null,
    'gen_ai.response.finish_reasons': answer === null ? null : [answer.finish],
    'gen_ai.usage.input_tokens': answer?.usage?.inputTokens ?? null,
    'gen_ai.usage.output_tokens': answer?.usage?.outputTokens ?? null,
    'error.type': failure?.class ?? null,
    'kneepoint.candidate': call.candidate,
    'kneepoint.attempts': attempts.length,
    'kneepoint.answered_from': last?.source ?? null,
    'kneepoint.cost_usd': last?.costUsd ?? null,
    'kneepoint.confidence': answer?.confidence ?? null,
  };
  if (!content) return known;
  const messages = call.messages.map(({ role, content: text }) => ({
    role,
    parts: [{ type: 'text', content: text }],
  }));
  const said =
    answer === null
      ? []
      : [
          {
            role: 'assistant',
            parts: [{ type: 'text', content: answer.text }],
            finish_reason: answer.finish,
          },
        ];
  return {
    ...known,
    'gen_ai.input.messages': JSON.stringify(messages),
    'gen_ai.output.messages': JSON.stringify(said),
  };
}

/** What is not known is left out. */
const attributes = (given: Record<string, Json | undefined>): KeyValue[] =>
  Object.entries(given).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: anyValue(value) }],
  );

function anyValue(value: Json): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) {
    return { arrayValue: { values: value.map(anyValue) } };
  }
  return { stringValue: JSON.stringify(value) };
}

const id = (parts: unknown[], length: 16 | 32): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, length);

function times(epochMs: number, startMs: number, durationMs: number) {
  // Whole microseconds: a double holds no nanoseconds of this century.
  const nanos = (ms: number): string => `${Math.round(ms * 1000)}000`;
  return {
    startTimeUnixNano: nanos(epochMs + startMs),
    endTimeUnixNano: nanos(epochMs + startMs + Math.max(0, durationMs)),
  };
}
