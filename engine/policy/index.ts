/** The exported policy: deciding, replaying, proving, exporting. */
export {
  canonicalAnswer,
  compilePolicy,
  type CompiledPolicy,
  sigmoid,
  textFeatures,
  type TextFeatures,
} from './evaluator.ts';
export { agreementColumn, matrixRequests } from './matrix-requests.ts';
export { type Replay, replayPolicy } from './replay.ts';
export { intervalOfKnown, summariseReplay, type SummaryOptions } from './summarise-replay.ts';
export { policyProblems } from './check-policy.ts';
export { runVectors } from './conformance.ts';
export { finishPolicy } from './finish.ts';
export { canonicalJson, policyHash, sha256Hex } from './integrity.ts';
export { parsePolicy, readPolicy } from './parse-policy.ts';
export { signPolicy, verifyEnvelope } from './sign.ts';
export { decideRequests } from './decide-requests.ts';
export { diffPolicies } from './diff-policies.ts';
export { driftPolicy, signalProfiles } from './drift-policy.ts';
export { countFailures } from './count-failures.ts';
export { lossBounds, type VerifyOptions, verifyPolicy } from './verify-policy.ts';
export { type ExportOptions, exportPolicy } from './export-policy.ts';
export { policyJsonSchema } from './json-schema.ts';
export type { EvaluatorAssets } from './targets/target.ts';
