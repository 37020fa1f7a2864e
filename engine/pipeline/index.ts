/** Pipelines: a YAML specification, checked as a whole, and the execution of one item through it. */
export { pipelineChecked } from './check.ts';
export { compilePipeline } from './compile.ts';
export {
  type CompiledPipeline,
  type Decision,
  type Effect,
  type ItemContext,
  ItemParked,
  type ItemResult,
  type ReviewRequest,
  type Span,
} from './compiled.ts';
export { executeItem } from './execute.ts';
export { recognise } from './recognisers.ts';
export { recogniserNames } from './specification.ts';
export { pipelineJsonSchema } from './json-schema.ts';
