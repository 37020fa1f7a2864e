import type { ComparedTable } from './compared-table.ts';

/** What a spreadsheet takes for a formula when a cell begins with it (OWASP, "CSV Injection"), full-width forms too. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
/** A number alone is no formula: `-5` stays `-5`. */
const NUMBER = /^[+-]?(\d+([.,]\d+)*|\.\d+)(e[+-]?\d+)?([ \u00a0\u202f]?%)?$/i;

/** A text that a spreadsheet shows instead of running it: an apostrophe before what would be a formula. */
export const neutral = (text: string): string =>
  FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;

/** RFC 4180: quoted where it holds a comma, a quote or a line break. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
  const text = neutral(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const line = (values: (string | number | null)[]): string => `${values.map(cell).join(',')}\r\n`;

/** The rows as CSV with a header; an unknown number is an empty cell, as is an absent answer. */
export async function* csvOf({ columns, batches }: ComparedTable): AsyncGenerator<string> {
  yield line(columns);
  for await (const batch of batches()) {
    const values = columns.map((name) => batch[name]!);
    const rows = values[0]?.length ?? 0;
    let text = '';
    for (let row = 0; row < rows; row++) text += line(values.map((column) => column[row] ?? null));
    yield text;
  }
}
