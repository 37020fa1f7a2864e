/** What is done with policies: decide, replay, verify, export, compare, watch, sign. */
import { z } from 'zod';
import type { Estimate, Json } from './values.ts';

const PolicyRef = z.strictObject({ policy: z.string().min(1) });
/** By stored id (or name), or the JSON text itself (a file read by the door). */
export const PolicySource = z.union([PolicyRef, z.strictObject({ text: z.string().min(1) })]);
export type PolicySource = z.infer<typeof PolicySource>;

export const policyTargets = ['bundle', 'portkey', 'litellm'] as const;
export const PolicyExport = z.strictObject({
  policy: PolicySource,
  to: z.enum(policyTargets),
  /** Safety elements the person has named as acceptable to lose. */
  allowDropped: z.array(z.string()).default([]),
});
export interface PolicyExported {
  files: { name: string; text: string }[];
  fidelity: {
    element: string;
    status: 'exact' | 'approximated' | 'dropped';
    reason: string;
    safety: boolean;
  }[];
}

export const PolicyReplay = z.strictObject({
  policy: PolicySource,
  run: z.string().min(1),
  /** fit | calibrate | test as the policy's own fit drew them, or all. */
  split: z.enum(['fit', 'calibrate', 'test', 'all']).default('all'),
  perExample: z.boolean().default(false),
});
export interface PolicyReplayed {
  n: number;
  /** Rows that lack an outcome the policy needs. */
  skipped: number;
  score: Estimate;
  costUsd: Estimate;
  latencyMs: Estimate | null;
  shares: Record<string, number>;
  reference: { id: string; score: Estimate; costUsd: Estimate } | null;
  lossVsReference: Estimate | null;
  examples?: {
    id: string;
    route: string;
    attempts: string[];
    served: string;
    score: number;
    costUsd: number;
  }[];
}

export const PolicyVerify = z.strictObject({
  policy: PolicySource,
  run: z.string().min(1).optional(),
  /** Whose signature is asked for; without it the key inside the envelope is used, which shows no more than integrity. */
  publicKeyPem: z.string().min(1).optional(),
});
export interface PolicyVerified {
  valid: boolean;
  integrity: 'ok' | 'broken';
  signature: 'none' | 'ok' | 'broken';
  conformance: {
    passed: number;
    failed: number;
    failures: { id: string; expected: unknown; got: unknown }[];
  };
  /** Null without a run. `holds`: the bound on fresh rows is within maxLoss; `broken`: even the lower bound is above it. */
  certificate: {
    maxLoss: number;
    confidence: number;
    certified: boolean;
    n: number;
    method: string;
    holds: boolean | null;
    verdict: 'holds' | 'broken' | 'undecided' | 'not-checked';
    bound: number | null;
  };
  problems: string[];
}

export const PolicyDecide = z.strictObject({
  policy: PolicySource,
  requests: z.array(
    z.strictObject({
      id: z.string(),
      input: z.record(z.string(), z.json()),
      signals: z.record(z.string(), z.json()).optional(),
      /** Answers already there, by candidate: what agreement is computed from. */
      answers: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
export const PolicyDiff = z.strictObject({
  a: PolicySource,
  b: PolicySource,
  run: z.string().min(1).optional(),
});
export interface PolicyDiffed {
  changes: { path: string; a: Json; b: Json }[];
  /** Share of rows whose served candidate or attempts differ; null without a run. */
  traffic: { n: number; moved: number; from: Record<string, Record<string, number>> } | null;
  bump: 'major' | 'minor' | 'patch' | 'none';
}
export const PolicyDrift = z.strictObject({ policy: PolicySource, run: z.string().min(1) });
export interface PolicyDrifted {
  n: number;
  signals: {
    id: string;
    kind: 'number' | 'label';
    statistic: 'psi';
    value: number;
    threshold: number;
    drifted: boolean;
    n: number;
  }[];
  routes: { id: string; fit: number; now: number }[];
  drifted: boolean;
}
export const PolicySign = z.strictObject({ policy: PolicySource, privateKeyPem: z.string().min(1) });

export interface PolicyListed {
  id: string;
  name: string;
  version: string;
  created: string;
  verdict: string;
  sentence: string;
  certified: boolean;
  fit: string;
}
