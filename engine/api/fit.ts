/** Fits: a search for a policy under an objective. It ends in a verdict; refusing to route is a result. */
import { z } from 'zod';
import { Repricing } from './prices.ts';
import type { Estimate, Warning } from './values.ts';

export const verdicts = ['route', 'cascade', 'cascade-route', 'single', 'insufficient-data'] as const;
export type Verdict = (typeof verdicts)[number];
export const families = ['threshold', 'group-table', 'argmax', 'cascade', 'cascade-route'] as const;
export type Family = (typeof families)[number];

export const FitInput = z.strictObject({
  runs: z.array(z.string().min(1)).min(1),
  /** Tolerated loss of score against the reference, in score units (0.01 = one point). */
  maxLoss: z.number().min(0).max(1, 'is in score, where 0.01 is one point: at most 1'),
  /** `best` = best single on the fit rows, or a candidate id. */
  reference: z.string().min(1).default('best'),
  confidence: z.number().min(0.5).max(0.999).default(0.9),
  maxCostUsd: z.number().positive().optional(),
  minScore: z.number().min(0).max(1).optional(),
  maxP95Ms: z.number().positive().optional(),
  candidates: z.array(z.string().min(1)).min(1).optional(),
  signals: z.array(z.string().min(1)).optional(),
  families: z.array(z.enum(families)).min(1).optional(),
  seed: z.number().int().min(0).default(1),
  /** Fit on costs under another price table, from recorded usage. */
  prices: Repricing.optional(),
  name: z.string().min(1).max(200).optional(),
  /** A caller-chosen id under which progress is reported and `fits.cancel` answers. */
  job: z.string().min(1).optional(),
});
export type FitInput = z.infer<typeof FitInput>;

export interface FrontierPoint {
  costUsd: number;
  score: number;
  /** 95 % pointwise band of the score on these rows. */
  lo: number;
  hi: number;
  n: number;
  /** Share of rows served by each candidate. */
  shares: Record<string, number>;
  /** The moving threshold at this point; null for a single. */
  threshold: number | null;
}

export interface Baseline {
  name: string;
  kind: 'single' | 'hull' | 'mix' | 'shuffled' | 'length' | 'group-prior' | 'knn' | 'oracle';
  score: Estimate;
  costUsd: Estimate;
  /** What it is, in a sentence a newcomer understands. */
  note: string;
}

export interface Certificate {
  maxLoss: number;
  confidence: number;
  certified: boolean;
  n: number;
  method: string;
  bound: number | null;
}

export interface FitMetrics {
  /** Area under the frontier over the cost range of the singles, divided by that range (cascade routing). */
  auc: number;
  hullAuc: number;
  oracleAuc: number;
  /** Two candidates only (RouteLLM): exact sweep, ties in one block. */
  apgr?: number;
  cpt50?: number;
  cpt80?: number;
  /** Least cost that equals the best single's score; null where no policy reaches it. */
  qnc: number | null;
  peak: number;
  /** Intervals by paired, group-aware bootstrap. */
  intervals: Record<string, Estimate>;
}

/** Dragging material: the chosen family's one moving threshold, on the test rows; at most 500 points. */
export interface Sweep {
  signal: string;
  candidates: string[];
  /** Ascending thresholds with what each would give; arrays of equal length. */
  threshold: Float64Array;
  score: Float64Array;
  costUsd: Float64Array;
  /** Share escalated (served by anything but the first candidate). */
  escalated: Float64Array;
  /** Index of the chosen threshold, -1 when none was chosen. */
  chosen: number;
  n: number;
  /** Signal histogram by correctness of the first candidate. */
  histogram: { lo: number; hi: number; right: number; wrong: number }[];
}

export interface FitResult {
  fit: string;
  run: string[];
  dataset: string;
  created: string;
  seed: number;
  verdict: Verdict;
  /** Id of the stored policy. */
  policy: string;
  family: Family | null;
  signals: string[];
  reference: string;
  rows: { fit: number; calibrate: number; test: number; leftOut: number };
  certificate: Certificate;
  test: {
    score: Estimate;
    costUsd: Estimate;
    shares: Record<string, number>;
    lossVsReference: Estimate;
    latencyMs: Estimate | null;
  };
  baselines: Baseline[];
  frontier: FrontierPoint[];
  metrics: FitMetrics;
  sweep: Sweep | null;
  /** Every family and signal tried on the fit rows, best first. */
  tried: {
    family: Family;
    signals: string[];
    candidates: string[];
    score: number;
    costUsd: number;
    note: string;
  }[];
  /** For insufficient-data and infeasible asks: what would do. */
  needed: {
    rows: number | null;
    reason: string;
    nearest: { score: number; costUsd: number; bound: number | null } | null;
  } | null;
  nominalPrices: boolean;
  warnings: Warning[];
  sentence: string;
}

export const FitRef = z.strictObject({ fit: z.string().min(1) });
export const FitCancel = z.strictObject({ job: z.string().min(1) });
export interface FitListed {
  fit: string;
  created: string;
  dataset: string;
  verdict: Verdict;
  sentence: string;
  policy: string;
}
