import type { AmbiguousCall, CandidateSummary, Estimate, RunSummary, Warning } from '../api/index.ts';
import { meanInterval, quantiles } from '../math/index.ts';
import type { Database } from './database.ts';
import type { ExampleGroups } from './example-groups.ts';
import { STEP_SCORE } from './matrix.ts';
import { type OutcomeColumns, readOutcomeColumns } from './outcome-columns.ts';
import { factsOf } from './run-facts.ts';
import type { RunRecord, RunTotals } from './store.ts';
import { textOf } from './text-of.ts';

const LEVEL = 0.95;

/** Over newest outcomes; money spent on replaced ones is in freshCostUsd. Unknown costs are counted, never taken for 0. */
export async function runTotals(
  database: Database,
  id: string,
): Promise<RunTotals & { costUnknown: number }> {
  const [row] = await database.rows(
    `WITH newest AS (
       SELECT * FROM outcomes WHERE run = $1
       QUALIFY row_number() OVER (PARTITION BY example, candidate ORDER BY seq DESC) = 1)
     SELECT count(*)::DOUBLE AS done, count(error_class)::DOUBLE AS failed, count_if(cached)::DOUBLE AS cached,
       sum(cost_usd) AS cost, count(cost_usd)::DOUBLE AS cost_known,
       coalesce(sum(input_tokens), 0)::DOUBLE AS input_tokens, coalesce(sum(output_tokens), 0)::DOUBLE AS output_tokens,
       (SELECT sum(fresh_cost_usd) FROM outcomes WHERE run = $1) AS fresh FROM newest`,
    [id],
  );
  const number = (key: string): number => Number(row?.[key] ?? 0);
  const known = number('done') === 0 || number('cost_known') > 0;
  return {
    done: number('done'),
    failed: number('failed'),
    cached: number('cached'),
    costUsd: known ? number('cost') : null,
    freshCostUsd: known ? number('fresh') : null,
    inputTokens: number('input_tokens'),
    outputTokens: number('output_tokens'),
    costUnknown: number('done') - number('cost_known'),
  };
}

export async function summariseRun(
  database: Database,
  run: RunRecord,
  context: {
    dataset: number;
    rows: number;
    groups: ExampleGroups;
    nominal: string[];
    ambiguous: AmbiguousCall[];
  },
): Promise<RunSummary> {
  const totals = await runTotals(database, run.id);
  const found = await database.rows(
    `SELECT candidate, count_if(unparsed)::DOUBLE AS unparsed FROM (
       SELECT candidate, unparsed FROM outcomes WHERE run = ?
       QUALIFY row_number() OVER (PARTITION BY example, candidate ORDER BY seq DESC) = 1) GROUP BY ALL`,
    [run.id],
  );
  const unparsed = new Map(found.map((row) => [textOf(row['candidate']), Number(row['unparsed'])]));
  const candidates = [
    ...new Set([...factsOf(run.config).candidates, ...found.map(({ candidate }) => textOf(candidate))]),
  ].sort();
  const measured = await measuredSteps(database, run.id);
  const columns = await readOutcomeColumns(database, {
    dataset: context.dataset,
    rows: context.rows,
    runs: [run.id],
    candidates,
    outputs: null,
    signals: measured.map((step) => ({ name: STEP_SCORE + step, type: 'number' as const })),
  });
  return {
    run: run.id,
    name: run.name,
    kind: run.kind,
    dataset: run.dataset,
    status: run.status,
    reason: run.reason,
    created: run.created,
    total: run.total,
    done: totals.done,
    failed: totals.failed,
    cached: totals.cached,
    waiting: await waitingItems(database, run.id),
    costUsd: totals.costUsd,
    freshCostUsd: totals.freshCostUsd,
    budgetUsd: run.budgetUsd,
    wallMs: run.wallMs,
    candidates: candidates.map((id, c) =>
      summariseCandidate(columns, c, {
        id,
        groups: context.groups,
        nominal: context.nominal.includes(id),
        unparsed: unparsed.get(id) ?? 0,
      }),
    ),
    stepScores: measured.flatMap((step, s) =>
      candidates.flatMap((candidate, c) => {
        const values = columns.signals[c]![s];
        const score = values instanceof Float64Array ? known(values, context.groups, 'score') : null;
        return score === null ? [] : [{ step, candidate, score }];
      }),
    ),
    ambiguous: context.ambiguous,
    warnings: warningsOf(totals),
  };
}

/** Score steps that measured anything. */
async function measuredSteps(database: Database, run: string): Promise<string[]> {
  const rows = await database.rows(
    `SELECT DISTINCT key FROM (SELECT unnest(json_keys(signals::JSON)) AS key FROM outcomes
       WHERE run = $1 AND contains(signals, '"${STEP_SCORE}')) WHERE starts_with(key, '${STEP_SCORE}') ORDER BY key`,
    [run],
  );
  return rows.map((row) => textOf(row['key']).slice(STEP_SCORE.length));
}

/** Items with a question nobody has decided. */
async function waitingItems(database: Database, run: string): Promise<number> {
  const [row] = await database.rows(
    `SELECT count(*)::DOUBLE AS n FROM (SELECT DISTINCT example, candidate FROM reviews
       WHERE run = ? AND id NOT IN (SELECT review FROM decisions))`,
    [run],
  );
  return Number(row?.['n'] ?? 0);
}

function warningsOf(totals: { done: number; costUnknown: number }): Warning[] {
  const warnings: Warning[] = [];
  if (totals.costUnknown > 0 && totals.costUnknown < totals.done) {
    warnings.push({
      code: 'run.cost_unknown',
      message: `The cost of ${totals.costUnknown} outcomes is unknown and not in the sums.`,
      count: totals.costUnknown,
      examples: [],
    });
  }
  return warnings;
}

function summariseCandidate(
  columns: OutcomeColumns,
  c: number,
  facts: { id: string; groups: ExampleGroups; nominal: boolean; unparsed: number },
): CandidateSummary {
  const estimate = (values: Float64Array, kind: 'score' | 'amount'): Estimate | null =>
    known(values, facts.groups, kind);
  const score = estimate(columns.scores[c]!, 'score');
  const latency = estimate(columns.latencies[c]!, 'amount');
  const [p50, p95] = quantiles(columns.latencies[c]!, [0.5, 0.95]);
  return {
    id: facts.id,
    n: score?.n ?? 0,
    failed: columns.states[c]!.reduce((n, state) => n + (state === 2 ? 1 : 0), 0),
    unparsed: facts.unparsed,
    score,
    costUsd: estimate(columns.costs[c]!, 'amount'),
    priceNominal: facts.nominal,
    latencyMs: latency && { ...latency, p50: p50!, p95: p95! },
  };
}

/** Over the rows where the value is known; clustered only where clusters hold more than one of them. */
function known(values: Float64Array, groups: ExampleGroups, kind: 'score' | 'amount'): Estimate | null {
  const rows: number[] = [];
  for (let row = 0; row < values.length; row++) if (!Number.isNaN(values[row])) rows.push(row);
  if (rows.length === 0) return null;
  const kept = Float64Array.from(rows, (row) => values[row]!);
  const clustered = groups.count < groups.of.length;
  return meanInterval(
    kept,
    LEVEL,
    clustered ? Int32Array.from(rows, (row) => groups.of[row]!) : undefined,
    kind,
  );
}
