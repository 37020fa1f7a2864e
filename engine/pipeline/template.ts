import type { Json } from '../api/index.ts';

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
}
export interface TemplateProblem {
  /** Characters from the start of the template. */
  offset: number;
  message: string;
  hint: string;
}

const slot = /\\\{\{|\{\{([^{}]*)\}\}|\{\{/g;

/**
 * `{{input.FIELD}}` and `{{steps.ID.output}}`; nothing else: no loops, no conditions, no helpers. `\{{` is a
 * literal `{{`. Compiled once; a value is put in as it is and never read as a template, whatever it holds.
 * Null and missing values are empty, objects and arrays their JSON.
 */
export function compileTemplate(text: string): { template: Template; problems: TemplateProblem[] } {
  const problems: TemplateProblem[] = [];
  const references: Reference[] = [];
  /** Literals around the slots: one more than references. */
  const literals: string[] = [];
  let literal = '';
  let from = 0;
  for (const match of text.matchAll(slot)) {
    literal += text.slice(from, match.index);
    from = match.index + match[0].length;
    if (match[0] === '\\{{') {
      literal += '{{';
      continue;
    }
    const reference = match[1] === undefined ? null : parseReference(match[1].trim());
    if (reference) {
      references.push(reference);
      literals.push(literal);
      literal = '';
      continue;
    }
    literal += match[0];
    const unclosed = match[1] === undefined;
    problems.push({
      offset: match.index,
      message: unclosed ? 'A `{{` is not closed.' : `\`${match[0]}\` is no reference.`,
      hint: 'Write `{{input.FIELD}}` or `{{steps.ID.output}}`, or `\\{{` for the two brackets themselves.',
    });
  }
  literals.push(literal + text.slice(from));
  const readers = references.map(reader);
  return {
    problems,
    template: {
      references,
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
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** All input fields: the one value, or `field: value` lines. Stands in where a step names no prompt. */
export function wholeInput(input: { [key: string]: Json }, labelled: boolean): string {
  const fields = Object.entries(input);
  if (fields.length === 1 || !labelled) return fields.map(([, value]) => textOf(value)).join('\n');
  return fields.map(([field, value]) => `${field}: ${textOf(value)}`).join('\n');
}
