import { z } from 'zod';
import { runStatuses } from '../api/index.ts';
import type { Row } from './database.ts';
import type { RunRecord } from './store.ts';
import { textOf } from './text-of.ts';

/** What the store reads of a run's config; everything else in it is the business of the room that runs it. */
const Facts = z.object({
  candidates: z.array(z.string()).default([]),
  nominal: z.array(z.string()).default([]),
  models: z
    .record(
      z.string(),
      z.object({
        provider: z.string().nullable(),
        model: z.string().nullable(),
        parameters: z.record(z.string(), z.json()).default({}),
        inputPerMTok: z.number().nullable().default(null),
        outputPerMTok: z.number().nullable().default(null),
        priceDate: z.string().nullable().default(null),
        priceHash: z.string().nullable().default(null),
      }),
    )
    .default({}),
});
export type RunFacts = z.infer<typeof Facts>;

export function factsOf(config: unknown): RunFacts {
  const parsed = Facts.safeParse(config);
  return parsed.success ? parsed.data : { candidates: [], nominal: [], models: {} };
}

export const nominalOf = (row: Row): string[] =>
  z.array(z.string()).parse(JSON.parse(textOf(row['nominal'])));

const Reason = z.object({ code: z.string(), message: z.string() }).nullable();

export function runRecordOf(row: Row): RunRecord {
  return {
    id: textOf(row['id']),
    name: textOf(row['name']),
    kind: row['kind'] === 'recorded' ? 'recorded' : 'pipeline',
    dataset: textOf(row['dataset']),
    datasetHash: textOf(row['dataset_hash']),
    status: z.enum(runStatuses).parse(row['status']),
    reason: row['reason'] === null ? null : Reason.parse(JSON.parse(textOf(row['reason']))),
    created: textOf(row['created']),
    config: JSON.parse(textOf(row['config'])) as unknown,
    configHash: textOf(row['config_hash']),
    total: Number(row['total']),
    wallMs: Number(row['wall_ms']),
    budgetUsd: row['budget_usd'] === null ? null : Number(row['budget_usd']),
  };
}
