/** Comparing candidates side by side on the same rows. */
import { z } from 'zod';
import { Repricing, type Repriced } from './prices.ts';
import { type Estimate, PageRequest, type Warning } from './values.ts';

export const CompareInput = z.strictObject({
  runs: z.array(z.string().min(1)).min(1),
  candidates: z.array(z.string().min(1)).optional(),
  baseline: z.string().optional(),
  /** A tag column: the same comparison within each of its values. */
  by: z.string().optional(),
  /** Costs under another price table, from recorded usage; nothing is called. */
  prices: Repricing.optional(),
  /**
   * The same candidates in each of the runs, as `candidate@run` against the first run of them, paired by example id, also
   * across versions of a dataset. `candidates` may name columns or candidates. Absent: of two outcomes the later counts.
   */
  overTime: z.boolean().optional(),
  level: z.number().min(0.5).max(0.999).default(0.95),
  seed: z.number().int().min(0).default(1),
  /** What no candidate may do against the baseline, such as `score drop > 1pt`; see `gates` of the answer. */
  failIf: z.array(z.string().min(1).max(200)).max(20).optional(),
  /** A difference of scores one wants to be shown (0.01 = one point): see `rowsNeeded` of a pair. */
  detect: z.number().gt(0).max(1, 'is in score, where 0.01 is one point: at most 1').optional(),
});
export type CompareInput = z.infer<typeof CompareInput>;

export interface ComparedCandidate {
  id: string;
  score: Estimate;
  costUsd: Estimate | null;
  priceNominal: boolean;
  /** `quantiles`: each with its interval, NaN bounds where the rows are too few to say (n = 30 knows no p99). */
  latencyMs: {
    p50: number;
    p95: number;
    p99: number;
    n: number;
    quantiles: Record<LatencyQuantile, Estimate>;
  } | null;
}
export const latencyQuantiles = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
export type LatencyQuantile = keyof typeof latencyQuantiles;
/** Quantile of a less that of b on the same rows, ms; `relative`: as a share of b's. */
export type LatencyChange = Estimate & { relative: { mean: number; lo: number; hi: number } | null };
export interface ComparedPair {
  a: string;
  b: string;
  /** score(a) − score(b) on paired rows. */
  delta: Estimate;
  deltaCostUsd: Estimate | null;
  /** Null where no latency is known; a quantile is null where the rows are too few for it. */
  deltaLatencyMs: Record<LatencyQuantile, LatencyChange | null> | null;
  onlyARight: number;
  onlyBRight: number;
  bothRight: number;
  bothWrong: number;
  test: { kind: 'mcnemar-mid-p' | 'paired-bootstrap'; p: number; pAdjusted: number };
  /** Of a against b, after Holm over the pairs shown. */
  verdict: 'better' | 'worse' | 'tied';
  /**
   * The smallest true difference of scores that as many rows with the same spread would show in 80 % of repeats at
   * this level, before Holm: what `tied` cannot exclude. Null where the spread is not known.
   */
  detectable: number | null;
  /** Rows, with the spread seen here, on which the wanted difference shows in 80 % of repeats; null where none was asked. */
  rowsNeeded: number | null;
}
export interface GateResult {
  gate: string;
  candidate: string;
  baseline: string;
  /** The value of a tag within which it was asked; null: over all rows. */
  slice: { tag: string; value: string } | null;
  /** `failed`: the whole interval lies beyond the limit. `undecided`: part of it. `unknown`: no cost is known. */
  status: 'passed' | 'failed' | 'undecided' | 'unknown';
  /** How far the metric moved in the gate's direction, with its interval; score units, USD an example, or ms. */
  change: number;
  lo: number;
  hi: number;
  limit: number;
  n: number;
}
export interface OverTime {
  runs: { run: string; name: string; created: string; datasetHash: string }[];
  /** Rows left out: changed between the dataset's versions; not answered in every run. */
  changed: number;
  apart: number;
}
export interface Compared {
  /** Paired rows: examples for which every candidate has a score. */
  n: number;
  groups: number;
  /** Rows left out because some candidate has no score there. */
  leftOut: number;
  baseline: string;
  /** Where the costs are under another price table. */
  prices: Repriced | null;
  /** Where runs were compared over time: each candidate then against itself in the first run. */
  overTime: OverTime | null;
  candidates: ComparedCandidate[];
  pairs: ComparedPair[];
  by: {
    tag: string;
    slices: { value: string; n: number; candidates: ComparedCandidate[]; pairs: ComparedPair[] }[];
  } | null;
  /** One a gate and candidate; empty where none was asked for. */
  gates: GateResult[];
  warnings: Warning[];
}

