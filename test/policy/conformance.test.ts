import { describe, expect, it } from 'vitest';
import type { Condition, Policy } from '../../engine/api/index.ts';
import { finishPolicy, runVectors } from '../../engine/policy/index.ts';
import { draft, richDraft } from './fixtures.ts';

const flipped = { gt: 'gte', gte: 'gt', lt: 'lte', lte: 'lt' } as const;

/** Every condition node of a policy, to be changed in place. */
function* nodes(policy: Policy): Generator<Condition> {
  const roots = [
    ...policy.rules.map(({ when }) => when),
    ...policy.routes.flatMap(({ attempts }) => attempts.map(({ accept }) => accept)),
  ].filter((node) => typeof node !== 'string');
  for (const node of roots) yield* below(node);
}
function* below(node: Condition): Generator<Condition> {
  yield node;
  if (node.op === 'and' || node.op === 'or') for (const child of node.of) yield* below(child);
  if (node.op === 'not') yield* below(node.of);
}

/** Every small wrong turn an evaluator or an exporter could take, as a changed policy. */
function mutantsOf(policy: Policy): [string, Policy][] {
  const mutants: [string, Policy][] = [];
  const mutate = (name: string, change: (copy: Policy) => void): void => {
    const copy = structuredClone(policy);
    change(copy);
    mutants.push([name, copy]);
  };
  [...nodes(policy)].forEach((node, at) => {
    const here = (copy: Policy): Condition => [...nodes(copy)][at]!;
    if (node.op in flipped) {
      mutate(`${at}: ${node.op} with or without equality`, (copy) =>
        Object.assign(here(copy), { op: flipped[node.op as keyof typeof flipped] }),
      );
      mutate(`${at}: threshold moved`, (copy) =>
        Object.assign(here(copy), { value: (node as { value: number }).value + 1e-9 }),
      );
    }
    if (node.op === 'and' || node.op === 'or') {
      mutate(`${at}: and for or`, (copy) =>
        Object.assign(here(copy), { op: node.op === 'and' ? 'or' : 'and' }),
      );
    }
    if (node.op === 'eq')
      mutate(`${at}: eq of another value`, (copy) => Object.assign(here(copy), { value: false }));
    if (node.op === 'in')
      mutate(`${at}: a value dropped`, (copy) => Object.assign(here(copy), { values: node.values.slice(1) }));
  });
  policy.rules.forEach((rule, r) => {
    for (const other of policy.routes) {
      if (other.id !== rule.route)
        mutate(`rule ${rule.id} to ${other.id}`, (copy) => (copy.rules[r]!.route = other.id));
    }
    if (r > 0) {
      mutate(`rules ${r - 1} and ${r} swapped`, (copy) => {
        copy.rules.splice(r - 1, 2, copy.rules[r]!, copy.rules[r - 1]!);
      });
    }
  });
  policy.routes.forEach((route, r) => {
    route.attempts.forEach((_, a) => {
      mutate(`attempt ${a} of ${route.id} dropped`, (copy) => void copy.routes[r]!.attempts.splice(a, 1));
    });
    for (const failure of Object.keys(route.fallbacks) as (keyof typeof route.fallbacks)[]) {
      mutate(
        `fallback ${failure} of ${route.id} dropped`,
        (copy) => void copy.routes[r]!.fallbacks[failure]!.pop(),
      );
    }
    mutate(`${route.id} ends otherwise`, (copy) => {
      copy.routes[r]!.onAllFail = route.onAllFail === 'error' ? 'review' : 'error';
    });
  });
  policy.signals.forEach((signal, s) => {
    // For an answer's signal onMissing is never consulted: missing does not accept.
    if (signal.when === 'after') return;
    const change = 'reject' in signal.onMissing ? { route: policy.routes[0]!.id } : { reject: true as const };
    mutate(`onMissing of ${signal.id}`, (copy) => (copy.signals[s]!.onMissing = change));
  });
  return mutants;
}

describe('conformance vectors', () => {
  for (const [name, made] of [
    ['a threshold policy', draft()],
    ['a policy of every kind', richDraft()],
  ] as const) {
    const policy = finishPolicy(made);

    it(`of ${name} all pass on the policy they were made from`, () => {
      expect(runVectors(policy, policy.conformance)).toMatchObject({ failed: 0, failures: [] });
      expect(policy.conformance.length).toBeGreaterThan(20);
    });

    it.each(mutantsOf(policy))(`of ${name} kill the mutant: %s`, (_, mutant) => {
      expect(runVectors(mutant, policy.conformance).failed).toBeGreaterThan(0);
    });
  }

  it('hold the threshold itself, the doubles beside it and each way of being missing', () => {
    const given = finishPolicy(draft()).conformance.map(({ request }) => request.signals['score']);
    expect(given).toEqual(
      expect.arrayContaining([
        0.62,
        0.6200000000000001,
        0.6199999999999999,
        undefined,
        null,
        { $: 'NaN' },
        { $: 'Infinity' },
        { $: '-Infinity' },
        '0.9abc',
      ]),
    );
  });

  it('try every failure class on every route', () => {
    const policy = finishPolicy(draft());
    for (const { id } of policy.routes) {
      const classes = policy.conformance
        .filter(({ expect }) => expect.route === id)
        .flatMap(({ failures }) => Object.values(failures));
      expect(new Set(classes).size).toBe(12);
    }
  });

  it('are the same bytes for the same draft', () => {
    expect(JSON.stringify(finishPolicy(richDraft()))).toBe(JSON.stringify(finishPolicy(richDraft())));
  });
});
