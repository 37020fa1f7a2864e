import { failureClasses, type PolicyDraft, type PolicyRoute, type PolicySignal } from '../api/index.ts';
import { encodeSignal, expectationOf, type Vector } from './conformance.ts';
import { compilePolicy, type DecisionShape } from './evaluator.ts';
import {
  type Context,
  contextsOf,
  foreignLabel,
  type Probe,
  probesOf,
  unusableValues,
} from './vector-contexts.ts';

type Failures = Vector['failures'];
const maxCovering = 64;
const texts = ['', 'Short one', 'Ünïcode: straße, 数学 is ΜΆΘΗΜΑ 🙂', 'what is 12 times 7? '.repeat(40)];

/**
 * Conformance vectors of a policy: each threshold met exactly, the doubles beside it, every way of being missing,
 * foreign text, and every failure class of every route. The expectation of each is what the evaluator does now.
 *
 * A value may matter only in some context (an earlier rule takes the request, another signal decides), so a context
 * is searched in which it does: a changed comparison, route, attempt or onMissing then fails some vector.
 */
export function makeVectors(policy: PolicyDraft): Vector[] {
  const compiled = compilePolicy(policy);
  const probes = new Map(policy.signals.map((signal) => [signal.id, probesOf(signal, policy)]));
  const contexts = contextsOf(probes);
  const vectors = new Map<string, Vector>();

  const decide = (
    context: Context,
    failures: Failures = {},
    input: Vector['request']['input'] = {},
  ): DecisionShape =>
    compiled.decide({ id: 'vector', input, signals: Object.fromEntries(context), failures });
  const outcome = (context: Context): string => JSON.stringify(expectationOf(decide(context)));
  const add = (
    label: string,
    context: Context,
    failures: Failures = {},
    input: Vector['request']['input'] = {},
  ): void => {
    const signals = Object.fromEntries([...context].map(([key, value]) => [key, encodeSignal(value)]));
    const key = JSON.stringify([signals, input, failures]);
    if (vectors.has(key)) return;
    const expect = expectationOf(decide(context, failures, input));
    const id = `${vectors.size + 1} ${label}`.slice(0, 500);
    vectors.set(key, { id, request: { id: 'vector', input, signals }, failures, expect });
  };
  /** The first context in which the given variants do not all end the same way. */
  const telling = (variants: (context: Context) => Context[]): Context =>
    contexts.find((context) => new Set(variants(context).map(outcome)).size > 1) ?? contexts[0] ?? new Map();

  const covered = new Set<string>();
  for (const context of contexts) {
    const key = outcome(context);
    if (covered.has(key) || covered.size >= maxCovering) continue;
    covered.add(key);
    add('every signal known', context);
  }

  // Requests that two rules would take tell the order of the rules.
  policy.rules.forEach((rule, at) => {
    const rest = compilePolicy({ ...policy, rules: policy.rules.filter((_, i) => i !== at) });
    const seconds = new Set<string | null>();
    for (const context of contexts) {
      if (decide(context).rule !== rule.id) continue;
      const second = rest.decide({ id: 'vector', input: {}, signals: Object.fromEntries(context) }).rule;
      if (seconds.has(second)) continue;
      seconds.add(second);
      add(`${rule.id} before ${String(second)}`, context);
    }
  });

  for (const signal of policy.signals) {
    const { groups, all } = probes.get(signal.id) ?? { groups: [], all: [] };
    for (const group of groups) {
      const context = telling((c) => group.map((value) => withValue(c, signal.id, value)));
      for (const value of group) add(`${signal.id} = ${String(value)}`, withValue(context, signal.id, value));
    }
    const context = telling((c) => [
      without(c, signal.id),
      ...all.map((value) => withValue(c, signal.id, value)),
    ]);
    add(`${signal.id} missing`, without(context, signal.id));
    for (const value of unusableValues(signal)) {
      add(`${signal.id} unusable: ${typeof value} ${String(value)}`, withValue(context, signal.id, value));
    }
    for (const input of inputsOf(signal, all))
      add(`${signal.id} from input`, without(context, signal.id), {}, input);
  }

  const after = policy.signals.filter(({ when }) => when === 'after').map(({ id }) => id);
  const unanswered = contexts.map((context) => after.reduce(without, context));
  const partial = unanswered.flatMap((context) => [
    context,
    ...[...context.keys()].map((id) => without(context, id)),
  ]);
  for (const route of policy.routes) {
    const reaching = partial.find((context) => decide(context).route === route.id);
    if (reaching === undefined) continue;
    add(`${route.id}: no answer's signal known`, reaching);
    for (const [label, failures] of failuresOf(route)) add(`${route.id}: ${label}`, reaching, failures);
    const accepting = contexts.find((context) => {
      const decision = decide(context);
      return decision.route === route.id && decision.served !== route.attempts.at(-1)?.candidate;
    });
    const served = accepting && decide(accepting).served;
    if (served) add(`${route.id}: the accepted ${served} fails`, accepting, { [served]: 'timeout' });
  }
  return [...vectors.values()];
}

const withValue = (context: Context, id: string, value: Probe): Context => new Map(context).set(id, value);

function without(context: Context, id: string): Context {
  const rest = new Map(context);
  rest.delete(id);
  return rest;
}

/** Requests that carry the signal as production does: in the request's input. */
function inputsOf(signal: PolicySignal, probes: readonly Probe[]): Vector['request']['input'][] {
  switch (signal.kind) {
    case 'length': {
      const sizes = probes
        .filter((x) => typeof x === 'number' && x >= 1 && x <= 5000)
        .map((x) => Math.ceil(Number(x)));
      const unit = signal.unit === 'words' ? 'né ' : 'é';
      return [...texts, ...sizes.map((n) => unit.repeat(n)), ...sizes.map((n) => unit.repeat(n - 1))].map(
        (text) => inputOf(signal.of, text),
      );
    }
    case 'text-linear':
      return [
        ...texts.map((text) => inputOf(signal.of, text)),
        ...(signal.labels ?? []).flatMap(({ field, table }) =>
          [...Object.keys(table).slice(0, 6), foreignLabel].map((label) => ({
            ...inputOf(signal.of, texts[0] ?? ''),
            [field]: label,
          })),
        ),
      ];
    case 'field':
      return probes.map((value) => ({ [signal.field]: value }));
    case 'table':
      return [...Object.keys(signal.table).slice(0, 12), foreignLabel].map((label) => ({
        [signal.field]: label,
      }));
    case 'provided':
    case 'answer':
    case 'agreement':
      return [];
  }
}

const inputOf = (fields: readonly string[], text: string): Vector['request']['input'] =>
  Object.fromEntries(fields.map((field, i) => [field, i === 0 ? text : 'x']));

function* failuresOf(route: PolicyRoute): Generator<[string, Failures]> {
  const tried = [...new Set(route.attempts.map(({ candidate }) => candidate))];
  for (const failure of failureClasses) {
    const failing = (candidates: readonly string[]): Failures =>
      Object.fromEntries(candidates.map((candidate) => [candidate, failure]));
    for (const candidate of tried) yield [`${failure} of ${candidate}`, failing([candidate])];
    yield [`${failure} of every attempt`, failing(tried)];
    const standIns = route.fallbacks[failure] ?? [];
    for (let i = 1; i <= standIns.length; i++) {
      yield [
        `${failure} of every attempt and ${i} stand-in(s)`,
        failing([...tried, ...standIns.slice(0, i)]),
      ];
    }
  }
}
