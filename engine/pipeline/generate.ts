import type { Example, Json } from '../api/index.ts';
import type { Message, ModelRequest, ModelSpec } from '../providers/provider.ts';
import { chatMessages } from '../text/index.ts';
import type { Answer, Item } from './compiled.ts';
import type { TemplateScope } from './references.ts';
import { requirePermitted } from './sensitivity.ts';
import { type Template, wholeInput } from './template.ts';

/** What a generate step asks, whichever model it asks. */
export interface Asking {
  id: string;
  prompt: Template | null;
  system: Template | null;
  output: { [key: string]: Json } | undefined;
  logprobs: boolean;
}

export function requestOf(
  asking: Asking,
  spec: ModelSpec,
  example: Example,
  scope: TemplateScope,
): ModelRequest {
  const asked = conversation(asking, example, scope) ?? [
    {
      role: 'user',
      content: asking.prompt ? asking.prompt.render(scope) : wholeInput(example.input, true),
    },
  ];
  const messages: Message[] = asking.system
    ? [{ role: 'system', content: asking.system.render(scope) }, ...asked]
    : asked;
  const request: ModelRequest = { spec, messages, input: example.input, example: example.id };
  if (asking.output !== undefined) request.output = asking.output;
  if (asking.logprobs) request.logprobs = true;
  return request;
}

/**
 * The messages of the example, sent as they are: where the prompt is `{{input.FIELD}}` alone and the field holds a
 * conversation, or where there is no prompt and the conversation is the only input field.
 */
function conversation(asking: Asking, example: Example, scope: TemplateScope): Message[] | null {
  if (asking.prompt !== null) {
    const [reference] = asking.prompt.references;
    return reference?.kind === 'input' ? chatMessages(asking.prompt.whole(scope)) : null;
  }
  const values = Object.values(example.input);
  return values.length === 1 ? chatMessages(values[0]) : null;
}

/**
 * Asks, and makes the answer the item's latest. `path` names the call in the journal, within where the item is. Throws
 * NotPermitted, before anything is sent, where the request is sensitive and the candidate may not see such.
 */
export async function ask(
  item: Item,
  asking: Asking,
  candidate: string,
  options: { path: string; request: ModelRequest },
): Promise<string> {
  const started = performance.now();
  const { request } = options;
  const path = item.prefix + options.path;
  requirePermitted(item, candidate, request);
  const response = await item.context.call(path, request);
  take(item, asking, { candidate, request, response });
  if (!item.answeredBy.includes(response.answeredBy)) item.answeredBy.push(response.answeredBy);
  item.context.span({
    step: path,
    kind: 'generate',
    startedMs: performance.timeOrigin + started,
    durationMs: performance.now() - started,
    attributes: {
      candidate,
      model: request.spec.model,
      answeredBy: response.answeredBy,
      finish: response.finish,
      confidence: response.confidence,
      costUsd: response.costUsd,
      inputTokens: response.usage?.inputTokens ?? null,
      outputTokens: response.usage?.outputTokens ?? null,
    },
  });
  return response.text;
}

/** Makes an answer the one that counts for its step, and for the item. */
export function take(item: Item, asking: Asking, answer: Answer): void {
  const { text, confidence } = answer.response;
  item.answers.set(asking.id, answer);
  item.scope.outputs.set(asking.id, text);
  item.output = text;
  item.signals.set(`${asking.id}.confidence`, confidence);
  item.signals.set(`${asking.id}.answer_chars`, text.length);
  item.signals.set('confidence', confidence);
  item.signals.set('answer_chars', text.length);
}
