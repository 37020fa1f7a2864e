/** Ground truth in: readers, mapping, checks, and the bundled sample. */
export { assignSplits } from './assign-splits.ts';
export { checkExamples } from './check-examples.ts';
export { detectForeign } from './foreign/detect.ts';
export type { ForeignChoice } from './foreign/choice.ts';
export { foreignColumns, foreignSource } from './foreign/foreign-source.ts';
export { foreignFormatOf, openForeign, type OpenedForeign } from './foreign/open-foreign.ts';
export {
  datasetMapping,
  examplesSource,
  questionId,
  surveyForeign,
  type ForeignSurvey,
  unaskedWarnings,
} from './foreign/survey.ts';
export { createHub, HUB_ENDPOINT, type Hub } from './hugging-face/hub.ts';
export type { HubAccess } from './hugging-face/hub-client.ts';
export { openSource } from './open-source.ts';
export type { OutcomeColumns, OutcomeJudgement, PriceOf, TokenUsage } from './outcomes/columns.ts';
export { longFromWide, onlyCandidates } from './outcomes/wide-table.ts';
export { contentHash, hashOfFiles } from './content-hash.ts';
export { planTable } from './plan-table.ts';
export { previewSource } from './preview.ts';
export { type ReadExamples, readExamples, rejectedRows } from './read-examples.ts';
export { type ReadOutcomes, readOutcomes } from './read-outcomes.ts';
export type { OpenedFiles, OpenedSource, Opening, RawRecord } from './records.ts';
export { sample, writeSampleFile } from './sample/index.ts';
