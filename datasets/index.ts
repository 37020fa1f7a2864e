/** Ground truth in: readers, mapping, checks, and the bundled sample. */
export { assignSplits } from './assign-splits.ts';
export { checkExamples } from './check-examples.ts';
export { openSource } from './open-source.ts';
export { previewSource } from './preview.ts';
export { type ReadExamples, readExamples } from './read-examples.ts';
export { type ReadOutcomes, readOutcomes } from './read-outcomes.ts';
export type { OpenedSource, Opening, RawRecord } from './records.ts';
export { sample, writeSampleFile } from './sample/index.ts';
