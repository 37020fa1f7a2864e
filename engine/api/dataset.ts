/** Datasets: labelled examples, immutable once imported, named by content hash. */
import { z } from 'zod';
import { type Estimate, type Json, PageRequest, type Split, type Warning } from './values.ts';

/** One row of ground truth. */
export interface Example {
  id: string;
  /** The input fields, by column name. */
  input: Record<string, Json>;
  /** The expected answer; null where the dataset has none. */
  expected: Json;
  /** Rows of one group are never separated by a split, and count as one cluster in intervals. */
  group: string | null;
  tags: Record<string, string>;
  split: Split | null;
}

/** How an answer is judged, and how two answers are found to agree. Agreement ignores `expected`. */
export const ScorerSpec = z.discriminatedUnion('kind', [
  /** Equal after NFKC, trimming, collapsing blanks and (unless caseSensitive) case folding. */
  z.strictObject({ kind: z.literal('exact'), caseSensitive: z.boolean().default(false) }),
  /** The normalised answer contains the normalised expected text. */
  z.strictObject({ kind: z.literal('contains'), caseSensitive: z.boolean().default(false) }),
  /** `pattern`'s first capture group (or whole match) is taken from the answer, then compared as `exact`. */
  z.strictObject({ kind: z.literal('regex'), pattern: z.string().min(1), flags: z.string().default('') }),
  /** The last number in the answer (thousands separators, currency and % dropped) within tolerance. */
  z.strictObject({
    kind: z.literal('numeric'),
    absolute: z.number().min(0).default(1e-9),
    relative: z.number().min(0).default(1e-9),
  }),
  /** The answer is JSON (possibly in a code fence); the value at `path` (dots) is compared as `exact` or `numeric`. */
  z.strictObject({
    kind: z.literal('json-field'),
    path: z.string().min(1),
    as: z.enum(['exact', 'numeric']).default('exact'),
  }),
]);
export type ScorerSpec = z.infer<typeof ScorerSpec>;

export const fileFormats = ['csv', 'tsv', 'json', 'jsonl', 'parquet'] as const;
export type FileFormat = (typeof fileFormats)[number];

/** A path (refused at served doors), a glob, `-` for stdin, or bytes uploaded through `uploads`. */
export const Source = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('path'),
    path: z.string().min(1),
    format: z.enum(fileFormats).optional(),
  }),
  z.strictObject({
    kind: z.literal('upload'),
    upload: z.string().min(1),
    format: z.enum(fileFormats).optional(),
  }),
]);
export type Source = z.infer<typeof Source>;

export const DatasetMapping = z.strictObject({
  /** Input columns; dots reach into nested JSON. */
  input: z.array(z.string().min(1)).min(1),
  expected: z.string().min(1).optional(),
  id: z.string().min(1).optional(),
  group: z.string().min(1).optional(),
  tags: z.array(z.string().min(1)).default([]),
  split: z.string().min(1).optional(),
});
export type DatasetMapping = z.infer<typeof DatasetMapping>;

export const DatasetImport = z.strictObject({
  source: Source,
  name: z.string().min(1).max(200),
  ...DatasetMapping.shape,
  /** Inferred from the expected column when absent: numeric where all are numbers, else exact. */
  scorer: ScorerSpec.optional(),
  /** Rows that may be rejected before the whole import is refused. */
  maxRejected: z.number().int().min(0).default(0),
});
export type DatasetImport = z.infer<typeof DatasetImport>;

export interface RejectedRow {
  /** 1-based line (text formats) or row number where the row starts. */
  line: number;
  code:
    | 'label_missing'
    | 'id_duplicate'
    | 'id_missing'
    | 'malformed'
    | 'input_missing'
    | 'split_unknown'
    | 'too_large';
  message: string;
}

export interface DatasetImported {
  dataset: string;
  hash: string;
  rows: number;
  /** True when the same bytes and mapping were there already. */
  unchanged: boolean;
  scorer: ScorerSpec;
  rejected: RejectedRow[];
  warnings: Warning[];
}

