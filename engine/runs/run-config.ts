import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { WorkbenchError } from '../api/index.ts';
import type { CompiledPipeline } from '../pipeline/index.ts';
import type { ModelSpec } from '../providers/provider.ts';
import type { RunRecord } from '../store/index.ts';

/** What the policy's `candidates` say of a model. */
export interface ModelFacts {
  provider: string | null;
  model: string | null;
  parameters: ModelSpec['parameters'];
  inputPerMTok: number | null;
  outputPerMTok: number | null;
  priceDate: string | null;
  priceHash: string | null;
}

/** Everything needed to continue a run in another process. */
const RunConfig = z.object({
  /** Where the pipeline came from, to notice that it was edited; null for one that was handed over as text. */
  file: z.string().nullable(),
  /** Self-contained: compiles anywhere to `pipelineHash`. */
  source: z.string(),
  pipelineHash: z.string(),
  candidates: z.array(z.string()).min(1),
  seed: z.number(),
  fresh: z.boolean(),
  ambiguous: z.enum(['retry', 'skip', 'ask']),
  concurrency: z.number().int().min(1),
  /** Rows of split fit that local models learn from and that are therefore not judged. */
  leftOut: z.number().int().min(0),
  learns: z.boolean(),
  nominal: z.array(z.string()),
  models: z.record(z.string(), z.unknown()),
});
export type RunConfig = z.infer<typeof RunConfig>;

export function configOf(record: RunRecord): RunConfig {
  const parsed = RunConfig.safeParse(record.config);
  if (parsed.success) return parsed.data;
  throw new WorkbenchError(
    'run.not_resumable',
    `The run ${record.id} cannot be continued: nothing is known of how it ran.`,
    {
      hint:
        record.kind === 'recorded'
          ? 'Its outcomes were imported: there is nothing to run.'
          : 'Start it anew with `kneepoint run`.',
      cause: parsed.error,
    },
  );
}

/** Over what decides the outcomes: a run is continued under the same, or not at all. */
export const configHash = (config: RunConfig, datasetHash: string): string =>
  hash(
    'sha256',
    canonicalize({
      pipeline: config.pipelineHash,
      candidates: config.candidates,
      seed: config.seed,
      dataset: datasetHash,
    }) ?? '',
  );

/** An arm's own model, and those every arm uses. */
export function specsOf(pipeline: CompiledPipeline, candidate: string): ModelSpec[] {
  const own = pipeline.models[candidate];
  const shared = Object.entries(pipeline.models).filter(([name]) => !pipeline.candidates.includes(name));
  return [...new Set([...(own ? [own] : []), ...shared.map(([, spec]) => spec)])];
}

export function factsOf(spec: ModelSpec | undefined, known: ModelFacts | null): ModelFacts {
  const extra = {
    ...(spec?.temperature === undefined ? {} : { temperature: spec.temperature }),
    ...(spec?.maxOutputTokens === undefined ? {} : { maxOutputTokens: spec.maxOutputTokens }),
  };
  return {
    provider: spec?.provider ?? null,
    model: spec?.model ?? null,
    parameters: { ...spec?.parameters, ...extra },
    inputPerMTok: spec?.price ? (spec.price.inputPerMTok ?? null) : (known?.inputPerMTok ?? null),
    outputPerMTok: spec?.price ? (spec.price.outputPerMTok ?? null) : (known?.outputPerMTok ?? null),
    priceDate: spec?.price ? null : (known?.priceDate ?? null),
    priceHash: spec?.price ? null : (known?.priceHash ?? null),
  };
}
