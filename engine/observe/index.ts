/** What a run did, for people and for other tools: the story of an item, where the money went, OpenTelemetry. */
export { costsOf, type CostCounting } from './costs.ts';
export { otlpRequest, SEMANTIC_CONVENTIONS } from './otlp.ts';
export { sendTraces } from './send-traces.ts';
export { storyOf } from './story.ts';
