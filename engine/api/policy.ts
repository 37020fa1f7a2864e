/**
 * The exported policy: data with a closed grammar, evidence and tests inside.
 * This schema is the only definition; docs/policy.schema.json is generated from it and tested against it.
 */
import { z } from 'zod';
import { AgreementSpec } from './scorer.ts';
import { failureClasses } from './run.ts';
import type { Estimate, Json } from './values.ts';

const finite = z.number();
const name = z.string().min(1).max(500);

export const EstimateSchema = z.strictObject({
  mean: finite,
  lo: finite,
  hi: finite,
  n: z.number().int().min(0),
  level: finite,
  groups: z.number().int().optional(),
}) satisfies z.ZodType<Estimate>;

/** What happens when a signal has no usable value (missing, null, NaN, infinite, wrong type). */
export const OnMissing = z.union([
  z.strictObject({ reject: z.literal(true) }),
  z.strictObject({ route: name }),
  z.strictObject({ value: z.union([finite, z.string(), z.boolean()]) }),
]);

const signalBase = { id: name, version: z.literal(1), onMissing: OnMissing };
/**
 * `when: before` signals are computed from the request's `input` (or read from its `signals`);
 * `when: after` signals belong to answers and are read from `signals` under the signal's id,
 * or computed from `answers` where the evaluator is given them.
 * For an after-signal that is missing, an acceptance test that reads it does not accept.
 */
export const PolicySignal = z.discriminatedUnion('kind', [
  /** Length of the request text: all string input fields named in `of`, joined by "\n"; UTF-16 units, or words split on white space. */
  z.strictObject({
    ...signalBase,
    kind: z.literal('length'),
    when: z.literal('before'),
    of: z.array(name).min(1),
    unit: z.enum(['chars', 'words']),
  }),
  /** A request field: `signals[id]` if present, else `input[field]`. */
  z.strictObject({
    ...signalBase,
    kind: z.literal('field'),
    when: z.literal('before'),
    field: name,
    type: z.enum(['number', 'label']),
  }),
  /**
   * Linear score on the request text: intercept + Σ weights[bucket]·tf, tf = count/√(Σcount²);
   * tokens are lower-cased runs of letters or digits, uni- and bigrams ("a b"), bucket = fnv1a32(utf8) mod buckets;
   * plus numeric features. value = 1/(1+e^−z).
   */
  z.strictObject({
    ...signalBase,
    kind: z.literal('text-linear'),
    when: z.literal('before'),
    of: z.array(name).min(1),
    buckets: z
      .number()
      .int()
      .min(1)
      .max(1 << 20),
    intercept: finite,
    /** Sparse: [bucket, weight] pairs sorted by bucket. */
    weights: z.array(z.tuple([z.number().int().min(0), finite])),
    /** Added per log1p(chars), log1p(words). */
    numeric: z.strictObject({ logChars: finite, logWords: finite }),
    /** Added in this order, each for the label in `signals[field]`, else `input[field]`; `default` for any other and none. */
    labels: z
      .array(z.strictObject({ field: name, table: z.record(z.string(), finite), default: finite }))
      .optional(),
    hash: z.string(),
  }),
  /** A table from a label field to a number; labels not in it get `default`. */
  z.strictObject({
    ...signalBase,
    kind: z.literal('table'),
    when: z.literal('before'),
    field: name,
    table: z.record(z.string(), finite),
    default: finite,
    hash: z.string(),
  }),
  /** Given by the caller under `signals[id]` before any call. */
  z.strictObject({
    ...signalBase,
    kind: z.literal('provided'),
    when: z.literal('before'),
    type: z.enum(['number', 'label', 'boolean']),
  }),
  /** A number that comes with a candidate's answer (confidence, log-probability, judge…): `signals[id]`. */
  z.strictObject({
    ...signalBase,
    kind: z.literal('answer'),
    when: z.literal('after'),
    candidate: name,
    signal: name,
    type: z.enum(['number', 'label', 'boolean']),
  }),
  /** True when the two candidates' answers are equal after the scorer's normalisation; an unusable answer agrees with nothing. */
  z.strictObject({
    ...signalBase,
    kind: z.literal('agreement'),
    when: z.literal('after'),
    candidates: z.tuple([name, name]),
    scorer: AgreementSpec,
  }),
]);
export type PolicySignal = z.infer<typeof PolicySignal>;

/** binary64 comparisons; no coercion, no arithmetic, no regular expression. */
export type Condition =
  | { op: 'gt' | 'gte' | 'lt' | 'lte'; signal: string; value: number; gap?: [number, number] | undefined }
  | { op: 'eq'; signal: string; value: number | string | boolean }
  | { op: 'in'; signal: string; values: (number | string)[] }
  | { op: 'and' | 'or'; of: Condition[] }
  | { op: 'not'; of: Condition };
export const Condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({
      op: z.enum(['gt', 'gte', 'lt', 'lte']),
      signal: name,
      value: finite,
      /** The neighbouring observed values: the threshold is the midpoint of this gap. */
      gap: z.tuple([finite, finite]).optional(),
    }),
    z.strictObject({ op: z.literal('eq'), signal: name, value: z.union([finite, z.string(), z.boolean()]) }),
    z.strictObject({
      op: z.literal('in'),
      signal: name,
      values: z.array(z.union([finite, z.string()])).min(1),
    }),
    z.strictObject({ op: z.enum(['and', 'or']), of: z.array(Condition).min(1) }),
    z.strictObject({ op: z.literal('not'), of: Condition }),
  ]),
);

