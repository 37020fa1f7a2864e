import type { DuckDBDataChunk } from '@duckdb/node-api';

/**
 * The raw numbers of a column without NULLs (coalesce in the query). The vector's typed array is private in the
 * package's types; reading value by value through its validity bits costs twenty times as much on 10⁶ rows.
 */
function raw<T extends Int32Array | Float64Array>(
  chunk: DuckDBDataChunk,
  column: number,
  of: new (...args: never[]) => T,
): T {
  const { items } = chunk.getColumnVector(column) as unknown as { items?: unknown };
  if (items instanceof of) return items;
  throw new Error(`Column ${column} does not hold ${of.name}.`);
}

export const integers = (chunk: DuckDBDataChunk, column: number): Int32Array =>
  raw(chunk, column, Int32Array);
export const doubles = (chunk: DuckDBDataChunk, column: number): Float64Array =>
  raw(chunk, column, Float64Array);
export const strings = (chunk: DuckDBDataChunk, column: number): (string | null)[] =>
  chunk.getColumnValues(column).map((value) => (value === null ? null : String(value)));
