import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { PipelineProblem, PipelineStep } from '../api/index.ts';
import type { ModelSpec, ProviderRegistry } from '../providers/provider.ts';
import type { CompiledPipeline, Step } from './compiled.ts';
import { readDocument } from './document.ts';
import { linkPipeline } from './linking/link-pipeline.ts';
import type { LinkedPipeline } from './linking/linking.ts';

/**
 * Reads and checks a whole specification. Every problem is reported at once, with file, line, column and hint;
 * `pipeline` is null exactly when there is one. With a dataset, templates are checked against its input fields.
 */
export function compilePipeline(
  source: { text: string; file: string; baseFolder: string | null },
  registry: ProviderRegistry,
  dataset: { inputFields: string[]; tagFields: string[] } | null,
): { pipeline: CompiledPipeline | null; problems: PipelineProblem[] } {
  const document = readDocument(source.text, source.file);
  const linked =
    document.problems.length === 0
      ? linkPipeline(document, { baseFolder: source.baseFolder, registry, dataset, callers: [source.file] })
      : null;
  const problems = document.problems.toSorted(
    (a, b) => Number(a.file !== b.file) || a.line - b.line || a.column - b.column,
  );
  return { pipeline: linked !== null && problems.length === 0 ? assemble(linked) : null, problems };
}

function assemble(linked: LinkedPipeline): CompiledPipeline {
  const { name, resolved, used, arms, program } = linked;
  const models: Record<string, ModelSpec> = Object.fromEntries(used);
  if (!arms && used.size > 0) models[name] ??= [...used.values()].at(-1)!;
  return {
    name,
    hash: createHash('sha256')
      .update(canonicalize(resolved) ?? '')
      .digest('hex'),
    source: `${JSON.stringify(resolved, null, 2)}\n`,
    candidates: arms?.names ?? [name],
    models,
    steps: program.map(shown),
    program,
    output: linked.output,
    state: linked.state,
    sensitivity: linked.sensitivity,
    codeSteps: linked.codeSteps,
    async prepare(signal) {
      for (const prepare of linked.preparing) await prepare(signal);
    },
  };
}

const shown = ({ id, kind, needs, inner }: Step): PipelineStep => ({
  id,
  kind,
  needs,
  ...(inner ? { inner: inner.map(({ name, steps }) => ({ name, steps: steps.map(shown) })) } : {}),
});
