/** Datasets: labelled examples, immutable once imported, named by content hash. */
import { z } from 'zod';
import { ScorerSpec } from './scorer.ts';
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

export const fileFormats = ['csv', 'tsv', 'json', 'jsonl', 'parquet'] as const;
export type FileFormat = (typeof fileFormats)[number];

/** A dataset of the Hugging Face Hub, downloaded over the network because the person names it. */
export const HubSource = z.strictObject({
  kind: z.literal('hub'),
  /** `owner/name[/config][@revision]`. */
  dataset: z.string().min(1).max(400),
  /** May be absent where there is only one. Of several, the column `hf_split` says which a row is of. */
  splits: z.array(z.string().min(1)).min(1).max(100).optional(),
  /** Of all files together; 5 GB when absent. */
  maxBytes: z.number().int().min(1).optional(),
  format: z.enum(fileFormats).optional(),
});
export type HubSource = z.infer<typeof HubSource>;

/** A path (refused at served doors), a glob, `-` for stdin, bytes uploaded through `uploads`, or a name on the Hub. */
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
  HubSource,
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
  /** Input fields made of several columns: by field name (which `input` names too), `{{question}}\n{{context}}`. */
  templates: z.record(z.string().min(1), z.string().min(1).max(100_000)).optional(),
  /** Those of `input` that hold conversations: `[{role, content}]`, or JSON text of it, in whatever common form. */
  messages: z.array(z.string().min(1)).optional(),
});
export type DatasetMapping = z.infer<typeof DatasetMapping>;

/** Shares, taken in proportion; zero for a part that is not wanted. */
export const SplitShares = z
  .strictObject({
    fit: z.number().min(0),
    calibrate: z.number().min(0),
    test: z.number().min(0),
    seed: z.number().int().min(0).default(1),
  })
  .refine(({ fit, calibrate, test }) => fit + calibrate + test > 0, 'one of the shares must be above 0');
export type SplitShares = z.infer<typeof SplitShares>;

export const DatasetImport = z.strictObject({
  source: Source,
  name: z.string().min(1).max(200),
  ...DatasetMapping.shape,
  /** Inferred from the expected column when absent: numeric where all are numbers, else exact. */
  scorer: ScorerSpec.optional(),
  /** Rows that may be rejected before the whole import is refused. */
  maxRejected: z.number().int().min(0).default(0),
  /** The same as a share of all rows; the larger of the two counts. */
  maxRejectedShare: z.number().min(0).max(1).optional(),
  /** Splits to make: by label in proportion, with groups and rows of the same input whole. Not with a split column. */
  makeSplits: SplitShares.optional(),
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
    | 'too_large'
    | 'pair_missing'
    | 'pair_duplicate'
    | 'score_invalid'
    | 'amount_invalid'
    | 'messages_invalid';
  message: string;
}

export interface DatasetImported {
  dataset: string;
  hash: string;
  rows: number;
  /** True when the same bytes and mapping were there already. */
  unchanged: boolean;
  scorer: ScorerSpec;
  /** The first 1,000 of `rejections`. */
  rejected: RejectedRow[];
  rejections: number;
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
export type SuggestedRole = 'input' | 'expected' | 'id' | 'group' | 'split' | 'tag';
export interface MappingReason {
  column: string;
  role: SuggestedRole;
  confidence: 'sure' | 'likely' | 'a guess';
  /** From the names and the previewed rows only. */
  reason: string;
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
    /** Those of `input` that hold conversations. */
    messages?: string[];
    reasons: MappingReason[];
  };
}

/** The rows that an import with this mapping would leave out, as a file. */
export const DatasetRejections = z.strictObject({ source: Source, ...DatasetMapping.shape });
export type DatasetRejections = z.infer<typeof DatasetRejections>;

const versions = {
  /** The older version: a name (its newest version), or a hash or the beginning of one. */
  a: z.string().min(1),
  b: z.string().min(1),
};
export const DatasetDiff = z.strictObject({
  ...versions,
  /** Rows that are told; all are counted. */
  limit: z.number().int().min(0).max(10_000).default(20),
});
export type DatasetDiff = z.infer<typeof DatasetDiff>;
export const DatasetDiffExport = z.strictObject({ ...versions, format: z.enum(['csv', 'jsonl']) });
export type DatasetDiffExport = z.infer<typeof DatasetDiffExport>;

export interface DifferentRow {
  change: 'added' | 'removed' | 'changed';
  id: string;
  /** `input:FIELD`, `expected`, `group`, `split`, `tag:NAME`; of an added or removed row all that hold something. */
  columns: { column: string; before: Json; after: Json }[];
}
export interface DatasetDifference {
  a: { name: string; hash: string; rows: number };
  b: { name: string; hash: string; rows: number };
  /** By id where both versions kept ids; else by the input, the nth of equal ones with the nth. */
  by: 'id' | 'content';
  counts: { added: number; removed: number; changed: number; same: number };
  /** Rows that are in both, by what differs; a row may count in several. */
  moves: { input: number; expected: number; split: number; tags: number; group: number };
  /** Null where nothing changed. */
  scorer: { before: ScorerSpec; after: ScorerSpec } | null;
  mapping: { before: DatasetMapping; after: DatasetMapping } | null;
  rows: DifferentRow[];
}

export interface DatasetSummary {
  name: string;
  hash: string;
  rows: number;
  created: string;
  mapping: DatasetMapping;
  scorer: ScorerSpec;
  /** File name only, never a path; of a dataset of the Hub its name, commit and files. */
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
  /** Of the lengths in characters, or of the numbers where all are numbers; null where every value is missing. */
  range: { min: number; median: number; p95: number; max: number } | null;
  /** The most frequent values that occur more than once, at most 20, each cut at 200 characters. */
  top: { value: string; count: number }[];
}
export interface LabelBalance {
  /** Rows with an expected answer. */
  labelled: number;
  largest: { label: string; count: number };
  rarest: { label: string; count: number };
  /** Entropy of the labels as a share of its most: 1 where all are as frequent; 1 for a single label. */
  evenness: number;
}
/** Rows that an import left out. The first 1,000 are kept. */
export interface RejectedRows {
  count: number;
  rows: RejectedRow[];
}
export interface DatasetShown extends DatasetSummary {
  columns: ColumnSummary[];
  /** Expected answers with their counts, most frequent first, at most 50; `labelCount` is how many there are. */
  labels: { label: string; count: number; splits: Record<string, number> }[];
  labelCount: number;
  /** Null where there is no expected answer. */
  balance: LabelBalance | null;
  /** Distinct duplicated inputs, and rows that repeat an earlier input. */
  duplicates: { inputs: number; rows: number };
  /** Null where the workspace is older than the record of them. */
  rejected: RejectedRows | null;
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
  /** A name of the caller's, to cancel by and to tell its progress by. */
  job: z.string().min(1).optional(),
});
export const DatasetCancelCheck = z.strictObject({ job: z.string().min(1) });

