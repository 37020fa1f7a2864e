import type { Json } from '../api/index.ts';
import { chatMessages, chatText, scanSlots } from '../text/index.ts';
import { compileLiquid, isLiquid } from './liquid.ts';
import { type Reference, parseReference, readReference, type TemplateScope, textOf } from './references.ts';

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
 * Slots alone (`{{input.FIELD}}`, `{{steps.ID.output}}` and what references.ts knows beside them), or, where a text
 * holds a tag (`{% if … %}`) or a filter (`{{ … | … }}`), Liquid over the same names. `\{{` is a literal `{{`. Compiled
 * once; a value is put in as it is and never read as a template, whatever it holds. Null and missing values are
 * empty, a conversation its transcript, other objects and arrays their JSON.
 */
export function compileTemplate(text: string): { template: Template; problems: TemplateProblem[] } {
  if (isLiquid(text)) return compileLiquid(text);
  const { references, literals, problems: found } = scanSlots(text, parseReference);
  const problems = found.map(({ offset, slot, unclosed }): TemplateProblem => ({
    offset,
    message: unclosed ? 'A `{{` is not closed.' : `\`${slot}\` is no reference.`,
    hint: 'Write `{{input.FIELD}}` or `{{steps.ID.output}}`, or `\\{{` for the two brackets themselves.',
  }));
  const readers = references.map(readReference);
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
