import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import type { Json, PipelineProblem } from '../api/index.ts';
import type { ModelSpec, ProviderRegistry } from '../providers/provider.ts';
import { readCandidates } from './candidates.ts';
import type { CompiledPipeline, Step } from './compiled.ts';
import { readDocument, type SourceDocument } from './document.ts';
import { linkStep } from './link-step.ts';
import { asJson, type Linking } from './linking.ts';
import { isJsonMap, type JsonMap, readPart, reportUnknownKey } from './parts.ts';
import {
  GeneratePart,
  GuardPart,
  identifier,
  rootKeys,
  RoutePart,
  SignalPart,
  stepKeys,
  type StepPart,
} from './specification.ts';
import { textOf } from './template.ts';

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
  const pipeline =
    document.problems.length === 0 ? compile(document, source.baseFolder, registry, dataset) : null;
  const problems = document.problems.toSorted(
    (a, b) => Number(a.file !== b.file) || a.line - b.line || a.column - b.column,
  );
  return { pipeline: problems.length === 0 ? pipeline : null, problems };
}

function compile(
  document: SourceDocument,
  baseFolder: string | null,
  registry: ProviderRegistry,
  dataset: Linking['dataset'],
): CompiledPipeline | null {
  const root = document.value;
  if (!isJsonMap(root)) {
    document.report(
      [],
      root === null || root === '' ? 'The pipeline is empty.' : 'A pipeline is a map of keys.',
      'Begin with `pipeline: NAME`, then `candidates:` and `steps:`.',
    );
    return null;
  }
  for (const key of Object.keys(root))
    if (!rootKeys.includes(key)) reportUnknownKey(document, [key], rootKeys);
  const name = readName(document, root);
  const declared = readCandidates(document, root['candidates'], registry);
  const parts = readSteps(document, root['steps']);
  const linking: Linking = {
    document,
    baseFolder,
    dataset,
    declared,
    steps: new Map(),
    indexes: new Map(parts.map((part) => [part.id, part.index])),
    resolved: [],
    arms: null,
    used: new Map(),
  };
  const program = parts.map((part) => linkStep(linking, part));
  if (parts.length > 0 && document.problems.length === 0 && !parts.some((part) => part.generate)) {
    document.report(['steps'], 'No step generates an answer.', 'Add a step with `generate:`.');
  }
  const steps = program.filter((step): step is Step => step !== null);
  if (document.problems.length > 0 || name === null) return null;
  return assemble(name, steps, linking);
}

function assemble(name: string, program: Step[], linking: Linking): CompiledPipeline {
  const models: Record<string, ModelSpec> = Object.fromEntries(linking.used);
  const candidates = linking.arms?.names ?? [name];
  const used = [...linking.used.values()];
  if (!linking.arms) models[name] ??= used.at(-1)!;
  const resolved: JsonMap = {
    pipeline: name,
    version: 1,
    candidates: asJson(Object.fromEntries([...linking.used].map(([id, { ...spec }]) => [id, spec]))),
    steps: linking.resolved.filter((step) => step !== undefined),
  };
  return {
    name,
    hash: createHash('sha256')
      .update(canonicalize(resolved) ?? '')
      .digest('hex'),
    source: `${JSON.stringify(resolved, null, 2)}\n`,
    candidates,
    models,
    steps: program.map(({ id, kind, needs }) => ({ id, kind, needs })),
    program,
  };
}

function readName(document: SourceDocument, root: JsonMap): string | null {
  const { pipeline, version = 1 } = root;
  if (version !== 1)
    document.report(['version'], `Version ${JSON.stringify(version)} is not known.`, 'Write `version: 1`.');
  if (typeof pipeline === 'string' && pipeline.trim() !== '' && pipeline.length <= 200) return pipeline;
  document.report(['pipeline'], 'The pipeline has no name.', 'Begin the file with `pipeline: NAME`.');
  return null;
}

function readSteps(document: SourceDocument, value: Json | undefined): StepPart[] {
  if (!Array.isArray(value) || value.length === 0) {
    document.report(['steps'], 'The pipeline has no steps.', 'Add `steps:` with a list of steps.');
    return [];
  }
  const seen = new Set<string>();
  return value.flatMap((item, index) => {
    const part = readStep(document, item, index);
    if (!part) return [];
    if (seen.has(part.id)) {
      document.report(['steps', index, 'id'], `There are two steps \`${part.id}\`.`, 'Give each its own id.');
    }
    seen.add(part.id);
    return [part];
  });
}

function readStep(document: SourceDocument, item: Json, index: number): StepPart | null {
  const at = ['steps', index];
  if (!isJsonMap(item)) {
    document.report(at, 'A step is a map of keys.', 'Write `- id: NAME` and the step below it.');
    return null;
  }
  for (const key of Object.keys(item))
    if (!stepKeys.includes(key)) reportUnknownKey(document, [...at, key], stepKeys);
  let id = item['id'];
  if (typeof id !== 'string' || !identifier.test(id)) {
    document.report(
      id === undefined ? at : [...at, 'id'],
      id === undefined ? 'This step has no id.' : `\`${textOf(id)}\` cannot be a step's id.`,
      'Use a letter, then letters, digits, `-` or `_`, at most 64.',
    );
    id = `step ${index + 1}`;
  }
  const kinds = (['signal', 'generate', 'guard'] as const).filter((key) => key in item);
  const strangers = Object.keys(item).some((key) => !stepKeys.includes(key));
  if (kinds.length > 1 || (kinds.length === 0 && !strangers)) {
    document.report(
      at,
      kinds.length === 0
        ? `Step \`${id}\` does nothing.`
        : `Step \`${id}\` does ${kinds.length} things at once.`,
      kinds.length === 0
        ? 'Give it one of `signal`, `generate` (with or without `route`), `guard`.'
        : `Split it: ${kinds.map((kind) => `\`${kind}\``).join(' and ')} are steps of their own.`,
    );
  }
  if ('route' in item && !('generate' in item)) {
    document.report([...at, 'route'], 'A route chooses who generates.', 'Add `generate:` to this step.', {
      atKey: true,
    });
  }
  const read = <S extends z.ZodType>(key: string, schema: S): z.output<S> | null =>
    key in item ? readPart(document, schema, item[key], [...at, key]) : null;
  const signal = read('signal', SignalPart);
  const route = read('route', RoutePart);
  const generate = read('generate', GeneratePart);
  const guard = read('guard', GuardPart);
  return {
    id,
    index,
    intended: kinds[0] ?? null,
    ...(signal ? { signal } : {}),
    ...(route ? { route } : {}),
    // A route that cannot be read must not turn its step into one without a route.
    ...(generate && (route || !('route' in item)) ? { generate } : {}),
    ...(guard ? { guard } : {}),
  };
}
