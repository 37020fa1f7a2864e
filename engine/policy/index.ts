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
