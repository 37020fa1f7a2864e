import type { Example, Json } from '../api/index.ts';
import { chatMessages, chatTranscript } from '../text/index.ts';
import type { Row } from './database.ts';
import { textOf } from './text-of.ts';

/** Every JSON text here was written by this room from an Example. */
export function exampleOf(row: Row): Example {
  const parsed = (key: string): unknown => (row[key] === null ? null : JSON.parse(textOf(row[key])));
  return {
    id: textOf(row['id']),
    input: parsed('input') as Record<string, Json>,
    expected: parsed('expected') as Json,
    group: row['group'] === null ? null : textOf(row['group']),
    tags: (parsed('tags') ?? {}) as Record<string, string>,
    split: row['split'] as Example['split'],
  };
}

/** RFC 6901: reaches a key whatever characters it holds. */
export const jsonPointer = (key: string): string => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

export function shown(value: Json): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  const messages = chatMessages(value);
  return messages === null ? JSON.stringify(value) : chatTranscript(messages);
}
