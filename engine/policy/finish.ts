import { Policy, type PolicyDraft, WorkbenchError } from '../api/index.ts';
import { policyProblems } from './check-policy.ts';
import { policyHash } from './integrity.ts';
import { makeVectors } from './make-vectors.ts';

const Draft = Policy.omit({ conformance: true, integrity: true });

/**
 * A policy ready to leave: checked, with its conformance vectors and its hash.
 * The vectors are made from the draft alone; the same draft gives the same bytes.
 * @throws WorkbenchError policy.malformed where the draft breaks the format, with the path.
 */
export function finishPolicy(draft: PolicyDraft): Policy {
  const parsed = Draft.safeParse(draft);
  const issue = parsed.error?.issues[0];
  if (!parsed.success) {
    throw malformed(issue?.path.join('.') ?? '', issue?.message ?? 'is not a policy');
  }
  const problem = policyProblems(parsed.data)[0];
  if (problem !== undefined) throw malformed(problem.path, problem.message);
  const policy = { ...parsed.data, conformance: makeVectors(parsed.data) };
  return { ...policy, integrity: { algorithm: 'sha256-rfc8785', hash: policyHash(policy) } };
}

export function malformed(path: string, message: string): WorkbenchError {
  return new WorkbenchError('policy.malformed', `The policy is malformed at "${path}": ${message}.`, {
    hint: 'Export the policy again, or correct it as docs/policy-format.md says.',
    details: { path },
  });
}
