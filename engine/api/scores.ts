/** Judging again, classification reports and agreement between raters. */
import { z } from 'zod';
import type { CandidateSummary } from './dataset.ts';
import { AnyScorerSpec } from './scorer.ts';
import type { Estimate, Warning } from './values.ts';

export const ScoreAgain = z.strictObject({
  run: z.string().min(1),
  scorer: AnyScorerSpec,
  name: z.string().min(1).max(200).optional(),
  /** Caps what a judge may cost. */
  budgetUsd: z.number().positive().optional(),
  concurrency: z.number().int().min(1).max(256).default(8),
  /** Consent to running code that a model wrote. */
  allowCode: z.boolean().default(false),
  /** A name of the caller's, to cancel by. */
  job: z.string().min(1).optional(),
});
export type ScoreAgain = z.infer<typeof ScoreAgain>;

/** Answers by what became of them; they add up to `outcomes`. */
export interface ScoreCounts {
  outcomes: number;
  scored: number;
  /** Answers the scorer could not read. They stay in the mean as 0, and are counted here. */
  unparsed: number;
  /** Calls of the candidate that failed: no answer, no score. */
  failed: number;
  /** No expected answer, or the judge did not come to a verdict: no score. */
  unjudged: number;
}
export interface JudgeBill {
  calls: number;
  /** Calls really made; the others were answered by the ledger. */
  fresh: number;
  costUsd: number | null;
  freshCostUsd: number | null;
  /** Verdicts that were no verdict. */
  unreadable: number;
  /** Calls that failed after every retry. */
  failed: number;
  /** Pairwise: verdicts that changed with the order of the answers. */
  swayed: number;
}
export const ScoreCancel = z.strictObject({ job: z.string().min(1) });
export const ScoreReportInput = z.strictObject({ run: z.string().min(1) });
export const AgreementInput = z.strictObject({
  /** Two or more runs over one dataset whose scores are ratings of the same answers. */
  runs: z.array(z.string().min(1)).min(2).max(50),
  measure: z.enum(['nominal', 'ordinal', 'interval']).default('nominal'),
});

export interface ScoredAgain {
  /** The new run: the same answers, costs and latencies, other scores. Nothing of the old one is changed. */
  run: string;
  of: string;
  dataset: string;
  scorer: AnyScorerSpec;
  counts: ScoreCounts;
  candidates: CandidateSummary[];
  /** Null where no model judged. */
  judge: JudgeBill | null;
  /** Whole-corpus figures, where the scorer has one that is not the mean of its scores (BLEU, chrF), 0…1. */
  corpus: { candidate: string; score: number }[];
  warnings: Warning[];
}

export interface ClassReport {
  label: string;
  /** Rows whose expected answer is this class, and rows that were given it. */
  support: number;
  predicted: number;
  precision: Estimate | null;
  recall: Estimate | null;
  f1: Estimate | null;
}
export interface ClassificationReport {
  candidate: string;
  n: number;
  unparsed: number;
  failed: number;
  micro: { precision: Estimate | null; recall: Estimate | null };
  macroF1: Estimate | null;
  classCount: number;
  /** The most frequent first, at most 200. */
  classes: ClassReport[];
  confusion: { expected: string; predicted: string; count: number }[];
}
export interface ScoreReport {
  run: string;
  dataset: string;
  scorer: AnyScorerSpec;
  reports: ClassificationReport[];
}

export interface RatersAgreement {
  runs: string[];
  /** Answers rated by at least two of the runs. */
  n: number;
  alpha: Estimate & { measure: 'nominal' | 'ordinal' | 'interval' };
  /** Of each two runs, on the answers both rated. */
  kappas: { a: string; b: string; none: Estimate; linear: Estimate; quadratic: Estimate }[];
}
