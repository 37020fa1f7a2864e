/** The API every door speaks: services of methods, one plain object in, plain data out. */
import { z } from 'zod';
import {
  type Compared,
  CompareExport,
  CompareInput,
  CompareRows,
  DownloadRead,
  type Exported,
} from './compare.ts';
import * as dataset from './dataset.ts';
import { type EventsPage, EventsSince } from './events.ts';
import { FitCancel, FitInput, type FitListed, FitRef, type FitResult } from './fit.ts';
import * as policies from './policies.ts';
import * as review from './review.ts';
import type * as policy from './policy.ts';
import * as run from './run.ts';
import * as score from './scores.ts';
import * as trace from './trace.ts';
import { type Page } from './values.ts';

const nothing = z.strictObject({});

/** Input schemas by service and method: the allow-list of what a transport may call. */
export const inputs = {
  workspace: { info: nothing },
  uploads: {
    create: z.strictObject({ name: z.string().min(1).max(255), bytes: z.number().int().min(0).optional() }),
    append: z.strictObject({ upload: z.string().min(1), chunk: z.instanceof(Uint8Array) }),
    discard: z.strictObject({ upload: z.string().min(1) }),
  },
  datasets: {
    preview: dataset.DatasetPreview,
    import: dataset.DatasetImport,
    list: nothing,
    show: dataset.DatasetRef,
    check: dataset.DatasetCheck,
    cancelCheck: dataset.DatasetCancelCheck,
    rows: dataset.DatasetRows,
    rejections: dataset.DatasetRejections,
    diff: dataset.DatasetDiff,
    exportDiff: dataset.DatasetDiffExport,
  },
  outcomes: { import: dataset.OutcomesImport, preview: dataset.OutcomesPreview },
  sample: { open: nothing, import: nothing },
  models: {
    list: z.strictObject({
      search: z.string().optional(),
      limit: z.number().int().min(1).max(2000).default(50),
    }),
    providers: nothing,
  },
  pipelines: { check: run.PipelineCheck },
  runs: {
    start: run.RunStart,
    resume: run.RunResume,
    wait: run.RunRef,
    status: run.RunRef,
    cancel: run.RunRef,
    list: nothing,
    rows: run.RunRows,
  },
  scores: {
    again: score.ScoreAgain,
    cancel: score.ScoreCancel,
    report: score.ScoreReportInput,
    agreement: score.AgreementInput,
  },
  compare: { compare: CompareInput, rows: CompareRows, export: CompareExport },
  downloads: { read: DownloadRead, discard: z.strictObject({ download: z.string().min(1) }) },
  fits: { fit: FitInput, cancel: FitCancel, get: FitRef, list: nothing },
  policies: {
    list: nothing,
    get: policies.PolicySource,
    export: policies.PolicyExport,
    verify: policies.PolicyVerify,
    replay: policies.PolicyReplay,
    decide: policies.PolicyDecide,
    diff: policies.PolicyDiff,
    drift: policies.PolicyDrift,
    sign: policies.PolicySign,
  },
  reviews: {
    list: review.ReviewList,
    show: review.ReviewRef,
    decide: review.ReviewDecide,
    stats: review.ReviewStatsInput,
  },
  traces: { explain: trace.ExplainInput, costs: trace.CostsInput, export: trace.TracesExport },
  events: { since: EventsSince },
} as const;

export interface WorkspaceInfo {
  version: string;
  /** Folder name, not its path, at served doors. */
  workspace: string;
  rows: { datasets: number; runs: number; outcomes: number; fits: number; policies: number };
  costUsd: { fresh: number; cached: number };
}

interface Outputs {
  workspace: { info: WorkspaceInfo };
  uploads: { create: { upload: string }; append: { bytes: number }; discard: null };
  datasets: {
    preview: dataset.DatasetPreviewed;
    import: dataset.DatasetImported;
    list: dataset.DatasetSummary[];
    show: dataset.DatasetShown;
    check: dataset.DatasetChecked;
    /** Whoever asked for the check gets the error; a check stores nothing. */
    cancelCheck: { cancelled: boolean };
    rows: Page;
    /** All of them, as CSV to download. */
    rejections: Exported;
    diff: dataset.DatasetDifference;
    exportDiff: Exported;
  };
  outcomes: { import: dataset.OutcomesImported; preview: dataset.OutcomesPreviewed };
  /** Imports the bundled sample and starts its run. */
  sample: { open: { dataset: string; run: string }; import: { dataset: string; rows: number } };
  models: { list: { total: number; models: run.ModelInfo[] }; providers: run.ProviderInfo[] };
  pipelines: { check: run.PipelineChecked };
  runs: {
    /** Answers at once, status running. */
    start: run.RunSummary;
    resume: run.RunSummary;
    /** Answers when the run is no longer running. */
    wait: run.RunSummary;
    status: run.RunSummary;
    cancel: run.RunSummary;
    list: run.RunSummary[];
    rows: Page;
  };
  scores: {
    /** Judges the answers of a run anew, as a run of its own; candidates are never called. */
    again: score.ScoredAgain;
    /** Nothing of a cancelled scoring is kept but its paid calls, in the ledger. */
    cancel: { cancelled: boolean };
    report: score.ScoreReport;
    agreement: score.RatersAgreement;
  };
  compare: { compare: Compared; rows: Page; export: Exported };
  /** The bytes from an offset; empty at the end. */
  downloads: { read: { chunk: Uint8Array }; discard: null };
  fits: { fit: FitResult; cancel: { cancelled: boolean }; get: FitResult; list: FitListed[] };
  policies: {
    list: policies.PolicyListed[];
    get: policy.Policy;
    export: policies.PolicyExported;
    verify: policies.PolicyVerified;
    replay: policies.PolicyReplayed;
    decide: policy.Decision[];
    diff: policies.PolicyDiffed;
    drift: policies.PolicyDrifted;
    /** A DSSE envelope (Ed25519) around the policy, as JSON text. */
    sign: { envelope: string; publicKeyPem: string };
  };
  reviews: {
    list: review.ReviewPage;
    show: review.Review;
    /** The first decision of a review counts; a second is refused. */
    decide: review.Review;
    stats: review.ReviewStats;
  };
  traces: {
    explain: trace.ExplainedExample;
    costs: trace.RunCosts;
    export: trace.TracesExported;
  };
  events: { since: EventsPage };
}

type Inputs = typeof inputs;
export type ServiceName = keyof Inputs;

/** `z.input`: defaults may be left out by the caller. */
export type Workbench = {
  [S in keyof Inputs]: {
    [M in keyof Inputs[S]]: (
      input: Inputs[S][M] extends z.ZodType ? z.input<Inputs[S][M]> : never,
    ) => Promise<S extends keyof Outputs ? (M extends keyof Outputs[S] ? Outputs[S][M] : never) : never>;
  };
};
/** What the composition root implements: inputs already parsed. */
export type Handlers = {
  [S in keyof Inputs]: {
    [M in keyof Inputs[S]]: (
      input: Inputs[S][M] extends z.ZodType ? z.output<Inputs[S][M]> : never,
    ) => Promise<S extends keyof Outputs ? (M extends keyof Outputs[S] ? Outputs[S][M] : never) : never>;
  };
};
