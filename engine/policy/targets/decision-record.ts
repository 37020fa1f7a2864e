import { z } from 'zod';

const nullableText = z.string().nullable();

/** One line a decision, to be logged where the policy runs: what drift and audits read later. */
const DecisionRecord = z.strictObject({
  id: z.string(),
  at: z.iso.datetime(),
  policy: z.strictObject({ name: z.string(), version: z.string(), hash: z.string() }),
  /** Signal values read, by id; null where the signal was missing. */
  signals: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  rule: nullableText,
  route: nullableText,
  margin: z.number().nullable(),
  attempts: z.array(
    z.strictObject({
      candidate: z.string(),
      /** The model that answered, as the provider named it. */
      answeredBy: nullableText,
      failure: nullableText,
      latencyMs: z.number().nullable(),
      inputTokens: z.number().int().nullable(),
      outputTokens: z.number().int().nullable(),
      /** Unknown is null, never 0. */
      costUsd: z.number().nullable(),
    }),
  ),
  served: nullableText,
  error: nullableText,
  shadow: z.boolean(),
});

export const decisionRecordSchema = z.toJSONSchema(DecisionRecord);
