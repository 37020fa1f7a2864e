import type { Example, Json } from '../api/index.ts';
import type { Message, ModelRequest, ModelSpec } from '../providers/provider.ts';
import type { Answer, Item } from './compiled.ts';
import { type Template, type TemplateScope, wholeInput } from './template.ts';

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
  const content = asking.prompt ? asking.prompt.render(scope) : wholeInput(example.input, true);
  const messages: Message[] = asking.system
    ? [
        { role: 'system', content: asking.system.render(scope) },
        { role: 'user', content },
      ]
    : [{ role: 'user', content }];
  const request: ModelRequest = { spec, messages, input: example.input, example: example.id };
  if (asking.output !== undefined) request.output = asking.output;
  if (asking.logprobs) request.logprobs = true;
  return request;
}

/** Asks, and makes the answer the item's latest. `path` names the call in the journal. */
export async function ask(
  item: Item,
  asking: Asking,
  candidate: string,
  options: { path: string; request: ModelRequest },
): Promise<string> {
  const started = performance.now();
  const { request, path } = options;
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