/** Which rows are looked at beside `all`. "Some candidate" is the one in `of`, where that is given. */
export const comparedSelections = [
  'all',
  /** scores that are there differ */
  'different',
  /** the answers differ as the dataset's scorer reads them, whatever their scores */
  'answers',
  /** some candidate scores below the baseline */
  'regressions',
  'improvements',
  /** the counts of a pair: rows scored for every candidate, where only the candidate / only the baseline is right */
  'wins',
  'losses',
  /** no candidate is right: a hard row, or a wrong label */
  'none-right',
  /** some candidate failed or was never asked */
  'unscored',
] as const;
export type ComparedSelection = (typeof comparedSelections)[number];

export const comparedSorts = ['delta', 'score', 'costUsd', 'latencyMs'] as const;

const rowSelection = {
  only: z.enum(comparedSelections).default('all'),
  /** Only this candidate counts, against the baseline. Required by `wins` and `losses`. */
  of: z.string().min(1).optional(),
  /** Rows without the value come last either way. Absent: the dataset's order; regressions and improvements largest first. */
  sort: z
    .strictObject({
      by: z.enum(comparedSorts),
      candidate: z.string().min(1),
      descending: z.boolean().default(false),
    })
    .optional(),
  tag: z.strictObject({ column: z.string(), value: z.string() }).optional(),
  /** Only rows in whose input, expected answer or some answer this text stands, in whatever case. */
  search: z.string().max(1000).optional(),
};

export const CompareRows = z.strictObject({
  runs: z.array(z.string().min(1)).min(1),
  candidates: z.array(z.string().min(1)).min(1),
  baseline: z.string().optional(),
  prices: Repricing.optional(),
  overTime: z.boolean().optional(),
  ...PageRequest.shape,
  ...rowSelection,
});
export type CompareRows = z.infer<typeof CompareRows>;
/**
 * Page columns: `example`, `input`, `expected`, then a candidate `output:ID`, `score:ID`, `delta:ID` (score minus the
 * baseline's; not for the baseline), `costUsd:ID`, `latencyMs:ID`, `failed:ID` (1: the call failed), then `tag:NAME`.
 */

export const exportFormats = ['csv', 'json', 'parquet', 'html'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** The rows a screen shows, all of them, with the comparison they belong to. */
export const CompareExport = z.strictObject({
  runs: z.array(z.string().min(1)).min(1),
  candidates: z.array(z.string().min(1)).min(1),
  baseline: z.string().optional(),
  by: z.string().optional(),
  prices: Repricing.optional(),
  overTime: z.boolean().optional(),
  level: CompareInput.shape.level,
  seed: CompareInput.shape.seed,
  ...rowSelection,
  format: z.enum(exportFormats),
});
export type CompareExport = z.infer<typeof CompareExport>;

/** A file the engine has made, to be read in parts and then discarded. It is gone when the engine closes. */
export interface Exported {
  download: string;
  /** A file name of our own making. */
  name: string;
  bytes: number;
  /** Rows in it. A report holds at most 1,000; `total` is what was selected. */
  rows: number;
  total: number;
}
export const DownloadRead = z.strictObject({
  download: z.string().min(1),
  offset: z.number().int().min(0),
  limit: z
    .number()
    .int()
    .min(1)
    .max(4 << 20)
    .default(1 << 20),
});
