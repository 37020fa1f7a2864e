/** The workspace: one DuckDB file with datasets, runs, outcomes, the call ledger, fits and policies. */
export { type OpenOptions, openStore } from './open-store.ts';
export { openSqlSandbox, type SandboxCell, type SandboxResult, type SqlSandbox } from './sql-sandbox.ts';
export type * from './store.ts';
