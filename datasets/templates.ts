/** Input fields made of several columns: pipelines' template grammar over the columns of a file. */
import { type Json, WorkbenchError } from '../engine/api/index.ts';
import { scanSlots } from '../engine/text/index.ts';
import { asText, blank } from './records.ts';

export interface ColumnTemplate {
  field: string;
  /** Dots reach into JSON. */
  columns: string[];
  /** Null where every column is empty: the words around them are no input. */
  render(at: (column: string) => Json | undefined): string | null;
}

/** Throws input.invalid for a template with a slot left open, without a column, or for a field that `input` does not name. */
export function columnTemplates(
  templates: Record<string, string> | undefined,
  input: string[],
): ColumnTemplate[] {
  return Object.entries(templates ?? {}).map(([field, text]) => {
    const { references, literals, problems } = scanSlots(text, (inside) => (inside === '' ? null : inside));
    const [problem] = problems;
    if (problem !== undefined || references.length === 0) {
      throw new WorkbenchError(
        'input.invalid',
        problem === undefined
          ? `The template of "${field}" names no column.`
          : `The template of "${field}": \`${problem.slot}\` at character ${problem.offset + 1} is ${problem.unclosed ? 'not closed' : 'no column'}.`,
        { hint: 'Write {{COLUMN}} for the value of a column, or \\{{ for the two brackets themselves.' },
      );
    }
    if (!input.includes(field)) {
      throw new WorkbenchError(
        'input.invalid',
        `There is a template for "${field}", which is no input field.`,
        {
          hint: `Name "${field}" among the inputs too.`,
        },
      );
    }
    return {
      field,
      columns: [...new Set(references)],
      render(at) {
        const values = references.map(at);
        if (values.every(blank)) return null;
        return values.reduce<string>(
          (made, value, index) =>
            made + (value === undefined || value === null ? '' : asText(value)) + literals[index + 1]!,
          literals[0]!,
        );
      },
    };
  });
}
