/** The one gate every model call passes: what is sensitive reaches only the candidates that may see it. */
import type { ModelRequest } from '../providers/provider.ts';
import { GuardBlocked, type Item } from './compiled.ts';
import { recognise } from './recognisers.ts';
import { textOf } from './references.ts';

/** Nothing was sent. To a route it is a candidate that refuses; where no other may answer, the item fails as blocked. */
export class NotPermitted extends GuardBlocked {
  constructor(candidate: string, kinds: string) {
    super(`Candidate \`${candidate}\` may not see this request: it holds ${kinds.replaceAll('+', ', ')}.`);
  }
}

/** The kinds found where the candidate may not see the request, joined by `+`; null where it may. */
export function refusal(item: Item, candidate: string, request: ModelRequest): string | null {
  const { sensitivity } = item;
  if (sensitivity === null || sensitivity.allow.has(item.candidatePrefix + candidate)) return null;
  const kinds = recognise(textsOf(request), sensitivity.detect);
  return kinds === 'none' ? null : kinds;
}

export function requirePermitted(item: Item, candidate: string, request: ModelRequest): void {
  const kinds = refusal(item, candidate, request);
  if (kinds !== null) throw new NotPermitted(candidate, kinds);
}

/** All that leaves the engine: messages with their tool calls; local and recorded models are given the input itself. */
function textsOf({ messages, input, spec, tools }: ModelRequest): string {
  const texts = messages.map(({ content, toolCalls }) =>
    toolCalls === undefined ? content : `${content}\n${JSON.stringify(toolCalls)}`,
  );
  if (tools !== undefined) texts.push(JSON.stringify(tools));
  if (spec.provider === 'local' || spec.provider === 'recorded')
    texts.push(...Object.values(input).map(textOf));
  return texts.join('\n');
}
