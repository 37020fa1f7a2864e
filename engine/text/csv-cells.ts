/** Cells of CSV that a spreadsheet shows and never runs. */

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

/** One line with its line end; an unknown number or an absent text is an empty cell. */
export const csvLine = (values: (string | number | null)[]): string => `${values.map(cell).join(',')}\r\n`;
