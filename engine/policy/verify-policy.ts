import type { OutcomeMatrix, Policy, PolicyVerified } from '../api/index.ts';
import { chooseBound, largestCluster, lossUpperBound } from '../math/index.ts';
import { policyProblems } from './check-policy.ts';
import { runVectors } from './conformance.ts';
import { countFailures } from './count-failures.ts';
import { policyHash } from './integrity.ts';
import { replayPolicy } from './replay.ts';
import { verifyEnvelope } from './sign.ts';

export interface VerifyOptions {
  /** The signed envelope the policy came in, if it did. */
  envelope?: string | null;
  /** Whose signature is asked for; without it the key in the envelope is used. */
  publicKeyPem?: string;
  /** Rows of the matrix to check the certificate on; null for all. */
  rows?: Int32Array | null;
}

/**
 * Whether a policy is what was exported, still does what its vectors say, and, on recorded outcomes it was not
 * fitted on, whether its promise still stands. `matrix` null: the certificate is not checked.
 */
export function verifyPolicy(
  policy: Policy,
  matrix: OutcomeMatrix | null,
  options: VerifyOptions = {},
): PolicyVerified {
  const integrity = policyHash(policy) === policy.integrity.hash ? 'ok' : 'broken';
  const signature = options.envelope ? verifyEnvelope(options.envelope, options.publicKeyPem) : 'none';
  const unsigned = signature === 'none' && options.publicKeyPem !== undefined;
  const problems = policyProblems(policy).map(({ path, message }) => `${path}: ${message}`);
  if (integrity === 'broken')
    problems.push('The content does not match its hash: it was changed after export.');
  if (signature === 'broken') problems.push('The signature does not belong to this content and key.');
  if (unsigned) problems.push('It is not signed, and a signature was asked for.');
  const conformance =
    problems.length > 0 && integrity === 'ok'
      ? { passed: 0, failed: 0, failures: [] }
      : runVectors(policy, policy.conformance);
  if (conformance.failed > 0) problems.push(`${conformance.failed} conformance vectors fail.`);
  if (policy.conformance.length === 0) problems.push('The policy carries no conformance vector.');
  const certificate = checkCertificate(policy, matrix, options.rows ?? null);
  if (certificate.verdict === 'broken') {
    problems.push(
      `On these ${certificate.n} rows the loss against ${policy.evidence.reference} is above ${certificate.maxLoss}.`,
    );
  }
  return { valid: problems.length === 0, integrity, signature, conformance, certificate, problems };
}

/**
 * One-sided bounds of the paired loss score(reference) − score(policy), by the bound a fit would certify it by
 * (`chooseBound`): exact where it is −1, 0 or 1 a row, else Student's over the clusters and one more with the worst loss
 * for that bound (+1 above, −1 below). With no loss in n rows the upper one is never 0.
 */
export function lossBounds(
  loss: Float64Array,
  groups: Int32Array,
  confidence: number,
  largestCluster = 1,
): { lower: number; upper: number } {
  const options = { method: boundOf(loss, groups), groups, largestCluster };
  return {
    lower: -lossUpperBound(
      loss.map((x) => -x),
      confidence,
      options,
    ),
    upper: lossUpperBound(loss, confidence, options),
  };
}

const boundOf = (loss: Float64Array, groups: Int32Array): 'paired' | 'student' =>
  chooseBound(
    loss.every((x) => x === 0 || x === 1 || x === -1),
    groups,
  );

function checkCertificate(
  policy: Policy,
  matrix: OutcomeMatrix | null,
  rows: Int32Array | null,
): PolicyVerified['certificate'] {
  const { maxLoss, confidence, certified, n, method } = policy.evidence.certificate;
  const given = { maxLoss, confidence, certified };
  if (matrix === null) {
    return {
      ...given,
      n,
      method,
      holds: null,
      verdict: 'not-checked',
      bound: policy.evidence.certificate.bound,
    };
  }
  const replay = replayPolicy(policy, matrix, rows);
  const reference = countFailures(matrix).scores[matrix.candidates.indexOf(policy.evidence.reference)];
  const paired = [...replay.rows.keys()].filter(
    (i) => !Number.isNaN(reference?.[replay.rows[i] ?? 0] ?? NaN),
  );
  const rowOf = (i: number): number => replay.rows[i] ?? 0;
  const loss = Float64Array.from(paired, (i) => (reference?.[rowOf(i)] ?? NaN) - (replay.score[i] ?? NaN));
  const groups = Int32Array.from(paired, (i) => matrix.groups[rowOf(i)] ?? 0);
  const fresh = {
    ...given,
    n: paired.length,
    method:
      boundOf(loss, groups) === 'paired'
        ? 'exact paired binomial'
        : 'one-sided Student, clustered, with a worst-case group',
  };
  if (paired.length === 0) return { ...fresh, holds: null, verdict: 'undecided', bound: null };
  const { lower, upper } = lossBounds(loss, groups, confidence, largestCluster(matrix.groups));
  const verdict = upper <= maxLoss ? 'holds' : lower > maxLoss ? 'broken' : 'undecided';
  return { ...fresh, holds: verdict === 'undecided' ? null : verdict === 'holds', verdict, bound: upper };
}
