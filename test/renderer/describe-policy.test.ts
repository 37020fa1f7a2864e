import { describe, expect, it } from 'vitest';
import type { Condition } from '../../engine/api/index.ts';
import {
  describeCondition,
  describeRoute,
  describeRule,
} from '../../renderer/screens/policy/describe-policy.ts';

describe('a policy in words', () => {
  it('says a cascade attempt by attempt', () => {
    const lines = describeRoute({
      id: 'cascade',
      attempts: [
        {
          candidate: 'small',
          accept: { op: 'gte', signal: 'confidence(small)', value: 0.8012345678 },
          timeoutMs: 1,
          retries: 0,
        },
        { candidate: 'second', accept: 'never', timeoutMs: 1, retries: 0 },
        { candidate: 'large', accept: 'always', timeoutMs: 1, retries: 0 },
      ],
      fallbacks: {},
      scope: null,
      onAllFail: 'error',
    });
    expect(lines).toEqual([
      'Ask small; serve its answer when confidence(small) is at least 0.80123.',
      'Ask second as evidence only.',
      'Ask large and serve its answer.',
    ]);
  });
  it('keeps and, or and not apart by brackets', () => {
    const short: Condition = { op: 'lt', signal: 'length', value: 100 };
    const spam: Condition = { op: 'in', signal: 'kind', values: ['a', 'b'] };
    const agree: Condition = { op: 'eq', signal: 'agreement', value: true };
    expect(
      describeCondition({ op: 'and', of: [short, { op: 'or', of: [spam, { op: 'not', of: agree }] }] }),
    ).toBe('length is below 100 and (kind is one of a, b or not (agreement is true))');
    expect(describeRule({ id: 'r', when: short, route: 'cheap' })).toBe(
      'When length is below 100, take route cheap.',
    );
  });
});
