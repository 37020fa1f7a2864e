/** The input fields of a row: columns as they are, templates filled in, conversations made one form. */
import { type DatasetMapping, type Json, type RejectedRow, WorkbenchError } from '../engine/api/index.ts';
import { readMessages } from './messages.ts';
import { blank } from './records.ts';
import { columnTemplates } from './templates.ts';

export type ReadInput =
  | { input: Record<string, Json>; answers: Map<string, string | null> }
  | { rejection: Pick<RejectedRow, 'code' | 'message'> };

export interface InputFields {
  /** Every column that is read, by the part it plays: to be looked for before any row is read. */
  asked: [role: string, column: string][];
  /** `answers`: by conversation column, what its assistant said last. */
  read(at: (column: string) => Json | undefined): ReadInput;
}

/** Throws input.invalid for templates and conversations that do not fit the inputs. */
export function inputFields({ input, templates, messages = [] }: DatasetMapping): InputFields {
  const made = columnTemplates(templates, input);
  const byField = new Map(made.map((template) => [template.field, template]));
  const conversations = new Set(messages);
  for (const field of conversations) {
    if (input.includes(field) && !byField.has(field)) continue;
    throw new WorkbenchError(
      'input.invalid',
      `"${field}" cannot hold conversations: it is no input column.`,
      {
        hint: 'A conversation is a column of the inputs, and not made by a template.',
      },
    );
  }
  return {
    asked: [
      ...input
        .filter((field) => !byField.has(field))
        .map((column): [string, string] => [`input ${column}`, column]),
      ...made.flatMap(({ field, columns }) =>
        columns.map((column): [string, string] => [`template of ${field}: ${column}`, column]),
      ),
    ],
    read(at) {
      const answers = new Map<string, string | null>();
      const fields: [string, Json][] = [];
      for (const field of input) {
        const template = byField.get(field);
        const value = template === undefined ? (at(field) ?? null) : template.render(at);
        if (!conversations.has(field) || blank(value)) {
          fields.push([field, value]);
          continue;
        }
        const read = readMessages(value);
        if (!read.ok)
          return { rejection: { code: 'messages_invalid', message: `"${field}": ${read.reason}` } };
        fields.push([field, read.messages]);
        answers.set(field, read.answer);
      }
      if (fields.every(([, value]) => blank(value))) {
        const named = input.map((field) => `"${field}"`).join(', ');
        return { rejection: { code: 'input_missing', message: `no value in ${named}` } };
      }
      return { input: Object.fromEntries(fields), answers };
    },
  };
}
