import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Message, ModelRequest, ModelSpec } from '../providers/provider.ts';

/** What the answer depends on besides the request itself; null for a provider that only sees the messages. */
export interface InputDependence {
  /** Of the rows a local model was trained on. */
  training: string | null;
  /** For answers recorded a row at a time: the dataset they belong to. */
  dataset: string | null;
}

/**
 * sha256 (hex) of everything the answer depends on: not the key, the timeout or the price. Two requests with the
 * same hash are the same question, in whichever run.
 */
export function requestHash(request: ModelRequest, dependence: InputDependence | null): string {
  const parts = [
    specText(request.spec),
    messagesText(request.messages),
    request.tools === undefined ? '' : textOf(request.tools),
    request.output === undefined ? '' : textOf(request.output),
    request.logprobs === true ? 'logprobs' : '',
  ];
  if (dependence !== null) {
    parts.push(canonicalize(request.input) ?? '', dependence.training ?? '', dependence.dataset ?? '');
    if (dependence.dataset !== null) parts.push(request.example ?? '');
  }
  return hash('sha256', JSON.stringify(parts));
}

const texts = new WeakMap<object, string>();

/** Specs, tools and schemas are made once a pipeline and shared by all its requests. */
function textOf(value: object): string {
  let text = texts.get(value);
  if (text === undefined) texts.set(value, (text = canonicalize(value) ?? ''));
  return text;
}

const specTexts = new WeakMap<ModelSpec, string>();
export function specText(spec: ModelSpec): string {
  let text = specTexts.get(spec);
  if (text === undefined) {
    const { keyVariable: _key, timeoutMs: _timeout, price: _price, ...asked } = spec;
    specTexts.set(spec, (text = canonicalize(asked) ?? ''));
  }
  return text;
}

/** Much faster than canonical JSON, and as unambiguous: a list of lists in one fixed order. */
const messagesText = (messages: Message[]): string =>
  JSON.stringify(
    messages.map(({ role, content, toolCalls, toolCallId }) =>
      toolCalls === undefined && toolCallId === undefined
        ? [role, content]
        : [role, content, toolCalls === undefined ? null : canonicalize(toolCalls), toolCallId ?? null],
    ),
  );
