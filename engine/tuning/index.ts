/** Searching for a routing policy, and refusing to find one. */
export { type FitContext, fitPolicy } from './fit-policy.ts';
export { fitInWorker } from './in-worker.ts';
export { nearestTexts, type NearestTexts } from './nearest-texts.ts';
export { policySplit } from './split.ts';
