import { Policy, WorkbenchError } from '../api/index.ts';
import { policyProblems } from './check-policy.ts';
import { malformed } from './finish.ts';
import { policyHash } from './integrity.ts';
import { envelopePayload, verifyEnvelope } from './sign.ts';

export const policyFormat = 'kneepoint-policy/1';

/**
 * Reads a policy file: the JSON itself, or a signed envelope around it.
 * @throws WorkbenchError policy.malformed (with the path), policy.version for another format,
 *   policy.integrity where the content was changed after it was exported, policy.signature where an envelope's
 *   signature does not belong to its content. Whose signature it is, `verify` with a public key tells.
 */
export function parsePolicy(text: string): Policy {
  const { policy, integrity, envelope } = readPolicy(text);
  if (envelope !== null && verifyEnvelope(envelope) === 'broken') {
    throw new WorkbenchError('policy.signature', `The signature of the policy "${policy.name}" is broken.`, {
      hint: 'Use the envelope as `policy sign` wrote it, or sign the policy again.',
    });
  }
  if (integrity === 'broken') {
    throw new WorkbenchError(
      'policy.integrity',
      `The policy "${policy.name}" was changed after it was exported: its content does not match its hash.`,
      {
        hint: 'Use the file as it was exported. To change a policy, fit it again: its evidence and tests belong to what was fitted.',
        details: { expected: policy.integrity.hash, actual: policyHash(policy) },
      },
    );
  }
  return policy;
}

/** As parsePolicy, but a broken hash is reported instead of thrown: for `verify`. */
export function readPolicy(text: string): {
  policy: Policy;
  integrity: 'ok' | 'broken';
  /** The signed envelope's text where the file was one. */
  envelope: string | null;
} {
  const outer = json(text.replace(/^\ufeff/, ''));
  const payload = envelopePayload(outer);
  const value = payload === null ? outer : json(payload);
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (typeof format === 'string' && format !== policyFormat) {
    throw new WorkbenchError(
      'policy.version',
      `This is a policy of format "${format}"; this version reads ${policyFormat}.`,
      {
        hint: 'Use the version of Kneepoint that exported it, or export it again with this one.',
        details: { format },
      },
    );
  }
  const parsed = Policy.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw malformed(issue?.path.join('.') ?? '', issue?.message ?? 'is not a policy');
  }
  const problem = policyProblems(parsed.data)[0];
  if (problem !== undefined) throw malformed(problem.path, problem.message);
  // Over what is in the file, not over what parsing made of it.
  const ok = policyHash(Object(value)) === parsed.data.integrity.hash;
  return { policy: parsed.data, integrity: ok ? 'ok' : 'broken', envelope: payload === null ? null : text };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WorkbenchError(
      'policy.malformed',
      `The policy is not JSON: ${error instanceof Error ? error.message : ''}`,
      {
        hint: 'Give the policy.json that "policy export" or "fit --out" wrote.',
        cause: error,
      },
    );
  }
}
