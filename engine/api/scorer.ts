/** How answers are judged: what a dataset may name, and what only judging again may (models, code, SQL). */
import { z } from 'zod';

const exact = z.strictObject({ kind: z.literal('exact'), caseSensitive: z.boolean().default(false) });
const contains = z.strictObject({ kind: z.literal('contains'), caseSensitive: z.boolean().default(false) });
const regex = z.strictObject({
  kind: z.literal('regex'),
  pattern: z.string().min(1),
  flags: z.string().default(''),
});
const numeric = z.strictObject({
  kind: z.literal('numeric'),
  absolute: z.number().min(0).default(1e-9),
  relative: z.number().min(0).default(1e-9),
});
const jsonField = z.strictObject({
  kind: z.literal('json-field'),
  path: z.string().min(1),
  as: z.enum(['exact', 'numeric']).default('exact'),
});

/** How two answers are found to agree, without an expected one: what a policy carries and its evaluators know. */
export const AgreementSpec = z.discriminatedUnion('kind', [exact, contains, regex, numeric, jsonField]);
export type AgreementSpec = z.infer<typeof AgreementSpec>;

/** Judged while a run goes on: pure functions of the expected and the given answer. */
export const ScorerSpec = z.discriminatedUnion('kind', [
  /** Equal after NFKC, trimming, collapsing blanks and (unless caseSensitive) case folding. */
  exact,
  /** The normalised answer contains the normalised expected text. */
  contains,
  /** `pattern`'s first capture group (or whole match) is taken from the answer, then compared as `exact`. */
  regex,
  /**
   * The last number of the answer as a person reads it, within tolerance. With `unit` the expected number is in that
   * unit: an answer in another of its dimension is converted, one of another dimension is wrong.
   */
  z.strictObject({ ...numeric.shape, unit: z.string().min(1).max(20).optional() }),
  /** The answer is JSON (possibly in a code fence); the value at `path` (dots) is compared as `exact` or `numeric`. */
  jsonField,
  /** Equal to the last character, blanks and all. */
  z.strictObject({ kind: z.literal('verbatim') }),
  /** Equal after SQuAD's normalisation: lower case, no punctuation, no articles, blanks collapsed. */
  z.strictObject({ kind: z.literal('normalised') }),
  /** The letter of the chosen option, found in worked answers too; `options`: how many there are, from A. */
  z.strictObject({ kind: z.literal('choice'), options: z.number().int().min(2).max(26).default(5) }),
  /** The answer is JSON that the schema (draft 2020-12) accepts. No expected answer is needed. */
  z.strictObject({ kind: z.literal('json-schema'), schema: z.record(z.string(), z.json()) }),
  /** F1 of the items named (JSON array, lines, or `separator`): as a set, or as a list in its order. */
  z.strictObject({ kind: z.literal('set-f1'), separator: z.string().min(1).default(',') }),
  z.strictObject({ kind: z.literal('list-f1'), separator: z.string().min(1).default(',') }),
  /** SQuAD's F1 over the words shared. */
  z.strictObject({ kind: z.literal('token-f1') }),
  z.strictObject({
    kind: z.literal('rouge'),
    variant: z.enum(['rouge1', 'rouge2', 'rougeL']).default('rougeL'),
    figure: z.enum(['f1', 'precision', 'recall']).default('f1'),
  }),
  /** Sentence BLEU as sacreBLEU computes it: 13a tokens, exponential smoothing, effective order. */
  z.strictObject({ kind: z.literal('bleu') }),
  /** chrF2, or chrF2++ with `wordOrder` 2. */
  z.strictObject({ kind: z.literal('chrf'), wordOrder: z.union([z.literal(0), z.literal(2)]).default(0) }),
  /** 1 − edit distance / longer length. */
  z.strictObject({ kind: z.literal('edit'), unit: z.enum(['chars', 'words']).default('chars') }),
]);
export type ScorerSpec = z.infer<typeof ScorerSpec>;

/** A model that judges, by its registry name or spelt out as in a pipeline's `candidates`. */
export const JudgeModel = z.union([
  z.string().min(1),
  z.strictObject({
    provider: z.string().min(1),
    model: z.string().min(1),
    baseUrl: z.url({ protocol: /^https?$/ }).optional(),
    keyVariable: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
      .optional(),
    temperature: z.number().min(0).max(2).optional(),
    maxOutputTokens: z.number().int().min(1).optional(),
    price: z
      .strictObject({
        inputPerMTok: z.number().min(0).optional(),
        outputPerMTok: z.number().min(0).optional(),
        perCallUsd: z.number().min(0).optional(),
      })
      .optional(),
  }),
]);
export type JudgeModel = z.infer<typeof JudgeModel>;

/** Judged only by scoring again: they take time, memory, money, or run what a model wrote. */
export const CostlyScorerSpec = z.discriminatedUnion('kind', [
  /** Cosine of the bundled sentence encoder's vectors, below 0 taken as 0. Its process, no network. */
  z.strictObject({ kind: z.literal('embedding') }),
  /**
   * The answer's SQL query gives the rows the expected one gives, on a database built from `schema` in memory. Row order
   * counts only where `ordered`.
   */
  z.strictObject({
    kind: z.literal('sql'),
    schema: z.string().default(''),
    ordered: z.boolean().default(false),
    timeoutMs: z.number().int().min(1).max(600_000).default(5000),
    memoryMb: z.number().int().min(16).max(4096).default(256),
  }),
  /** The answer's JavaScript passes the expected assertions in a child process. Runs only where it is allowed. */
  z.strictObject({
    kind: z.literal('code'),
    timeoutMs: z.number().int().min(1).max(600_000).default(5000),
    memoryMb: z.number().int().min(16).max(4096).default(128),
  }),
  /** Every juror grades the answer by the rubric on `scale`; the median grade, mapped to 0…1. */
  z.strictObject({
    kind: z.literal('judge'),
    models: z.array(JudgeModel).min(1).max(9),
    rubric: z.string().min(1),
    scale: z.tuple([z.number().int(), z.number().int()]).default([1, 5]),
  }),
  /** Every juror prefers one of two answers, asked in both orders: 1 won, 0.5 tied or swayed by position, 0 lost. */
  z.strictObject({
    kind: z.literal('judge-pairwise'),
    models: z.array(JudgeModel).min(1).max(9),
    rubric: z.string().min(1),
    baseline: z.string().min(1),
  }),
]);
export type CostlyScorerSpec = z.infer<typeof CostlyScorerSpec>;
export const AnyScorerSpec = z.discriminatedUnion('kind', [
  ...ScorerSpec.options,
  ...CostlyScorerSpec.options,
]);
export type AnyScorerSpec = z.infer<typeof AnyScorerSpec>;

/** How two candidates' answers are compared with each other where a dataset is judged by `spec`. */
export function agreementOf(spec: ScorerSpec): AgreementSpec {
  const { kind } = spec;
  if (kind === 'exact' || kind === 'contains' || kind === 'regex' || kind === 'json-field') return spec;
  if (kind === 'numeric') return { kind, absolute: spec.absolute, relative: spec.relative };
  return { kind: 'exact', caseSensitive: kind === 'verbatim' };
}
