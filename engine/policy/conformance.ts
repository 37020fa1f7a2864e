import type { Json, Policy, PolicyDraft, PolicyVerified } from '../api/index.ts';
import { compilePolicy, type DecisionShape } from './evaluator.ts';

export type Vector = Policy['conformance'][number];

/** NaN and the infinities, which JSON cannot hold, as {"$": "NaN"} and so on. */
export function encodeSignal(value: number | string | boolean | null): Json {
  return typeof value === 'number' && !Number.isFinite(value) ? { $: String(value) } : value;
}

export function decodeSignals(signals: Vector['request']['signals']): { [id: string]: unknown } {
  return Object.fromEntries(
    Object.entries(signals).map(([id, value]) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return [id, value];
      const special = value['$'];
      return [
        id,
        special === 'NaN' || special === 'Infinity' || special === '-Infinity' ? Number(special) : value,
      ];
    }),
  );
}

export function expectationOf({ rule, route, attempts, served, error }: DecisionShape): Vector['expect'] {
  return { rule, route, attempts, served, error };
}

/** Runs vectors through the evaluator: what the policy does against what each vector says it must do. */
export function runVectors(
  policy: Policy | PolicyDraft,
  vectors: readonly Vector[],
): PolicyVerified['conformance'] {
  const compiled = compilePolicy(policy);
  const failures: PolicyVerified['conformance']['failures'] = [];
  for (const { id, request, failures: failing, expect } of vectors) {
    const got = expectationOf(
      compiled.decide({ ...request, signals: decodeSignals(request.signals), failures: failing }),
    );
    // Both are plain objects with their keys in this one order.
    const { rule, route, attempts, served, error } = expect;
    if (JSON.stringify(got) !== JSON.stringify({ rule, route, attempts, served, error })) {
      failures.push({ id, expected: expect, got });
    }
  }
  return { passed: vectors.length - failures.length, failed: failures.length, failures };
}
