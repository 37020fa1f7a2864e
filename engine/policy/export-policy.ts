import { type Policy, type PolicyExported, type policyTargets, WorkbenchError } from '../api/index.ts';
import { runVectors } from './conformance.ts';
import { bundle } from './targets/bundle.ts';
import { litellm } from './targets/litellm.ts';
import { portkey } from './targets/portkey.ts';
import type { EvaluatorAssets } from './targets/target.ts';

type Target = (typeof policyTargets)[number];

export interface ExportOptions {
  /** Safety elements whose loss the person has accepted, by their name in the fidelity report. */
  allowDropped: readonly string[];
  assets: EvaluatorAssets;
}

/**
 * The files of a target, and a report of what the target keeps of each element of the policy.
 * @throws WorkbenchError policy.safety_dropped where a safety element would be lost that was not named,
 *   policy.vectors_failed where the policy does not do what its own vectors say.
 */
export function exportPolicy(policy: Policy, target: Target, options: ExportOptions): PolicyExported {
  const { failed, failures } = runVectors(policy, policy.conformance);
  if (failed > 0) {
    throw new WorkbenchError('policy.vectors_failed', `${failed} of the policy's conformance vectors fail.`, {
      hint: 'Do not use this policy: fit it again with this version.',
      details: { vectors: failures.slice(0, 5).map(({ id }) => id) },
    });
  }
  const exported = build(policy, target, options.assets);
  const lost = exported.fidelity.filter(
    ({ status, safety, element }) =>
      status === 'dropped' && safety && !options.allowDropped.includes(element),
  );
  if (lost.length > 0) {
    const names = lost.map(({ element }) => element);
    throw new WorkbenchError(
      'policy.safety_dropped',
      `The target "${target}" would lose: ${lost.map(({ element, reason }) => `${element} (${reason})`).join('; ')}.`,
      {
        hint: `Export the bundle instead, or accept each loss by its name: ${names.join(', ')}.`,
        details: { elements: names },
      },
    );
  }
  return exported;
}

function build(policy: Policy, target: Target, assets: EvaluatorAssets): PolicyExported {
  switch (target) {
    case 'bundle':
      return bundle(policy, assets);
    case 'portkey':
      return portkey(policy);
    case 'litellm':
      return litellm(policy, assets);
  }
}
