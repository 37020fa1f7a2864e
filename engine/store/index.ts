/** The workspace: one DuckDB file with datasets, runs, outcomes, the call ledger, fits and policies. */
export { type OpenOptions, openStore } from './open-store.ts';
export type * from './store.ts';
