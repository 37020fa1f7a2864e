import type { DuckDBAppender } from '@duckdb/node-api';

/** Values of one row, in column order. */
export const text = (appender: DuckDBAppender, value: string | null): void => {
  if (value === null) appender.appendNull();
  else appender.appendVarchar(value);
};

/** Null, NaN and infinities are all "unknown": none of them is stored. */
export const double = (appender: DuckDBAppender, value: number | null): void => {
  if (value === null || !Number.isFinite(value)) appender.appendNull();
  else appender.appendDouble(value);
};
