/** Small values that appear everywhere in the contract. */
import { z } from 'zod';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export const Json: z.ZodType<Json> = z.json();

/** A figure with its uncertainty. A number without n and an interval is not shown. */
export interface Estimate {
  mean: number;
  lo: number;
  hi: number;
  /** Rows behind it (groups where rows are clustered are counted by `groups`). */
  n: number;
  /** Confidence level of [lo, hi], e.g. 0.95. */
  level: number;
  groups?: number | undefined;
}

export interface Warning {
  code: string;
  message: string;
  count: number;
  /** A few example ids, lines or values: never the whole list. */
  examples: string[];
}

/** A page of a large table: columns as arrays of equal length. Numeric columns are Float64Array, NaN for missing. */
export interface Page {
  total: number;
  offset: number;
  columns: Record<string, Float64Array | (string | null)[]>;
}

export const splits = ['fit', 'calibrate', 'test'] as const;
export type Split = (typeof splits)[number];

export const PageRequest = z.object({
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(10_000).default(100),
});
