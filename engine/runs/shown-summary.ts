import type { AmbiguousCall, RunSummary, Warning } from '../api/index.ts';
import type { RunRecord, Store } from '../store/index.ts';
import type { ActiveRun } from './active-run.ts';

/** The stored summary, with what only this process knows of a run that is going on. */
export async function shownSummary(
  store: Store,
  id: string,
  known: { active: ActiveRun | undefined; unstored: Pick<RunRecord, 'status' | 'reason'> | undefined },
): Promise<RunSummary> {
  const { active, unstored } = known;
  const stored = await store.runs.summary(id);
  const summary = { ...stored, ...unstored };
  // Calls that are merely in flight are not ambiguous.
  if (active !== undefined) summary.ambiguous = active.ambiguous;
  summary.warnings = [
    ...summary.warnings,
    ...unsure(
      'run.ambiguous_calls',
      'calls were started and never finished: they may have been paid for',
      summary.ambiguous,
    ),
    ...unsure(
      'run.asked_before',
      'calls had been started by an earlier run that was stopped before their answer came: they may have been paid for twice',
      active === undefined ? await store.journal.askedBefore(id) : [],
    ),
  ];
  const record = await store.runs.find(id);
  const leftOut = leftOutOf(record);
  if (leftOut > 0) {
    summary.warnings = [
      ...summary.warnings,
      {
        code: 'run.fit_rows_left_out',
        message: `${leftOut} rows of split \`fit\` taught the local models and are therefore not judged.`,
        count: leftOut,
        examples: [],
      },
    ];
  }
  if (active === undefined) return summary;
  const { done, failed, cached, costUsd, freshCostUsd } = active.totals;
  return { ...summary, done, failed, cached, costUsd, freshCostUsd, wallMs: active.wallMs() };
}

/** Calls that may have cost something the totals do not hold, with the most they can. */
function unsure(code: string, what: string, calls: AmbiguousCall[]): Warning[] {
  if (calls.length === 0) return [];
  const most = calls.reduce((sum, { estimatedCostUsd }) => sum + (estimatedCostUsd ?? NaN), 0);
  const cost = Number.isNaN(most) ? 'at a cost that is not known' : `$${Number(most.toPrecision(3))} at most`;
  const examples = calls.slice(0, 5).map(({ example }) => example);
  return [
    { code, message: `${calls.length} ${what} (${cost}, not in the totals).`, count: calls.length, examples },
  ];
}

function leftOutOf(record: RunRecord | null): number {
  const config = record?.config;
  if (typeof config !== 'object' || config === null || !('leftOut' in config)) return 0;
  return typeof config.leftOut === 'number' ? config.leftOut : 0;
}
