/** Pipelines: a YAML specification, checked as a whole, and the execution of one item through it. */
export { pipelineChecked } from './check.ts';
export { compilePipeline } from './compile.ts';
export type { CompiledPipeline, ItemContext, ItemResult, Span } from './compiled.ts';
export { executeItem } from './execute.ts';
export { recognise } from './recognisers.ts';
export { recogniserNames } from './specification.ts';
