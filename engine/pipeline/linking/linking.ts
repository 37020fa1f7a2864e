/** What linking knows at a step: what it may name, and where the problems go. */
import type { Json } from '../../api/index.ts';
import type { ModelSpec, ProviderRegistry } from '../../providers/provider.ts';
import { nearNamesHint } from '../../text/index.ts';
import type { Declared } from '../candidates.ts';
import type { Sensitivity, StateKeys, Step } from '../compiled.ts';
import type { Path, SourceDocument } from '../document.ts';
import type { DocumentSet } from '../documents.ts';
import type { Fallback } from '../fallback.ts';
import type { Asking } from '../generate.ts';
import type { JsonMap } from '../parts.ts';
import type { Route } from '../route.ts';
import type { FallbackPart, StepKind, StepPart } from '../specification.ts';
import type { Agent, AgentTool } from '../steps/agent-step.ts';
import type { Template } from '../template.ts';

export interface Linking {
  document: SourceDocument;
  baseFolder: string | null;
  registry: ProviderRegistry;
  /** Null where the columns are not known. */
  dataset: { inputFields: string[]; tagFields: string[] } | null;
  declared: Declared;
  state: StateKeys;
  documents: ReadonlyMap<string, DocumentSet>;
  tools: ReadonlyMap<string, AgentTool>;
  agents: ReadonlyMap<string, Agent>;
  /** Steps whose results can be read here, by id; generate steps with what they ask and whom. */
  steps: Map<string, LinkedStep>;
  /** Every step of the file, in its order, wherever it stands. */
  order: readonly string[];
  /** What a map or a loop around this step gives. */
  locals: ReadonlySet<'item' | 'index'>;
  /** The pipelines around this one, outermost first, where it is called by another. */
  callers: readonly string[];
  /** For the pipelines this one calls. */
  linkCalled: LinkPipeline;
  /** Shared by all steps of the pipeline. */
  shared: {
    /** Candidates of the one route by candidate. */
    arms: { names: string[]; step: string } | null;
    used: Map<string, ModelSpec>;
    codeSteps: string[];
    /** What has to be ready before the first item runs: indexes. */
    preparing: Prepare[];
  };
}
export type Prepare = (signal: AbortSignal) => Promise<unknown>;
export interface LinkedStep {
  kind: StepKind;
  generate?: { asking: Asking; route: Route };
}
/** A step that runs, and its part of the self-contained source. */
export interface Linked {
  step: Step;
  resolved: JsonMap;
}
/** Links a list of steps; the steps that have a problem are left out, each reported. */
export type LinkSteps = (linking: Linking, parts: readonly StepPart[]) => Linked[];

/** A whole pipeline, linked: what is compiled, and what a `call` step runs. */
export interface LinkedPipeline {
  name: string;
  program: Step[];
  output: Template | null;
  state: StateKeys;
  sensitivity: Sensitivity | null;
  arms: { names: string[]; step: string } | null;
  /** Models used, by declared name. */
  used: Map<string, ModelSpec>;
  codeSteps: string[];
  preparing: Prepare[];
  /** Self-contained: files inlined, models resolved. */
  resolved: JsonMap;
}
export type LinkPipeline = (
  document: SourceDocument,
  given: Pick<Linking, 'baseFolder' | 'registry' | 'dataset' | 'callers'>,
) => LinkedPipeline | null;

/** A scope of its own: what is linked in it is not seen outside, unless `show` says so. */
export const scopeIn = (linking: Linking, ...locals: ('item' | 'index')[]): Linking => ({
  ...linking,
  steps: new Map(linking.steps),
  locals: new Set([...linking.locals, ...locals]),
});
export function show(linking: Linking, inner: Linking): void {
  for (const [id, step] of inner.steps) linking.steps.set(id, step);
}

/** Steps whose output a template reads. */
export function stepsRead(...templates: (Template | null | undefined)[]): string[] {
  const read = templates.flatMap((template) => template?.references ?? []);
  return [...new Set(read.flatMap((reference) => (reference.kind === 'step' ? [reference.step] : [])))];
}

/** Steps with an output: what a template, a review or a measurement can look at. */
export const withOutput = (linking: Linking): string[] =>
  [...linking.steps].flatMap(([id, { kind }]) => (kind === 'guard' || kind === 'score' ? [] : [id]));

/** A declared candidate's model; undefined where there is none of that name (reported), null where it is broken. */
export function linkCandidate(linking: Linking, name: string, path: Path): ModelSpec | null | undefined {
  if (!linking.declared.has(name)) {
    linking.document.report(
      path,
      `There is no candidate \`${name}\`.`,
      nearNamesHint(name, [...linking.declared.keys()], 'candidate'),
    );
    return undefined;
  }
  const spec = linking.declared.get(name);
  if (spec) linking.shared.used.set(name, spec);
  return spec;
}

/** Null where one of its candidates has a problem, reported. */
export function linkFallback(
  linking: Linking,
  part: FallbackPart | undefined,
  path: Path,
): { fallback: Fallback | null } | null {
  if (part === undefined) return { fallback: null };
  const names = Array.isArray(part) ? part : part.to;
  const to = names.map((candidate, index) => {
    const spec = linkCandidate(linking, candidate, [...path, ...(Array.isArray(part) ? [] : ['to']), index]);
    return spec ? { candidate, spec } : null;
  });
  if (to.includes(null)) return null;
  return {
    fallback: {
      to: to.filter((one) => one !== null),
      on: Array.isArray(part) ? null : new Set(part.on),
    },
  };
}

/** The step a guard, review or measurement looks at: the one named, or the latest answer. Null where there is none, reported. */
export function linkTarget(
  linking: Linking,
  named: string | undefined,
  at: Path,
  words: { wanted: 'answer' | 'output'; noun: string; missing: string },
): string | null {
  const known =
    words.wanted === 'answer'
      ? [...linking.steps].flatMap(([id, { kind }]) => (kind === 'generate' ? [id] : []))
      : withOutput(linking);
  const answers = [...linking.steps].flatMap(([id, { kind }]) => (answering.has(kind) ? [id] : []));
  const target = named ?? (words.wanted === 'answer' ? known : answers).at(-1);
  if (target !== undefined && known.includes(target)) return target;
  linking.document.report(
    named === undefined ? at : [...at, 'of'],
    named === undefined ? words.missing : `There is no earlier ${words.wanted} \`${named}\`.`,
    named === undefined ? 'Put it below a generate step.' : nearNamesHint(named, known, words.noun),
  );
  return null;
}
const answering = new Set<StepKind>(['generate', 'agent', 'call', 'review', 'branch', 'loop', 'code']);

export const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
