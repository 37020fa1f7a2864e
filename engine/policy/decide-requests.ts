import type { Decision, Json, Policy } from '../api/index.ts';
import { decodeSignals } from './conformance.ts';
import { compilePolicy } from './evaluator.ts';

/**
 * Decides each request, in order. Values JSON cannot hold may be written {"$": "NaN"} and are missing values.
 * A request that the policy rejects is a decision with an `error`, not a throw.
 */
export function decideRequests(
  policy: Policy,
  requests: readonly {
    id: string;
    input: { [key: string]: Json };
    signals?: { [key: string]: Json } | undefined;
    answers?: { [candidate: string]: string } | undefined;
  }[],
): Decision[] {
  const compiled = compilePolicy(policy);
  return requests.map(({ id, input, signals, answers }) =>
    compiled.decide({ id, input, signals: decodeSignals(signals ?? {}), ...(answers && { answers }) }),
  );
}
