/** A whole specification, linked: what compile.ts makes a pipeline of, and what a `call` step runs. */
import type { Json } from '../../api/index.ts';
import { nearNamesHint } from '../../text/index.ts';
import { readCandidates } from '../candidates.ts';
import type { Sensitivity, StateKeys } from '../compiled.ts';
import type { SourceDocument } from '../document.ts';
import { isJsonMap, type JsonMap, readPart, reportUnknownKey } from '../parts.ts';
import { readSteps } from '../read-steps.ts';
import { identifier, rootKeys, SensitivityPart, StatePart, type StepPart } from '../specification.ts';
import { initialOf } from '../state.ts';
import type { Template } from '../template.ts';
import { linkAgents, linkTools } from './link-agents.ts';
import { readDocuments } from './link-documents.ts';
import { linkSteps, programOf } from './link-step.ts';
import { linkTemplate } from './link-text.ts';
import { asJson, type Linking, type LinkPipeline } from './linking.ts';

/** Null where there is a problem; all are in the document. */
export const linkPipeline: LinkPipeline = (document, given) => {
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
  const seen = new Set<string>();
  const parts = readSteps(document, root['steps'], ['steps'], seen);
  const needed =
    parts.length === 0 || has(parts, (part) => part.intended === 'generate' || part.intended === 'agent');
  const declared = readCandidates(document, root['candidates'], given.registry, needed);
  const documents = readDocuments(document, root['documents'], given.baseFolder);
  const base: Linking = {
    ...given,
    linkCalled: linkPipeline,
    document,
    declared,
    state: readState(document, root['state']),
    documents,
    tools: new Map(),
    agents: new Map(),
    steps: new Map(),
    order: [...seen],
    locals: new Set(),
    shared: { arms: null, used: new Map(), codeSteps: [], preparing: [] },
  };
  const tools = linkTools(base, root['tools']);
  const withTools: Linking = { ...base, tools: tools.tools };
  const agents = linkAgents(withTools, root['agents']);
  const linking: Linking = { ...withTools, agents: agents.agents };
  const sensitivity = readSensitivity(linking, root['sensitivity']);
  const linked = linkSteps(linking, parts);
  if (parts.length > 0 && document.problems.length === 0 && !has(parts, answers)) {
    document.report(['steps'], 'No step generates an answer.', 'Add a step with `generate:`.');
  }
  const output = readOutput(linking, root['output']);
  if (document.problems.length > 0 || name === null) return null;
  const { arms, used, codeSteps, preparing } = linking.shared;
  const resolved: JsonMap = {
    pipeline: name,
    version: 1,
    candidates: asJson(
      Object.fromEntries([...used].filter(([id]) => declared.has(id)).map(([id, { ...spec }]) => [id, spec])),
    ),
    ...(linking.state.size === 0 ? {} : { state: asJson(Object.fromEntries(linking.state)) }),
    ...(sensitivity
      ? { sensitivity: { detect: [...sensitivity.detect], allow: [...sensitivity.allow] } }
      : {}),
    ...(documents.size === 0
      ? {}
      : { documents: asJson(Object.fromEntries([...documents].map(([id, set]) => [id, set.resolved]))) }),
    ...(tools.tools.size === 0 ? {} : { tools: tools.resolved }),
    ...(agents.agents.size === 0 ? {} : { agents: agents.resolved }),
    steps: linked.map((one) => one.resolved),
    ...(output ? { output: output.text } : {}),
  };
  return {
    name,
    program: programOf(linked),
    output: output?.template ?? null,
    state: linking.state,
    sensitivity,
    arms,
    used,
    codeSteps,
    preparing,
    resolved,
  };
};

const answers = ({ generate, agent, call, code, review }: StepPart): boolean =>
  [generate, agent, call, code, review].some((kind) => kind !== undefined);

/** Whether a step, or one inside it, is such a one. */
const has = (parts: readonly StepPart[], wanted: (part: StepPart) => boolean): boolean =>
  parts.some((part) => wanted(part) || has([...part.inner.values()].flat(), wanted));

function readName(document: SourceDocument, root: JsonMap): string | null {
  const { pipeline, version = 1 } = root;
  if (version !== 1)
    document.report(['version'], `Version ${JSON.stringify(version)} is not known.`, 'Write `version: 1`.');
  if (typeof pipeline === 'string' && pipeline.trim() !== '' && pipeline.length <= 200) return pipeline;
  document.report(['pipeline'], 'The pipeline has no name.', 'Begin the file with `pipeline: NAME`.');
  return null;
}

function readState(document: SourceDocument, value: Json | undefined): StateKeys {
  if (value === undefined) return new Map();
  const part = readPart(document, StatePart, value, ['state']) ?? {};
  for (const key of Object.keys(part)) {
    if (identifier.test(key)) continue;
    document.report(
      ['state', key],
      `\`${key}\` cannot be a state's name.`,
      'Use a letter, then letters, digits, `-` or `_`.',
      { atKey: true },
    );
  }
  return new Map(
    Object.entries(part).map(([key, { reducer, initial }]) => [
      key,
      { reducer, initial: initial === undefined ? initialOf(reducer) : initial },
    ]),
  );
}

function readSensitivity(linking: Linking, value: Json | undefined): Sensitivity | null {
  if (value === undefined) return null;
  const part = readPart(linking.document, SensitivityPart, value, ['sensitivity']);
  if (part === null) return null;
  // Candidates of a called pipeline are named `STEP/NAME`; those steps are linked later.
  part.allow.forEach((name, index) => {
    if (linking.declared.has(name) || name.includes('/')) return;
    linking.document.report(
      ['sensitivity', 'allow', index],
      `There is no candidate \`${name}\`.`,
      nearNamesHint(name, [...linking.declared.keys()], 'candidate'),
    );
  });
  return { detect: part.detect, allow: new Set(part.allow) };
}

function readOutput(linking: Linking, value: Json | undefined): { template: Template; text: string } | null {
  if (value === undefined) return null;
  if (typeof value !== 'string' || value === '') {
    linking.document.report(
      ['output'],
      'The output is a template.',
      'Write `output: "{{steps.ID.output}}"`.',
    );
    return null;
  }
  return linkTemplate(linking, { text: value }, ['output']);
}
