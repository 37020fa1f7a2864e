/** Steps that ask a model, and guards of what it answers. */
import type { Path, SourceDocument } from '../document.ts';
import type { Asking } from '../generate.ts';
import { type Check, guardCheck, schemaCheck } from '../guard.ts';
import type { JsonMap } from '../parts.ts';
import type { GeneratePart, GuardPart, StepPart } from '../specification.ts';
import { generateStep } from '../steps/generate-step.ts';
import { guardStep } from '../steps/guard-step.ts';
import { linkRoute } from './link-route.ts';
import { linkTemplate } from './link-text.ts';
import { asJson, type Linked, type Linking, linkTarget, stepsRead } from './linking.ts';

export function linkGenerate(linking: Linking, part: StepPart, generate: GeneratePart): Linked | null {
  const { at } = part;
  let sound = true;
  const text = (key: 'prompt' | 'system') => {
    const source = generate[key];
    if (source === undefined) return null;
    const linked = linkTemplate(linking, source, [...at, 'generate', key], { step: part });
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
  if (!linked) return null;
  linking.steps.set(part.id, { kind: 'generate', generate: { asking, route: linked.route } });
  if (!sound) return null;
  const resolved: JsonMap = { logprobs: generate.logprobs };
  if (prompt) resolved['prompt'] = { text: prompt.text };
  if (system) resolved['system'] = { text: system.text };
  if (generate.output) resolved['output'] = generate.output;
  if (!part.route) resolved['model'] = linked.resolved;
  if (generate.fallback) resolved['fallback'] = asJson(generate.fallback);
  const needs = new Set([...stepsRead(asking.prompt, asking.system), ...linked.needs]);
  return {
    step: generateStep(asking, linked.route, [...needs]),
    resolved: { id: part.id, ...(part.route ? { route: linked.resolved } : {}), generate: resolved },
  };
}

const schemaHint = 'Write a JSON Schema, e.g. `{ type: object, properties: { label: { enum: [a, b] } } }`.';

export function linkGuard(linking: Linking, part: StepPart, guard: GuardPart): Linked | null {
  const { document } = linking;
  const at: Path = [...part.at, 'guard'];
  const target = linkTarget(linking, guard.of, at, {
    wanted: 'answer',
    noun: 'generate step',
    missing: 'A guard needs an answer to check.',
  });
  if (target === null) return null;
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
  const { onFail, retries } = guard;
  return {
    step: guardStep({ id: part.id, of: asking, route, check, onFail, retries }),
    resolved: { id: part.id, guard: asJson({ ...guard, of: target }) },
  };
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
