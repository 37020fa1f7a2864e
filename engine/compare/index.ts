/** Candidates side by side on the same rows. */
export { comparePairs } from './compare-pairs.ts';
export { compareRows, type RowTexts, selectRows } from './compare-rows.ts';