export const DatasetRef = z.strictObject({ dataset: z.string().min(1) });
export const DatasetRows = z.strictObject({
  dataset: z.string().min(1),
  ...PageRequest.shape,
  /** Only rows whose input or expected answer contains this text. */
  search: z.string().optional(),
});

/** What other tools write their results in (docs/outcomes.md). */
export const foreignFormats = [
  'promptfoo',
  'inspect',
  'lm-eval',
  'openai-evals',
  'langfuse',
  'langsmith',
] as const;
export type ForeignFormat = (typeof foreignFormats)[number];

/**
 * A table whose columns are named, or a file of another tool, told by its content unless `foreign` says it.
 * In a foreign file the names are paths into its rows and override what the importer would have taken.
 */
export const OutcomesImport = z.strictObject({
  source: Source,
  dataset: z.string().min(1),
  name: z.string().min(1).max(200).optional(),
  /** `table`: columns are named, whatever the content looks like. */
  foreign: z.enum([...foreignFormats, 'table']).optional(),
  /** Make the dataset from the inputs and expected answers in the file. Only foreign files hold them. */
  create: z.boolean().default(false),
  /** Required for a table. */
  example: z.string().min(1).optional(),
  /** Required for a table that has a row per example and candidate; absent in a wide one. */
  candidate: z.string().min(1).optional(),
  /** Keep only these. In a wide table `{candidate}` in the other column names stands for each of them. */
  candidates: z.array(z.string().min(1)).min(1).optional(),
  /** What the candidate is called where the file has one and does not name it. */
  candidateName: z.string().min(1).max(200).optional(),
  /** Foreign files only, with `create`. */
  expected: z.string().min(1).optional(),
  /** Which repeat of the same question this row is: repeats are reduced to one outcome per example. */
  epoch: z.string().min(1).optional(),
  /** The model whose price is due (`openai/gpt-4o`), where the file has tokens and no cost. */
  model: z.string().min(1).optional(),
  /** Why the answer ended, such as `length`. */
  finish: z.string().min(1).optional(),
  /** USD per answer by candidate, where the file has neither a cost nor what one could be computed from. */
  costPerAnswer: z.record(z.string(), z.number().min(0)).default({}),
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
  /** Answers the scorer could not read: in n with a score of 0, and counted here. Recorded scores: 0. */
  unparsed: number;
  score: Estimate | null;
  costUsd: Estimate | null;
  /** Prices are declared by a sample, not charged by anybody. */
  priceNominal: boolean;
  latencyMs: (Estimate & { p50: number; p95: number }) | null;
}

export const OutcomesPreview = z.strictObject({
  source: Source,
  foreign: z.enum(foreignFormats).optional(),
  score: z.string().min(1).optional(),
});

/** What an import of a tool's result file would find. A table is previewed as datasets are. */
export interface OutcomesPreviewed {
  format: ForeignFormat | 'table';
  /** Distinct; 0 for a table, whose columns nobody has named yet. */
  examples: number;
  candidates: { id: string; rows: number; failed: number; scored: number }[];
  /** Input fields a dataset made of the file would have; null where it holds no inputs. */
  inputs: string[] | null;
  /** Every example has an expected answer. */
  expected: boolean;
  /** Rows that could not be used. */
  rejected: number;
  warnings: Warning[];
}

export interface OutcomesImported {
  run: string;
  dataset: string;
  /** What the file was read as. */
  format: ForeignFormat | 'table';
  /** The dataset was made from this file. */
  created: boolean;
  outcomes: number;
  candidates: CandidateSummary[];
  rejected: RejectedRow[];
  warnings: Warning[];
}
