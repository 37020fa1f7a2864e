import { type Json, type Policy, toWorkbenchError } from '../../api/index.ts';
import { compilePolicy, parsePolicy } from '../../policy/index.ts';
import type { ModelSpec } from '../../providers/provider.ts';
import type { Path } from '../document.ts';
import { readBeside } from '../files.ts';
import { linkCondition } from './link-condition.ts';
import { asJson, linkCandidate, linkFallback, type Linking } from './linking.ts';
import { nearNamesHint } from '../../text/index.ts';
import { directRoute, policyRoute, type Route, type Rule, rulesRoute } from '../route.ts';
import type { GeneratePart, RoutePart, StepPart } from '../specification.ts';

interface LinkedRoute {
  route: Route;
  /** Signal steps it reads. */
  needs: string[];
  /** The route as it stands in the self-contained source. */
  resolved: Json;
}

/** The route of a generate step, or its one model. Null where there is a problem, reported. */
export function linkRoute(linking: Linking, step: StepPart): LinkedRoute | null {
  const { route, generate } = step;
  const { at } = step;
  if (!route) return linkModel(linking, generate, at, step.id);
  if (generate?.fallback !== undefined) {
    linking.document.report(
      [...at, 'generate', 'fallback'],
      'A route names its own candidates; a fallback is for a step with one model.',
      route.by === 'candidate'
        ? 'Remove it: an arm is measured as itself.'
        : 'Remove it, or use a policy with fallbacks.',
    );
  }
  if (generate?.model !== undefined) {
    linking.document.report(
      [...at, 'generate', 'model'],
      'A step with a route takes its model from the route.',
      'Remove `model`, or remove `route`.',
    );
  }
  const { names, models } = linkCandidates(linking, route, [...at, 'route']);
  const rules = route.by === 'rules' ? linkRules(linking, step, route, names) : null;
  if (!models) return null;
  const resolved = { by: route.by, candidates: names };
  switch (route.by) {
    case 'candidate': {
      if (linking.shared.arms) {
        linking.document.report(
          [...at, 'route'],
          `Step \`${linking.shared.arms.step}\` already routes by candidate.`,
          'Give this step a `model`: a run has one set of arms.',
        );
        return null;
      }
      linking.shared.arms = { names, step: step.id };
      return { route: directRoute('candidate', models), needs: [], resolved };
    }
    case 'rules': {
      if (!rules) return null;
      return {
        route: rulesRoute(rules.rules, models),
        needs: rules.needs,
        resolved: { ...resolved, rules: asJson(route.rules) },
      };
    }
    case 'policy':
      return linkPolicy(linking, step, route, models);
  }
}

function linkModel(
  linking: Linking,
  generate: GeneratePart | undefined,
  at: Path,
  step: string,
): LinkedRoute | null {
  let name = generate?.model;
  if (name === undefined) {
    if (linking.declared.size === 0) return null;
    if (linking.declared.size > 1) {
      linking.document.report(
        at,
        `Step \`${step}\` does not say which of ${linking.declared.size} candidates answers.`,
        'Add `route: { by: candidate }` to measure each, or `model: NAME` under `generate`.',
      );
      return null;
    }
    name = [...linking.declared.keys()][0]!;
  }
  const spec = linkCandidate(linking, name, [...at, 'generate', 'model']);
  const linked = linkFallback(linking, generate?.fallback, [...at, 'generate', 'fallback']);
  if (!spec || !linked) return null;
  return { route: directRoute('model', new Map([[name, spec]]), linked.fallback), needs: [], resolved: name };
}

/** `models` is null where any of the names has a problem, reported. */
function linkCandidates(
  linking: Linking,
  route: RoutePart,
  at: Path,
): { names: string[]; models: Map<string, ModelSpec> | null } {
  const names = route.candidates ?? [...linking.declared.keys()];
  const models = new Map<string, ModelSpec>();
  let sound = names.length > 0;
  names.forEach((name, index) => {
    const path = route.candidates ? [...at, 'candidates', index] : ['candidates', name];
    const spec = linkCandidate(linking, name, path);
    if (spec) models.set(name, spec);
    else sound = false;
    if (names.indexOf(name) < index) {
      linking.document.report(path, `Candidate \`${name}\` is listed twice.`, 'Keep one of the two.');
      sound = false;
    }
  });
  return { names, models: sound ? models : null };
}

function linkRules(
  linking: Linking,
  step: StepPart,
  route: RoutePart,
  candidates: string[],
): { rules: Rule[]; needs: string[] } | null {
  const { document } = linking;
  const at: Path = [...step.at, 'route'];
  if (!route.rules) {
    document.report(
      at,
      'A route by rules has no rules.',
      'Add `rules:` with `when` and `use`; the last one only `use`.',
    );
    return null;
  }
  const needs = new Set<string>();
  const rules: Rule[] = [];
  let sound = true;
  route.rules.forEach((rule, index) => {
    const path = [...at, 'rules', index];
    if (!candidates.includes(rule.use)) {
      document.report(
        [...path, 'use'],
        `\`${rule.use}\` is not a candidate of this route.`,
        nearNamesHint(rule.use, candidates, 'candidate'),
      );
      sound = false;
    }
    const last = index === route.rules!.length - 1;
    if (last === (rule.when !== undefined)) {
      document.report(
        path,
        last
          ? 'The last rule must always hold.'
          : 'A rule without `when` always holds: those below it never do.',
        last ? 'End with a rule that has only `use`.' : 'Give it a `when`, or move it to the end.',
      );
      sound = false;
    }
    if (rule.when === undefined) {
      rules.push({ when: null, use: rule.use });
      return;
    }
    const when = linkCondition(linking, rule.when, [...path, 'when'], step);
    for (const id of when?.needs ?? []) needs.add(id);
    if (when) rules.push({ when: when.holds, use: rule.use });
    else sound = false;
  });
  return sound ? { rules, needs: [...needs] } : null;
}

function linkPolicy(
  linking: Linking,
  step: StepPart,
  route: RoutePart,
  models: Map<string, ModelSpec>,
): LinkedRoute | null {
  const path: Path = [...step.at, 'route', 'policy'];
  const report = (message: string, hint: string): null => {
    linking.document.report(path, message, hint);
    return null;
  };
  const given = route.policy;
  if (given === undefined) {
    return report(
      'A route by policy names no policy.',
      'Add `policy: FILE.json`, exported by `kneepoint policy export`.',
    );
  }
  let text = JSON.stringify(given);
  if (typeof given === 'string') {
    const read = readBeside(linking.baseFolder, given);
    if ('message' in read) return report(read.message, read.hint);
    ({ text } = read);
  }
  let policy: Policy;
  try {
    policy = parsePolicy(text);
  } catch (thrown) {
    const error = toWorkbenchError(thrown);
    if (error.kind === 'bug') throw error;
    return report(error.message, error.hint ?? 'Export the policy again.');
  }
  let sound = true;
  for (const { id } of policy.candidates) {
    if (models.has(id)) continue;
    sound = false;
    report(
      `The policy's candidate \`${id}\` is not declared here.`,
      `Declare it under \`candidates\` and in the route.`,
    );
  }
  if (!sound) return null;
  const answers = policy.signals.flatMap((signal) => (signal.kind === 'answer' ? [signal] : []));
  const wanted = new Set(policy.signals.map((signal) => signal.id));
  return {
    route: policyRoute(compilePolicy(policy), answers, models),
    needs: [...linking.steps.keys()].filter((id) => wanted.has(id)),
    resolved: { by: 'policy', candidates: [...models.keys()], policy: asJson(policy) },
  };
}
