import type { Json } from '../api/index.ts';
import { chatMessages, chatText, chatTranscript, scanSlots } from '../text/index.ts';

/** What a slot reads: an input field by its name (or dotted path), or an earlier step's output. */
export type Reference = { kind: 'input'; path: string } | { kind: 'step'; step: string };
export interface TemplateScope {
  input: { [key: string]: Json };
  /** By step id: the text of an answer, or the value of a signal. */
  outputs: Map<string, Json>;
}
export interface Template {
  readonly references: Reference[];
  render(scope: TemplateScope): string;
  /** The value itself where the template is one slot and nothing else; undefined otherwise. */
  whole(scope: TemplateScope): Json | undefined;
}
export interface TemplateProblem {
  /** Characters from the start of the template. */
  offset: number;
  message: string;
  hint: string;
}

/**
 * `{{input.FIELD}}` and `{{steps.ID.output}}`; nothing else: no loops, no conditions, no helpers. `\{{` is a
 * literal `{{`. Compiled once; a value is put in as it is and never read as a template, whatever it holds.
 * Null and missing values are empty, a conversation its transcript, other objects and arrays their JSON.
 */
export function compileTemplate(text: string): { template: Template; problems: TemplateProblem[] } {
  const { references, literals, problems: found } = scanSlots(text, parseReference);
  const problems = found.map(({ offset, slot, unclosed }): TemplateProblem => ({
    offset,
    message: unclosed ? 'A `{{` is not closed.' : `\`${slot}\` is no reference.`,
    hint: 'Write `{{input.FIELD}}` or `{{steps.ID.output}}`, or `\\{{` for the two brackets themselves.',
  }));
  const readers = references.map(reader);
  return {
    problems,
    template: {
      references,
      whole: (scope) => (readers.length === 1 && literals.join('') === '' ? readers[0]!(scope) : undefined),
      render(scope) {
        let out = literals[0]!;
        for (let i = 0; i < readers.length; i++) out += textOf(readers[i]!(scope)) + literals[i + 1]!;
        return out;
      },
    },
  };
}

function parseReference(inside: string): Reference | null {
  if (inside.startsWith('input.') && inside.length > 6) return { kind: 'input', path: inside.slice(6) };
  const step = /^steps\.([^.]+)\.output$/.exec(inside);
  return step ? { kind: 'step', step: step[1]! } : null;
}

function reader(reference: Reference): (scope: TemplateScope) => Json | undefined {
  if (reference.kind === 'step') return (scope) => scope.outputs.get(reference.step);
  const { path } = reference;
  const parts = path.split('.');
  return ({ input }) => {
    // A column may itself be named with a dot: its whole name comes first.
    if (Object.hasOwn(input, path)) return input[path];
    let value: Json | undefined = input;
    for (const part of parts) {
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
      // An array answers to its indexes like an object to its keys.
      value = (value as { [key: string]: Json })[part];
    }
    return value;
  };
}

export function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  const messages = chatMessages(value);
  return messages === null ? JSON.stringify(value) : chatTranscript(messages);
}

/** As `textOf`, but of a conversation only what was said: signals do not measure the names of roles. */
function plainText(value: Json): string {
  const messages = chatMessages(value);
  return messages === null ? textOf(value) : chatText(messages);
}

/** All input fields: the one value, or `field: value` lines. Stands in where a step names no prompt. */
export function wholeInput(input: { [key: string]: Json }, labelled: boolean): string {
  const fields = Object.entries(input);
  if (!labelled) return fields.map(([, value]) => plainText(value)).join('\n');
  if (fields.length === 1) return fields.map(([, value]) => textOf(value)).join('\n');
  return fields.map(([field, value]) => `${field}: ${textOf(value)}`).join('\n');
}
