/** Runs: a pipeline over a dataset, journalled, resumable, within a budget. */
export { type RunClock, systemClock } from './clock.ts';
export { createRuns, type Runs, type RunsOptions, type RunStarting } from './create-runs.ts';
export type { RetryPolicy } from './retry.ts';
export type { ModelFacts } from './run-config.ts';
export { createJudging, type Judging } from './judging.ts';
