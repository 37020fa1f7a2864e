/**
 * Conversations as people have them, made one form. Read: `[{role, content}]` of OpenAI, Anthropic and Hugging Face
 * chat templates, with contents as text or as text parts; requests that hold them (`{messages}`, with Anthropic's
 * `system` beside it); ShareGPT's `{conversations: [{from, value}]}`; and JSON text of each. Sources: the providers'
 * API references, and the ShareGPT form that LLaMA-Factory's data/README.md and axolotl's documentation describe.
 */
import type { Json } from '../engine/api/index.ts';
import type { ChatMessage, ChatRole } from '../engine/text/index.ts';

export type ReadMessages =
  | { ok: true; messages: ChatMessage[]; answer: string | null }
  | { ok: false; reason: string };

const roleNames: ReadonlyMap<string, ChatRole> = new Map<string, ChatRole>([
  ...['system', 'developer'].map((name) => [name, 'system'] as const),
  ...['user', 'human', 'prompter'].map((name) => [name, 'user'] as const),
  ...['assistant', 'gpt', 'chatgpt', 'bot', 'model', 'ai'].map((name) => [name, 'assistant'] as const),
]);

type Fields = { [key: string]: Json };
const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const failed = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });

/** `answer` is what the assistant said last, taken off: a model is never shown the answer it is asked for. */
export function readMessages(value: Json): ReadMessages {
  let held = value;
  if (typeof held === 'string') {
    try {
      // JSON.parse yields JSON, by definition.
      held = JSON.parse(held) as Json;
    } catch {
      return failed('the conversation is not JSON');
    }
  }
  const messages: ChatMessage[] = [];
  if (isFields(held)) {
    if (typeof held['system'] === 'string' && held['system'].trim() !== '')
      messages.push({ role: 'system', content: held['system'] });
    held = held['messages'] ?? held['conversations'] ?? null;
  }
  if (!Array.isArray(held)) return failed('the conversation is not a list of messages');
  for (const [index, item] of held.entries()) {
    const read = readMessage(item);
    if (typeof read === 'string') return failed(`message ${index + 1}: ${read}`);
    messages.push(read);
  }
  const last = messages.at(-1);
  const answer = last?.role === 'assistant' ? last.content : null;
  if (answer !== null) messages.pop();
  if (messages.at(-1)?.role !== 'user') {
    return failed(
      messages.length === 0
        ? 'the conversation has no message to answer'
        : 'the conversation does not end with a message of the user (and at most one answer after it)',
    );
  }
  return { ok: true, messages, answer };
}

/** The message, or why it is none. */
function readMessage(item: Json): ChatMessage | string {
  if (!isFields(item)) return 'it is no object with a role and a text';
  const named = item['role'] ?? item['from'];
  if (typeof named !== 'string') return 'it has no role';
  const role = roleNames.get(named.trim().toLowerCase());
  if (role === undefined) return `the role "${named.slice(0, 40)}" is none of system, user and assistant`;
  if (Array.isArray(item['tool_calls']) && item['tool_calls'].length > 0) return 'it calls tools';
  const content = contentOf(item['content'] ?? item['value'] ?? null);
  if (content === null) return 'it holds something other than text';
  return content.trim() === '' ? 'it is empty' : { role, content };
}

/** A text, or text parts joined; null where a part is an image or anything else that is no text. */
function contentOf(content: Json): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content.map((part) =>
    typeof part === 'string'
      ? part
      : isFields(part) && typeof part['text'] === 'string' && (part['type'] ?? 'text') === 'text'
        ? part['text']
        : null,
  );
  return texts.includes(null) ? null : texts.join('\n');
}
