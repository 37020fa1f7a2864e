/** Comparing candidates side by side on the same rows. */
import { z } from 'zod';
import { type Estimate, PageRequest, type Warning } from './values.ts';

export const CompareInput = z.strictObject({
  runs: z.array(z.string().min(1)).min(1),
  candidates: z.array(z.string().min(1)).optional(),
  baseline: z.string().optional(),
  /** A tag column: the same comparison within each of its values. */
  by: z.string().optional(),
  level: z.number().min(0.5).max(0.999).default(0.95),
  seed: z.number().int().min(0).default(1),
  /** What no candidate may do against the baseline, such as `score drop > 1pt`; see `gates` of the answer. */
  failIf: z.array(z.string().min(1).max(200)).max(20).optional(),
});
export type CompareInput = z.infer<typeof CompareInput>;

export interface ComparedCandidate {
  id: string;
  score: Estimate;
  costUsd: Estimate | null;
  priceNominal: boolean;
  latencyMs: { p50: number; p95: number; n: number } | null;
}
export interface ComparedPair {
  a: string;
  b: string;
  /** score(a) − score(b) on paired rows. */
  delta: Estimate;
  deltaCostUsd: Estimate | null;
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
}
export interface GateResult {
  gate: string;
  candidate: string;
  baseline: string;
  /** `failed`: the whole interval lies beyond the limit. `undecided`: part of it. `unknown`: no cost is known. */
  status: 'passed' | 'failed' | 'undecided' | 'unknown';
  /** How far the metric moved in the gate's direction, with its interval; score units or USD an example. */
  change: number;
  lo: number;
  hi: number;
  limit: number;
  n: number;
}
export interface Compared {
  /** Paired rows: examples for which every candidate has a score. */
  n: number;
  groups: number;
  /** Rows left out because some candidate has no score there. */
  leftOut: number;
  baseline: string;
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

export const CompareRows = z.strictObject({
  runs: z.array(z.string().min(1)).min(1),
  candidates: z.array(z.string().min(1)).min(1),
  baseline: z.string().optional(),
  ...PageRequest.shape,
  /** only rows where candidates' scores differ; regression = baseline right, some other wrong, worst first */
  only: z.enum(['all', 'different', 'regressions']).default('all'),
  tag: z.strictObject({ column: z.string(), value: z.string() }).optional(),
});
export type CompareRows = z.infer<typeof CompareRows>;
/** Page columns: `example`, `input`, `expected`, then `output:ID`, `score:ID`, `costUsd:ID`, `latencyMs:ID` a candidate. */
