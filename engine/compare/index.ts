/** Candidates side by side on the same rows. */
export { comparePairs } from './compare-pairs.ts';
export { compareRows, type RowTexts } from './compare-rows.ts';
export { comparedTable, type ComparedTable } from './compared-table.ts';
export { reportOf, REPORT_ROWS } from './report.ts';
export { type RowSelection, selectRows } from './select-rows.ts';
export { csvOf } from './write-csv.ts';
export { type ExportFacts, jsonOf } from './write-json.ts';
export { writeParquet } from './write-parquet.ts';