export const DatasetPreview = z.strictObject({
  source: Source,
  rows: z.number().int().min(1).max(200).default(20),
});

export interface ColumnPreview {
  name: string;
  type: 'text' | 'number' | 'boolean' | 'json' | 'empty';
  /** Counted on the previewed rows only. */
  nulls: number;
  distinct: number;
}
export interface DatasetPreviewed {
  format: FileFormat;
  columns: ColumnPreview[];
  rows: Record<string, Json>[];
  suggestion: {
    id?: string;
    input: string[];
    expected?: string;
    group?: string;
    tags: string[];
    split?: string;
  };
}

export interface DatasetSummary {
  name: string;
  hash: string;
  rows: number;
  created: string;
  mapping: DatasetMapping;
  scorer: ScorerSpec;
  /** File name only, never a path. */
  source: string;
  /** Rows per split as provided; `none` where the row has no split. */
  splits: Record<string, number>;
}

export interface ColumnSummary {
  name: string;
  role: 'input' | 'expected' | 'group' | 'tag';
  type: ColumnPreview['type'];
  nulls: number;
  distinct: number;
  /** Up to 20 equal-width bins of the number, or of the text length in characters. */
  histogram: { lo: number; hi: number; count: number }[];
}
export interface DatasetShown extends DatasetSummary {
  columns: ColumnSummary[];
  /** Expected answers with their counts, most frequent first, at most 50; `labelCount` is how many there are. */
  labels: { label: string; count: number }[];
  labelCount: number;
  /** Distinct duplicated inputs, and rows that repeat an earlier input. */
  duplicates: { inputs: number; rows: number };
}

export const severities = ['error', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

export interface DatasetFinding extends Warning {
  severity: Severity;
  /** What `count` counts. */
  unit: 'rows' | 'inputs' | 'columns' | 'values';
  /** What to do about it. */
  advice: string;
  /** Ids of the rows, those that belong together in one list; at most 1,000 lists. Never a value. */
  rows: string[][];
}

export interface DatasetChecked {
  dataset: string;
  rows: number;
  /** The worst first. */
  findings: DatasetFinding[];
  /** What was not looked at, or only in part. */
  notes: string[];
}

export const DatasetCheck = z.strictObject({
  dataset: z.string().min(1),
  /** A run over this dataset: its outcomes show where labels are probably wrong. */
  run: z.string().min(1).optional(),
});

export const DatasetRef = z.strictObject({ dataset: z.string().min(1) });
export const DatasetRows = z.strictObject({
  dataset: z.string().min(1),
  ...PageRequest.shape,
  /** Only rows whose input or expected answer contains this text. */
  search: z.string().optional(),
});

export const OutcomesImport = z.strictObject({
  source: Source,
  dataset: z.string().min(1),
  name: z.string().min(1).max(200).optional(),
  example: z.string().min(1),
  candidate: z.string().min(1),
  score: z.string().min(1).optional(),
  output: z.string().min(1).optional(),
  cost: z.string().min(1).optional(),
  latency: z.string().min(1).optional(),
  inputTokens: z.string().min(1).optional(),
  outputTokens: z.string().min(1).optional(),
  error: z.string().min(1).optional(),
  signals: z.array(z.string().min(1)).default([]),
  maxRejected: z.number().int().min(0).default(0),
});
export type OutcomesImport = z.infer<typeof OutcomesImport>;

/** What one candidate did over a run. Null figures: nothing known, never 0. */
export interface CandidateSummary {
  id: string;
  /** Outcomes with a score. */
  n: number;
  failed: number;
  score: Estimate | null;
  costUsd: Estimate | null;
  /** Prices are declared by a sample, not charged by anybody. */
  priceNominal: boolean;
  latencyMs: (Estimate & { p50: number; p95: number }) | null;
}

export interface OutcomesImported {
  run: string;
  dataset: string;
  outcomes: number;
  candidates: CandidateSummary[];
  rejected: RejectedRow[];
  warnings: Warning[];
}
