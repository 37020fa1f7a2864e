import type { Database } from './database.ts';
import type { Store } from './store.ts';

export async function workspaceCounts(database: Database): Promise<Awaited<ReturnType<Store['counts']>>> {
  const [row] = await database.rows(`SELECT
    (SELECT count(DISTINCT name) FROM datasets)::INTEGER AS datasets,
    (SELECT count(*) FROM runs)::INTEGER AS runs,
    (SELECT count(*) FROM outcomes)::DOUBLE AS outcomes,
    (SELECT count(*) FROM fits)::INTEGER AS fits,
    (SELECT count(*) FROM policies)::INTEGER AS policies,
    (SELECT coalesce(sum(o.fresh_cost_usd), 0) FROM outcomes o JOIN runs r ON r.id = o.run
       WHERE r.kind = 'pipeline' AND NOT list_contains(r.nominal::JSON::VARCHAR[], o.candidate))::DOUBLE
      -- What judges were paid: calls of the ledger that belong to no pipeline's run.
      + (SELECT coalesce(sum(cost_usd), 0) FROM call_results
         WHERE run NOT IN (SELECT id FROM runs WHERE kind = 'pipeline'))::DOUBLE AS fresh,
    (SELECT coalesce(sum(o.cost_usd - coalesce(o.fresh_cost_usd, 0)), 0) FROM outcomes o JOIN runs r ON r.id = o.run
       WHERE r.kind = 'pipeline' AND o.cached AND NOT list_contains(r.nominal::JSON::VARCHAR[], o.candidate))::DOUBLE AS cached`);
  const number = (key: string): number => Number(row?.[key] ?? 0);
  return {
    datasets: number('datasets'),
    runs: number('runs'),
    outcomes: number('outcomes'),
    fits: number('fits'),
    policies: number('policies'),
    freshCostUsd: number('fresh'),
    cachedCostUsd: number('cached'),
  };
}
