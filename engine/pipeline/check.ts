import type { Example, PipelineChecked, PipelineProblem } from '../api/index.ts';
import type { ModelRequest, ProviderRegistry } from '../providers/provider.ts';
import type { CompiledPipeline } from './compiled.ts';

/** Characters a token is taken for when an answer that is not there yet must be priced at its longest. */
const charsPerToken = 4;
const assumedOutputTokens = 1024;

/**
 * What `pipelines.check` answers. With a dataset, `calls` counts every call in the worst case (all retries, all
 * attempts of a policy) and `estimatedCostUsd` prices them at their worst: the mean over `examples` times
 * `rows`, exact where `examples` are all rows; null where any price is unknown. Without one, both are null.
 */
export function pipelineChecked(
  compiled: { pipeline: CompiledPipeline | null; problems: PipelineProblem[] },
  registry: ProviderRegistry,
  dataset: { rows: number; examples: Example[] } | null,
): PipelineChecked {
  const { pipeline, problems } = compiled;
  const worst = pipeline && dataset ? worstCase(pipeline, registry, dataset) : { calls: null, costUsd: null };
  return {
    valid: pipeline !== null,
    name: pipeline?.name ?? null,
    problems,
    candidates: pipeline?.candidates ?? [],
    steps: pipeline?.steps ?? [],
    estimatedCostUsd: worst.costUsd,
    calls: worst.calls,
  };
}

function worstCase(
  pipeline: CompiledPipeline,
  registry: ProviderRegistry,
  dataset: { rows: number; examples: Example[] },
): { calls: number | null; costUsd: number | null } {
  const { rows, examples } = dataset;
  if (examples.length === 0) return { calls: rows === 0 ? 0 : null, costUsd: rows === 0 ? 0 : null };
  let calls = 0;
  let costUsd: number | null = 0;
  for (const example of examples) {
    for (const arm of pipeline.candidates) {
      for (const choices of requestsOf(pipeline, arm, example)) {
        calls++;
        if (costUsd === null) continue;
        const prices = choices.map((request) => registry.worstCaseUsd(request));
        const known = prices.filter((price) => price !== null);
        costUsd = known.length < prices.length ? null : costUsd + Math.max(...known);
      }
    }
  }
  const scale = rows / examples.length;
  return { calls: Math.round(calls * scale), costUsd: costUsd === null ? null : costUsd * scale };
}

function requestsOf(pipeline: CompiledPipeline, arm: string, example: Example): ModelRequest[][] {
  const outputs = new Map<string, string>();
  return pipeline.program.flatMap((step) => {
    const choices = step.worstCase?.(arm, example, outputs) ?? [];
    const tokens = choices.flat().map(({ spec }) => spec.maxOutputTokens ?? assumedOutputTokens);
    if (tokens.length > 0 && step.kind === 'generate') {
      outputs.set(step.id, 'x'.repeat(charsPerToken * Math.max(...tokens)));
    }
    return choices;
  });
}