export const Attempt = z.strictObject({
  candidate: name,
  /** Serve this answer when the test holds; `always` on the last attempt, `never` to gather evidence only. */
  accept: z.union([z.literal('always'), z.literal('never'), Condition]),
  timeoutMs: z.number().int().positive(),
  retries: z.number().int().min(0).max(10),
});
export const PolicyRoute = z.strictObject({
  id: name,
  attempts: z.array(Attempt).min(1),
  /** By failure class, candidates to try instead, in order. */
  fallbacks: z.partialRecord(z.enum(failureClasses), z.array(name)),
  /** Candidates this route may ever reach; fallbacks obey it. Null: any. */
  scope: z.array(name).nullable(),
  onAllFail: z.enum(['review', 'error']),
});
export type PolicyRoute = z.infer<typeof PolicyRoute>;
export const PolicyRule = z.strictObject({
  id: name,
  when: z.union([z.literal('always'), Condition]),
  route: name,
});

export const Price = z.strictObject({
  inputPerMTok: finite.nullable(),
  outputPerMTok: finite.nullable(),
  nominal: z.boolean(),
  date: z.string().nullable(),
  hash: z.string().nullable(),
});

export const DecisionExpect = z.strictObject({
  rule: name.nullable(),
  route: name.nullable(),
  attempts: z.array(name),
  served: name.nullable(),
  /** Set where the request is rejected. */
  error: z.string().nullable(),
});
/**
 * One test vector. Values JSON cannot hold travel as {"$": "NaN" | "Infinity" | "-Infinity"}.
 * `failures` names candidates that fail with a class when tried.
 */
export const Vector = z.strictObject({
  id: name,
  request: z.strictObject({
    id: z.string(),
    input: z.record(z.string(), z.json()),
    signals: z.record(z.string(), z.json()),
  }),
  failures: z.record(z.string(), z.enum(failureClasses)),
  expect: DecisionExpect,
});

export const Evidence = z.strictObject({
  verdict: z.enum(['route', 'cascade', 'cascade-route', 'single', 'insufficient-data']),
  sentence: z.string(),
  reference: name,
  dataset: z.strictObject({ name, hash: z.string(), rows: z.number().int() }),
  run: z.array(z.string()),
  seed: z.number().int(),
  rows: z.strictObject({
    fit: z.number().int(),
    calibrate: z.number().int(),
    test: z.number().int(),
    leftOut: z.number().int(),
  }),
  /** Ids' hash of each split, so that verify and replay find the very rows. */
  splitHash: z.string(),
  score: EstimateSchema.nullable(),
  costUsd: EstimateSchema.nullable(),
  lossVsReference: EstimateSchema.nullable(),
  shares: z.record(z.string(), finite),
  certificate: z.strictObject({
    maxLoss: finite,
    confidence: finite,
    certified: z.boolean(),
    n: z.number().int(),
    method: z.string(),
    /** Upper confidence bound of the loss at that confidence on the calibration rows. */
    bound: finite.nullable(),
  }),
  baselines: z.array(z.strictObject({ name, score: EstimateSchema, costUsd: EstimateSchema })),
  /** Distribution of each signal on the fit's rows, for `drift`: decile edges or label shares. */
  signalProfile: z.record(z.string(), z.union([z.array(finite), z.record(z.string(), finite)])),
  validUntil: z.string().nullable(),
  nominalPrices: z.boolean(),
});

export const Policy = z.strictObject({
  format: z.literal('kneepoint-policy/1'),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  name,
  created: z.string(),
  candidates: z
    .array(
      z.strictObject({
        id: name,
        provider: z.string().nullable(),
        model: z.string().nullable(),
        parameters: z.record(z.string(), z.json()),
        price: Price.nullable(),
      }),
    )
    .min(1),
  signals: z.array(PolicySignal),
  rules: z.array(PolicyRule).min(1),
  routes: z.array(PolicyRoute).min(1),
  budget: z.strictObject({ perRequestUsd: finite.nullable(), perDayUsd: finite.nullable() }),
  rollout: z.strictObject({
    mode: z.enum(['shadow', 'canary', 'active']),
    percent: finite.min(0).max(100),
    salt: z.string(),
    stickyKey: z.string(),
  }),
  evidence: Evidence,
  conformance: z.array(Vector),
  /** sha256 (hex) over the RFC 8785 canonical JSON of everything but `integrity`. */
  integrity: z.strictObject({ algorithm: z.literal('sha256-rfc8785'), hash: z.string() }),
});
export type Policy = z.infer<typeof Policy>;
/** A policy before conformance vectors and the integrity hash are made. */
export type PolicyDraft = Omit<Policy, 'conformance' | 'integrity'>;

export interface PolicyRequest {
  id: string;
  input: { [key: string]: Json };
  signals?: { [key: string]: unknown };
}
export interface Decision {
  id: string;
  rule: string | null;
  route: string | null;
  /** Candidates in the order they would be called, given the signals known. */
  attempts: string[];
  /** Candidate whose answer is served; null where all fail or the request is rejected. */
  served: string | null;
  /** Signed distance of the deciding signal to its threshold, in the signal's units; null where no threshold decided. */
  margin: number | null;
  error: string | null;
}
