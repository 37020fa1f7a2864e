/** A column of text as text. What is none is a defect of the query that read it. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new TypeError(
    `A text was expected in the workspace, not ${value === null ? 'nothing' : typeof value}.`,
  );
}
