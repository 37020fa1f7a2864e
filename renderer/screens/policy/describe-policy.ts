/** A policy's rules as sentences. */
import type { Condition, Policy, PolicyRoute } from '../../../engine/api/index.ts';
import { UNKNOWN } from '../../ui/format.ts';

const comparison = { gt: 'above', gte: 'at least', lt: 'below', lte: 'at most' } as const;
const short = (value: number): string => String(Number(value.toPrecision(5)));

export function describeCondition(condition: Condition): string {
  switch (condition.op) {
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return `${condition.signal} is ${comparison[condition.op]} ${short(condition.value)}`;
    case 'eq':
      return `${condition.signal} is ${typeof condition.value === 'number' ? short(condition.value) : String(condition.value)}`;
    case 'in':
      return `${condition.signal} is one of ${condition.values.join(', ') || UNKNOWN}`;
    case 'and':
    case 'or':
      return condition.of
        .map((part) =>
          part.op === 'and' || part.op === 'or' ? `(${describeCondition(part)})` : describeCondition(part),
        )
        .join(` ${condition.op} `);
    case 'not':
      return `not (${describeCondition(condition.of)})`;
  }
}

export function describeRule(rule: Policy['rules'][number]): string {
  return rule.when === 'always'
    ? `Always take route ${rule.route}.`
    : `When ${describeCondition(rule.when)}, take route ${rule.route}.`;
}

/** One line an attempt. */
export function describeRoute(route: PolicyRoute): string[] {
  return route.attempts.map((attempt) => {
    if (attempt.accept === 'always') return `Ask ${attempt.candidate} and serve its answer.`;
    if (attempt.accept === 'never') return `Ask ${attempt.candidate} as evidence only.`;
    return `Ask ${attempt.candidate}; serve its answer when ${describeCondition(attempt.accept)}.`;
  });
}
