import type { Policy, PolicyDraft, PolicySignal } from '../api/index.ts';
import { comparisonsOf, conditionsOf, valueTypeOf } from './conditions.ts';

/** What the schema cannot say. Each problem: a path into the JSON and a sentence. Empty where the policy is sound. */
export function policyProblems(policy: Policy | PolicyDraft): { path: string; message: string }[] {
  const problems: { path: string; message: string }[] = [];
  const report = (path: string, message: string): void => {
    problems.push({ path, message });
  };
  const signals = new Map(policy.signals.map((signal) => [signal.id, signal]));
  const routes = new Set(policy.routes.map(({ id }) => id));
  const candidates = new Set(policy.candidates.map(({ id }) => id));
  const known = (path: string, list: readonly string[]): void => {
    for (const id of list) if (!candidates.has(id)) report(path, `"${id}" is not one of the candidates`);
  };
  for (const [path, items] of Object.entries({
    candidates: policy.candidates,
    signals: policy.signals,
    rules: policy.rules,
    routes: policy.routes,
  })) {
    for (const id of repeated(items.map((item) => item.id))) report(path, `the id "${id}" is there twice`);
  }

  policy.signals.forEach((signal, i) => {
    const path = `signals.${i}`;
    checkSignal(signal, (at, message) => report(`${path}.${at}`, message));
    if ('route' in signal.onMissing && !routes.has(signal.onMissing.route)) {
      report(`${path}.onMissing.route`, `"${signal.onMissing.route}" is not one of the routes`);
    }
    if (signal.kind === 'answer') known(`${path}.candidate`, [signal.candidate]);
    if (signal.kind === 'agreement') known(`${path}.candidates`, signal.candidates);
  });

  for (const { path, phase, condition } of conditionsOf(policy)) {
    for (const comparison of comparisonsOf(condition)) {
      const signal = signals.get(comparison.signal);
      if (signal === undefined) {
        report(path, `"${comparison.signal}" is not one of the signals`);
        continue;
      }
      if (phase === 'rule' && signal.when === 'after') {
        report(path, `a rule is read before any call, and "${signal.id}" is only known after one`);
      }
      const type = valueTypeOf(signal);
      const values = comparison.op === 'in' ? comparison.values : [comparison.value];
      for (const value of values) {
        if (typeName(value) !== type) {
          report(path, `"${signal.id}" is a ${type}, and is compared with a ${typeName(value)}`);
        }
      }
    }
  }

  policy.rules.forEach(({ route }, i) => {
    if (!routes.has(route)) report(`rules.${i}.route`, `"${route}" is not one of the routes`);
  });
  if (policy.rules.at(-1)?.when !== 'always') report('rules', 'the last rule must be "always"');

  policy.routes.forEach((route, r) => {
    const path = `routes.${r}`;
    const reachable = [...route.attempts.map((a) => a.candidate), ...Object.values(route.fallbacks).flat()];
    known(path, [...reachable, ...(route.scope ?? [])]);
    for (const id of reachable) {
      if (route.scope !== null && !route.scope.includes(id)) {
        report(path, `"${id}" lies outside the scope of route "${route.id}"`);
      }
    }
    route.attempts.forEach(({ accept }, a) => {
      const last = a === route.attempts.length - 1;
      if (last !== (accept === 'always')) {
        report(`${path}.attempts.${a}.accept`, 'the last attempt, and no other, accepts "always"');
      }
    });
  });
  return problems;
}

function checkSignal(signal: PolicySignal, report: (at: string, message: string) => void): void {
  if ('value' in signal.onMissing && typeName(signal.onMissing.value) !== valueTypeOf(signal)) {
    report('onMissing.value', `must be a ${valueTypeOf(signal)}, as the signal is`);
  }
  if (signal.kind === 'text-linear' && signal.weights.some(([bucket]) => bucket >= signal.buckets)) {
    report('weights', `a bucket is not below ${signal.buckets}`);
  }
  if (signal.kind === 'agreement' && signal.scorer.kind === 'regex') {
    try {
      void new RegExp(signal.scorer.pattern, signal.scorer.flags);
    } catch (error) {
      report('scorer.pattern', error instanceof Error ? error.message : 'is not a regular expression');
    }
  }
}

const typeName = (value: number | string | boolean): 'number' | 'label' | 'boolean' =>
  typeof value === 'string' ? 'label' : typeof value === 'number' ? 'number' : 'boolean';

function repeated(ids: readonly string[]): Set<string> {
  return new Set(ids.filter((id, i) => ids.indexOf(id) !== i));
}
