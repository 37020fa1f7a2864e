import type { Example, PipelineChecked, PipelineProblem } from '../api/index.ts';
import type { ModelRequest, ProviderRegistry } from '../providers/provider.ts';
import type { CallPlan, CompiledPipeline } from './compiled.ts';
import { planSteps } from './frames.ts';
import { freshState } from './state.ts';

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
  const worst =
    pipeline && dataset
      ? worstCase(pipeline, registry, dataset)
      : { calls: null, costUsd: null, perCandidate: [] };
  return {
    valid: pipeline !== null,
    name: pipeline?.name ?? null,
    problems,
    candidates: pipeline?.candidates ?? [],
    steps: pipeline?.steps ?? [],
    estimatedCostUsd: worst.costUsd,
    calls: worst.calls,
    perCandidate: worst.perCandidate,
  };
}

interface WholeWorst {
  calls: number | null;
  costUsd: number | null;
  perCandidate: PipelineChecked['perCandidate'];
}

function worstCase(
  pipeline: CompiledPipeline,
  registry: ProviderRegistry,
  dataset: { rows: number; examples: Example[] },
): WholeWorst {
  const { rows, examples } = dataset;
  const none = rows === 0 ? 0 : null;
  if (examples.length === 0) return { calls: none, costUsd: none, perCandidate: [] };
  const scale = rows / examples.length;
  const total: Worst = { calls: 0, costUsd: 0 };
  const perCandidate = pipeline.candidates.map((arm) => {
    const own: Worst = { calls: 0, costUsd: 0 };
    for (const example of examples) {
      const scope = { input: example.input, outputs: new Map(), state: freshState(pipeline.state) };
      add(own, worstOf(planSteps(pipeline.program, { arm, example, scope }), registry));
    }
    add(total, own);
    const worstUsd = own.costUsd === null ? null : own.costUsd * scale;
    return { candidate: arm, calls: Math.round(own.calls * scale), worstUsd };
  });
  return {
    calls: Math.round(total.calls * scale),
    costUsd: total.costUsd === null ? null : total.costUsd * scale,
    perCandidate,
  };
}

/** `costUsd` is null as soon as one price is not known. */
interface Worst {
  calls: number;
  costUsd: number | null;
}

function worstOf(plan: CallPlan, registry: ProviderRegistry): Worst {
  if ('oneOf' in plan) return { calls: 1, costUsd: dearest(plan.oneOf, registry) };
  if ('times' in plan) {
    const { calls, costUsd } = worstOf(plan.plan, registry);
    return { calls: calls * plan.times, costUsd: costUsd === null ? null : costUsd * plan.times };
  }
  const sum: Worst = { calls: 0, costUsd: 0 };
  if ('all' in plan) for (const part of plan.all) add(sum, worstOf(part, registry));
  else {
    for (const part of plan.any) {
      const { calls, costUsd } = worstOf(part, registry);
      sum.calls = Math.max(sum.calls, calls);
      sum.costUsd = sum.costUsd === null || costUsd === null ? null : Math.max(sum.costUsd, costUsd);
    }
  }
  return sum;
}

function add(sum: Worst, part: Worst): void {
  sum.calls += part.calls;
  sum.costUsd = sum.costUsd === null || part.costUsd === null ? null : sum.costUsd + part.costUsd;
}

function dearest(requests: ModelRequest[], registry: ProviderRegistry): number | null {
  const prices = requests.map((request) => registry.worstCaseUsd(request));
  return prices.some((price) => price === null) ? null : Math.max(...prices.map((price) => price ?? 0));
}
