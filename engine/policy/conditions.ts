import type { Condition, Policy, PolicySignal } from '../api/index.ts';

export type Comparison = Exclude<Condition, { of: unknown }>;

/** The comparisons of a condition, in the order they are read. */
export function comparisonsOf(condition: Condition | 'always' | 'never'): Comparison[] {
  if (typeof condition === 'string') return [];
  switch (condition.op) {
    case 'and':
    case 'or':
      return condition.of.flatMap(comparisonsOf);
    case 'not':
      return comparisonsOf(condition.of);
    case 'eq':
    case 'in':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return [condition];
  }
}

/** Every condition of a policy with the place it stands at, as a path into the JSON. */
export function conditionsOf(
  policy: Pick<Policy, 'rules' | 'routes'>,
): { path: string; phase: 'rule' | 'accept'; condition: Condition }[] {
  const found: { path: string; phase: 'rule' | 'accept'; condition: Condition }[] = [];
  policy.rules.forEach(({ when }, i) => {
    if (when !== 'always') found.push({ path: `rules.${i}.when`, phase: 'rule', condition: when });
  });
  policy.routes.forEach(({ attempts }, r) =>
    attempts.forEach(({ accept }, a) => {
      if (typeof accept === 'string') return;
      found.push({ path: `routes.${r}.attempts.${a}.accept`, phase: 'accept', condition: accept });
    }),
  );
  return found;
}

export function valueTypeOf(signal: PolicySignal): 'number' | 'label' | 'boolean' {
  switch (signal.kind) {
    case 'field':
    case 'provided':
    case 'answer':
      return signal.type;
    case 'agreement':
      return 'boolean';
    case 'length':
    case 'text-linear':
    case 'table':
      return 'number';
  }
}
