import type { Step } from './compiled.ts';
import type { Path, SourceDocument } from './document.ts';
import { type Asking } from './generate.ts';
import { generateStep } from './generate-step.ts';
import { type Check, guardCheck, schemaCheck } from './guard.ts';
import { guardStep } from './guard-step.ts';
import { linkRoute } from './link-route.ts';
import { asJson, type Linking, linkTemplate, stepsRead } from './linking.ts';
import { nearNamesHint } from '../text/index.ts';
import type { JsonMap } from './parts.ts';
import { signalStep } from './signal-step.ts';
import type { GeneratePart, GuardPart, SignalPart, StepPart } from './specification.ts';

/** Makes a step runnable and puts it in its place. Null where it has a problem; each is reported. */
export function linkStep(linking: Linking, part: StepPart): Step | null {
  if (part.signal) return linkSignal(linking, part, part.signal);
  if (part.generate) return linkGenerate(linking, part, part.generate);
  if (part.guard) return linkGuard(linking, part, part.guard);
  if (part.intended) linking.steps.set(part.id, { kind: part.intended });
  return null;
}

function linkSignal(linking: Linking, part: StepPart, signal: SignalPart): Step | null {
  const path: Path = ['steps', part.index, 'signal', 'of'];
  const of = signal.of === undefined ? null : linkTemplate(linking, { text: signal.of }, path, part);
  linking.steps.set(part.id, { kind: 'signal' });
  if (signal.of !== undefined && !of) return null;
  linking.resolved[part.index] = { id: part.id, signal: asJson(signal) };
  return signalStep(part.id, signal, of?.template ?? null, stepsRead(of?.template ?? null));
}

function linkGenerate(linking: Linking, part: StepPart, generate: GeneratePart): Step | null {
  const at: Path = ['steps', part.index];
  let sound = true;
  const text = (key: 'prompt' | 'system') => {
    const source = generate[key];
    if (source === undefined) return null;
    const linked = linkTemplate(linking, source, [...at, 'generate', key], part);
    if (!linked) sound = false;
    return linked;
  };
  const prompt = text('prompt');
  const system = text('system');
  if (generate.output !== undefined) {
    try {
      schemaCheck(generate.output);
    } catch (error) {
      sound = false;
      const why = (error as Error).message;
      linking.document.report(
        [...at, 'generate', 'output'],
        `The output schema is invalid: ${why}.`,
        schemaHint,
      );
    }
  }
  const linked = linkRoute(linking, part);
  const asking: Asking = {
    id: part.id,
    prompt: prompt?.template ?? null,
    system: system?.template ?? null,
    output: generate.output,
    logprobs: generate.logprobs,
  };
  if (!linked) {
    linking.steps.set(part.id, { kind: 'generate' });
    return null;
  }
  linking.steps.set(part.id, { kind: 'generate', generate: { asking, route: linked.route } });
  if (!sound) return null;
  const resolved: JsonMap = { logprobs: generate.logprobs };
  if (prompt) resolved['prompt'] = { text: prompt.text };
  if (system) resolved['system'] = { text: system.text };
  if (generate.output) resolved['output'] = generate.output;
  if (!part.route) resolved['model'] = linked.resolved;
  linking.resolved[part.index] = {
    id: part.id,
    ...(part.route ? { route: linked.resolved } : {}),
    generate: resolved,
  };
  const needs = new Set([...stepsRead(asking.prompt), ...stepsRead(asking.system), ...linked.needs]);
  return generateStep(asking, linked.route, [...needs]);
}

const schemaHint = 'Write a JSON Schema, e.g. `{ type: object, properties: { label: { enum: [a, b] } } }`.';

function linkGuard(linking: Linking, part: StepPart, guard: GuardPart): Step | null {
  const { document } = linking;
  const at: Path = ['steps', part.index, 'guard'];
  const generates = [...linking.steps.entries()].filter(([, step]) => step.kind === 'generate');
  const ids = generates.map(([id]) => id);
  linking.steps.set(part.id, { kind: 'guard' });
  const target = guard.of ?? ids.at(-1);
  if (target === undefined || !ids.includes(target)) {
    document.report(
      guard.of === undefined ? at : [...at, 'of'],
      guard.of === undefined
        ? 'A guard needs an answer to check.'
        : `There is no earlier answer \`${guard.of}\`.`,
      guard.of === undefined
        ? 'Put it below a generate step.'
        : nearNamesHint(guard.of, ids, 'generate step'),
    );
    return null;
  }
  const linked = linking.steps.get(target)?.generate;
  if (guard.schema === undefined && guard.pattern === undefined && guard.maxLength === undefined) {
    document.report(at, 'This guard checks nothing.', 'Add `schema`, `pattern` or `maxLength`.');
    return null;
  }
  if (!linked) {
    // Its step has a problem of its own; what this guard says by itself is still checked.
    guardOf(document, { ...guard, schema: guard.schema === true ? undefined : guard.schema }, undefined, at);
    return null;
  }
  const { asking, route } = linked;
  if (guard.schema === true && asking.output === undefined) {
    document.report(
      [...at, 'schema'],
      `Step \`${target}\` declares no output schema to check against.`,
      'Add `output:` to it, or write the schema here.',
    );
    return null;
  }
  if (guard.onFail === 'escalate' && route.by === 'model') {
    document.report(
      [...at, 'onFail'],
      `Step \`${target}\` has one model and nobody to escalate to.`,
      'Give it a `route`, or use `block` or `retry`.',
    );
    return null;
  }
  const check = guardOf(document, guard, asking.output, at);
  if (!check) return null;
  linking.resolved[part.index] = { id: part.id, guard: asJson({ ...guard, of: target }) };
  return guardStep({ id: part.id, of: asking, route, check, onFail: guard.onFail, retries: guard.retries });
}

function guardOf(
  document: SourceDocument,
  guard: GuardPart,
  output: JsonMap | undefined,
  at: Path,
): Check | null {
  try {
    return guardCheck(guard, output);
  } catch (error) {
    const key = error instanceof SyntaxError ? 'pattern' : 'schema';
    const hint =
      key === 'pattern' ? 'Correct the regular expression (JavaScript syntax, `u` flag).' : schemaHint;
    document.report([...at, key], `The ${key} is invalid: ${(error as Error).message}.`, hint);
    return null;
  }
}
