import type { ItemTrace, Json, Outcome, SpanRecord, TraceCall } from '../api/index.ts';

/** What happened to an item, in sentences, in the order in which its steps began. */
export function storyOf(trace: ItemTrace | null, outcome: Outcome): string[] {
  const told = (trace?.spans ?? []).toSorted((a, b) => a.startMs - b.startMs).map(sentenceOf);
  const ending =
    outcome.error === null
      ? `It answered ${quoted(outcome.output ?? '')}${outcome.score === null ? ', which could not be judged' : `, scored ${outcome.score}`}.`
      : `It failed (${outcome.error.class}): ${outcome.error.message}`;
  if (trace === null) return ['Nothing was recorded of how it came about.', ending];
  return [...told, ending];
}

function sentenceOf(span: SpanRecord): string {
  const { path, kind, attributes, call } = span;
  if (call !== null) return `${path}: ${callSentence(call)}`;
  const value = (name: string): string => shown(attributes[name]);
  switch (kind) {
    case 'signal':
      return `${path}: ${value('signal')} is ${value('value')}.`;
    case 'route':
      return attributes['by'] === 'policy'
        ? `${path}: the policy's rule ${value('rule')} chose route ${value('route')} (margin ${value('margin')}); it asked ${value('attempts')} and served ${value('served')}.`
        : `${path}: rule ${Number(attributes['rule'] ?? 0) + 1} chose ${value('candidate')}.`;
    case 'guard':
      return attributes['passed'] === true
        ? `${path}: the answer passed.`
        : `${path}: the answer was refused (${value('reason')}); on failure: ${value('onFail')}.`;
    case 'branch':
      return `${path}: took ${attributes['taken'] === null ? 'no alternative' : `"${value('taken')}"`}.`;
    case 'loop':
      return `${path}: ${value('rounds')} rounds, ended by ${value('stopped')}.`;
    case 'retrieve':
      return `${path}: searched ${value('documents')} by ${value('by')} and found ${value('found')}.`;
    case 'tool':
      return `${path}: called ${value('tool')} with ${value('arguments')}${attributes['failed'] === true ? ', which failed' : ''}.`;
    case 'fallback':
      return `${path}: ${value('candidate')} failed (${value('class')}); the next was asked.`;
    case 'score':
      return `${path}: ${value('of')} scores ${value('score')} against the truth.`;
    case 'review':
      return `${path}: reviewed by ${value('by')}${attributes['changed'] === true ? ', who changed the answer' : ''}.`;
    default:
      return `${path}: ${kind}${Object.keys(attributes).length === 0 ? '' : ` ${JSON.stringify(attributes)}`}.`;
  }
}

function callSentence(call: TraceCall): string {
  const { attempts, answer, failure } = call;
  const failed = attempts.filter((attempt) => attempt.failure !== null);
  const last = attempts.at(-1);
  const from = last === undefined || last.source === 'asked' ? '' : sources[last.source];
  const before = failed
    .map((attempt) => `${attempt.failure!.class} after ${ms(attempt.latencyMs)}`)
    .join(', then ');
  const asked = `asked ${call.candidate === null ? '' : `${call.candidate}, `}${call.provider}/${call.model}`;
  if (answer === null) return `${asked}; it failed: ${before || failure?.class || 'no answer'}.`;
  const { usage } = answer;
  const tokens =
    usage === null ? 'tokens unknown' : `${usage.inputTokens} tokens in, ${usage.outputTokens} out`;
  const cost =
    last?.costUsd === null || last === undefined ? 'cost unknown' : `$${Number(last.costUsd.toPrecision(3))}`;
  const said =
    answer.text === '' && answer.toolCalls.length > 0
      ? `to call ${answer.toolCalls.map(({ name }) => name).join(', ')}`
      : quoted(answer.text);
  return `${asked}${before === '' ? '' : ` (${before}, then)`}; it answered ${said}${from} in ${ms(last?.latencyMs ?? 0)} (${tokens}, ${cost}${answer.confidence === null ? '' : `, confidence ${answer.confidence.toPrecision(3)}`}).`;
}

const sources = {
  shared: ', together with an equal question,',
  ledger: ', from the ledger,',
  journal: ', replayed from the journal,',
} as const;
const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
const MOST = 200;
const quoted = (text: string): string =>
  JSON.stringify(text.length > MOST ? `${text.slice(0, MOST)}…` : text);
const shown = (value: Json | undefined): string =>
  value === undefined || value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
