/** Runs: candidates × examples, executed once, resumable. */
import { z } from 'zod';
import type { CandidateSummary } from './dataset.ts';
import { type Estimate, type Json, PageRequest, type Warning } from './values.ts';

export const runStatuses = ['running', 'paused', 'done', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** What a provider failure was, as one of the classes a fallback may name. */
export const failureClasses = [
  'rate_limited',
  'overloaded',
  'server_error',
  'timeout',
  'connection',
  'stream_cut',
  'malformed',
  'auth',
  'bad_request',
  'context_overflow',
  'refused',
  'empty',
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** One candidate's answer to one example. Append-only once written. */
export interface Outcome {
  run: string;
  example: string;
  candidate: string;
  output: string | null;
  /** 0…1, higher is better; null when failed or not judged. */
  score: number | null;
  /** True where the scorer could not read the answer: its score of 0 is a category of its own. Absent: not known. */
  unparsed?: boolean;
  /** Sum over every attempt made, at the price of the model that answered; null when unknown. */
  costUsd: number | null;
  /** Part of costUsd that this run paid; the rest came from the ledger. */
  freshCostUsd: number | null;
  latencyMs: number | null;
  inputTokens: number | null;
  outputTokens: number | null;
  cached: boolean;
  error: { class: FailureClass | 'guard' | 'budget' | 'bug'; message: string } | null;
  /** Model names that actually answered. */
  answeredBy: string | null;
  /** Signals known after this candidate answered (confidence, answer length…) by name. */
  signals: Record<string, number | string | boolean | null>;
}

export const RunStart = z.strictObject({
  pipeline: z.union([
    z.strictObject({ path: z.string().min(1) }),
    z.strictObject({ text: z.string().min(1), name: z.string().min(1).optional() }),
  ]),
  dataset: z.string().min(1),
  /** Keep only these arms of the pipeline's route. */
  candidates: z.array(z.string().min(1)).min(1).optional(),
  budgetUsd: z.number().positive().optional(),
  concurrency: z.number().int().min(1).max(4096).default(16),
  seed: z.number().int().min(0).default(1),
  /** Call again even where the ledger has the answer. */
  fresh: z.boolean().default(false),
  /** What to do on resume with calls that were started and never finished. */
  ambiguous: z.enum(['retry', 'skip', 'ask']).default('retry'),
  /** Whether `code` steps of the pipeline may run: they are programs, with the rights of this process. */
  allowCode: z.boolean().default(false),
});
export type RunStart = z.infer<typeof RunStart>;

export const RunRef = z.strictObject({ run: z.string().min(1) });
export const RunResume = z.strictObject({
  run: z.string().min(1),
  failed: z.boolean().default(false),
  concurrency: z.number().int().min(1).max(4096).optional(),
  budgetUsd: z.number().positive().optional(),
  ambiguous: z.enum(['retry', 'skip', 'ask']).optional(),
});
export type RunResume = z.infer<typeof RunResume>;

export interface AmbiguousCall {
  example: string;
  candidate: string;
  step: string;
  attempt: number;
  model: string;
  /** Worst-case price of the call, null when the price is unknown. */
  estimatedCostUsd: number | null;
  startedAt: string;
}

export interface RunSummary {
  run: string;
  name: string;
  kind: 'pipeline' | 'recorded';
  dataset: string;
  status: RunStatus;
  /** Why it is paused or failed, as an error code and a sentence. */
  reason: { code: string; message: string } | null;
  created: string;
  total: number;
  done: number;
  failed: number;
  cached: number;
  /** Items that wait for a person; `kneepoint review list` shows them. */
  waiting: number;
  costUsd: number | null;
  freshCostUsd: number | null;
  budgetUsd: number | null;
  wallMs: number;
  candidates: CandidateSummary[];
  /** What `score` steps measured of other steps' outputs. */
  stepScores: { step: string; candidate: string; score: Estimate }[];
  ambiguous: AmbiguousCall[];
  warnings: Warning[];
}

export const RunRows = z.strictObject({
  run: z.string().min(1),
  ...PageRequest.shape,
  candidate: z.string().optional(),
  only: z.enum(['all', 'failed', 'wrong', 'unparsed']).default('all'),
});

export const PipelineCheck = z.strictObject({
  pipeline: RunStart.shape.pipeline,
  dataset: z.string().min(1).optional(),
});
export interface PipelineProblem {
  file: string;
  line: number;
  column: number;
  message: string;
  hint: string;
}
/** A step as a graph shows it; `inner` holds those inside it: by branch or alternative, or one unnamed list. */
export interface PipelineStep {
  id: string;
  kind: string;
  /** Steps whose results it reads. */
  needs: string[];
  inner?: { name: string | null; steps: PipelineStep[] }[];
}
export interface PipelineChecked {
  valid: boolean;
  name: string | null;
  problems: PipelineProblem[];
  candidates: string[];
  steps: PipelineStep[];
  /** Worst-case price of the whole run where a dataset is given and every price is known. */
  estimatedCostUsd: number | null;
  calls: number | null;
  /** By candidate, over the whole dataset; empty without one. */
  perCandidate: { candidate: string; calls: number; worstUsd: number | null }[];
}

export interface ModelInfo {
  id: string;
  provider: string;
  model: string;
  /** USD per million tokens; null = unknown, never 0. */
  inputPerMTok: number | null;
  outputPerMTok: number | null;
  priceDate: string | null;
  nominal: boolean;
}
export interface ProviderInfo {
  id: string;
  /** The environment variable that holds the key; null where none is needed. */
  keyVariable: string | null;
  keySet: boolean;
}

export type JsonObject = { [key: string]: Json };
