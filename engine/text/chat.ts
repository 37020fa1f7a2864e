/** A conversation as a value of an input field: how it is told from other JSON, and how it reads as text. */

export const chatRoles = ['system', 'user', 'assistant'] as const;
export type ChatRole = (typeof chatRoles)[number];
/** A type, not an interface: it is also JSON. */
export type ChatMessage = { role: ChatRole; content: string };

const roles = new Set<unknown>(chatRoles);

/** The messages of a value that is nothing but `{role, content}` objects with text contents; null for anything else. */
export function chatMessages(value: unknown): ChatMessage[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  return value.every(isMessage) ? value : null;
}

function isMessage(value: unknown): value is ChatMessage {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false;
  // Both fields are looked at here.
  const { role, content } = value as { role?: unknown; content?: unknown };
  return roles.has(role) && typeof content === 'string';
}

/** `user: …` by message, an empty line between two: for people, and for prompts that quote a conversation. */
export const chatTranscript = (messages: ChatMessage[]): string =>
  messages.map(({ role, content }) => `${role}: ${content}`).join('\n\n');

/** What was said and nothing else: what a length or a search for personal data is measured on. */
export const chatText = (messages: ChatMessage[]): string =>
  messages.map(({ content }) => content).join('\n');
