/**
 * How a trace is written down: short arrays instead of objects with names, and messages that repeat an earlier call's
 * (a retry, the next turn of an agent) as a reference to it. Spans of a million items stand in one table.
 */
import type { ItemTrace, SpanRecord, TraceAttempt, TraceCall, TraceMessage } from '../api/index.ts';

/** `[path, kind, start, duration, attributes or 0, call or 0]`; times in milliseconds to the microsecond. */
type SpanText = [string, string, number, number, SpanRecord['attributes'] | 0, CallText | 0];
type CallText = [
  candidate: string | null,
  provider: string,
  model: string,
  temperature: number | null,
  maxOutputTokens: number | null,
  /** Of this many messages, of the span at this place; then those that come after them. */
  messages: [number, number, ...MessageText[]],
  attempts: AttemptText[],
  answer: AnswerText | 0,
  failure: TraceCall['failure'],
];
type MessageText = [TraceMessage['role'], string] | TraceMessage;
type AttemptText = [
  source: number,
  end: number,
  latency: number,
  costUsd: number | null,
  fresh: 0 | 1,
  failure: TraceAttempt['failure'],
];
type Answer = NonNullable<TraceCall['answer']>;
type AnswerText = [
  text: string,
  model: string,
  finish: Answer['finish'],
  confidence: number | null,
  usage: [number, number, number, number] | 0,
  toolCalls: Answer['toolCalls'] | 0,
];

// Their order is what is written: only ever add at the end.
const sources = ['asked', 'shared', 'ledger', 'journal'] as const;

export function traceText({ spans }: ItemTrace): string {
  return JSON.stringify(spans.map((span, place) => spanText(span, place, spans)));
}

/** Of texts that `traceText` has written. */
export function spansOf(text: string): SpanRecord[] {
  // Written above, by this version or an older one: a trace is read as it was written.
  const written = JSON.parse(text) as SpanText[];
  const spans: SpanRecord[] = [];
  for (const [path, kind, startMs, durationMs, attributes, call] of written) {
    spans.push({
      path,
      kind,
      startMs,
      durationMs,
      attributes: attributes === 0 ? {} : attributes,
      call: call === 0 ? null : callOf(call, spans),
    });
  }
  return spans;
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

function spanText(span: SpanRecord, place: number, spans: SpanRecord[]): SpanText {
  const { attributes, call } = span;
  let plain: SpanText[4] = 0;
  for (const _ in attributes) {
    plain = attributes;
    break;
  }
  return [
    span.path,
    span.kind,
    rounded(span.startMs),
    rounded(span.durationMs),
    plain,
    call === null ? 0 : callText(call, place, spans),
  ];
}

function callText(call: TraceCall, place: number, spans: SpanRecord[]): CallText {
  const { answer, messages } = call;
  const [of, kept] = repeated(messages, place, spans);
  return [
    call.candidate,
    call.provider,
    call.model,
    call.temperature,
    call.maxOutputTokens,
    [of, kept, ...messages.slice(kept).map(messageText)],
    call.attempts.map(attemptText),
    answer === null
      ? 0
      : [
          answer.text,
          answer.model,
          answer.finish,
          answer.confidence,
          answer.usage === null
            ? 0
            : [
                answer.usage.inputTokens,
                answer.usage.outputTokens,
                answer.usage.cachedInputTokens,
                answer.usage.cacheWriteTokens,
              ],
          answer.toolCalls.length === 0 ? 0 : answer.toolCalls,
        ],
    call.failure,
  ];
}

/** The nearest earlier call with which these messages begin alike, and how many they share. */
function repeated(messages: TraceMessage[], place: number, spans: SpanRecord[]): [number, number] {
  for (let of = place - 1; of >= 0; of--) {
    const earlier = spans[of]!.call?.messages;
    if (earlier === undefined) continue;
    let kept = 0;
    while (kept < messages.length && kept < earlier.length && same(messages[kept]!, earlier[kept]!)) kept++;
    if (kept > 0) return [of, kept];
  }
  return [0, 0];
}

const same = (a: TraceMessage, b: TraceMessage): boolean =>
  a === b ||
  (a.role === b.role &&
    a.content === b.content &&
    a.toolCalls === b.toolCalls &&
    a.toolCallId === b.toolCallId);

const messageText = (message: TraceMessage): MessageText =>
  message.toolCalls === undefined && message.toolCallId === undefined
    ? [message.role, message.content]
    : message;

const attemptText = (attempt: TraceAttempt): AttemptText => [
  sources.indexOf(attempt.source),
  rounded(attempt.endMs),
  rounded(attempt.latencyMs),
  attempt.costUsd,
  attempt.fresh ? 1 : 0,
  attempt.failure === null ? null : { class: attempt.failure.class, message: attempt.failure.message },
];

function callOf(text: CallText, before: SpanRecord[]): TraceCall {
  const [candidate, provider, model, temperature, maxOutputTokens, messages, attempts, answer, failure] =
    text;
  const [of, kept, ...added] = messages;
  return {
    candidate,
    provider,
    model,
    temperature,
    maxOutputTokens,
    messages: [...(before[of]?.call?.messages.slice(0, kept) ?? []), ...added.map(messageOf)],
    attempts: attempts.map(attemptOf),
    answer: answer === 0 ? null : answerOf(answer),
    failure,
  };
}

const messageOf = (text: MessageText): TraceMessage =>
  Array.isArray(text) ? { role: text[0], content: text[1] } : text;

const attemptOf = ([source, endMs, latencyMs, costUsd, fresh, failure]: AttemptText): TraceAttempt => ({
  source: sources[source] ?? 'asked',
  endMs,
  latencyMs,
  costUsd,
  fresh: fresh === 1,
  failure,
});

function answerOf([text, model, finish, confidence, usage, toolCalls]: AnswerText): Answer {
  return {
    text,
    model,
    finish,
    confidence,
    usage:
      usage === 0
        ? null
        : {
            inputTokens: usage[0],
            outputTokens: usage[1],
            cachedInputTokens: usage[2],
            cacheWriteTokens: usage[3],
          },
    toolCalls: toolCalls === 0 ? [] : toolCalls,
  };
}
