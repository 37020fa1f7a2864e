import { z } from 'zod';
import {
  comparedSelections,
  type ComparedSelection,
  comparedSorts,
  type CompareRows,
  type Pricing,
  pricings,
  type Repricing,
} from '../../../engine/api/index.ts';

export const shownParts = ['answer', 'score', 'delta', 'cost', 'latency', 'tags'] as const;
export type ShownPart = (typeof shownParts)[number];
export const usualParts: ShownPart[] = ['answer', 'score', 'delta'];

/** What is looked at. A value that cannot be read is as if it were not there: an old link still opens the screen. */
export const CompareSearch = z.object({
  runs: z.array(z.string()).optional().catch(undefined),
  candidates: z.array(z.string()).optional().catch(undefined),
  baseline: z.string().optional().catch(undefined),
  by: z.string().optional().catch(undefined),
  time: z.boolean().optional().catch(undefined),
  pricing: z.enum(pricings).optional().catch(undefined),
  only: z.enum(comparedSelections).optional().catch(undefined),
  of: z.string().optional().catch(undefined),
  sort: z
    .object({ by: z.enum(comparedSorts), candidate: z.string(), descending: z.boolean().optional() })
    .optional()
    .catch(undefined),
  tag: z.object({ column: z.string(), value: z.string() }).optional().catch(undefined),
  q: z.string().max(1000).optional().catch(undefined),
  show: z.array(z.enum(shownParts)).optional().catch(undefined),
  against: z.enum(['baseline', 'expected', 'nothing']).optional().catch(undefined),
});
export type CompareSearch = z.infer<typeof CompareSearch>;

export const selectionWords: Record<ComparedSelection, string> = {
  all: 'All rows',
  different: 'Scores differ',
  answers: 'Answers differ',
  regressions: 'Below the baseline',
  improvements: 'Above the baseline',
  wins: 'Only the candidate right',
  losses: 'Only the baseline right',
  'none-right': 'Nobody right',
  unscored: 'Without a score',
};

export const pricingWords: Record<Pricing, string> = {
  recorded: 'The table, as recorded',
  uncached: 'The table, nothing cached',
  cached: 'The table, all cached',
  batch: 'The table, batch service',
};

/** How costs and runs are looked at, beside what is compared. */
export function waysAsked({ time, pricing }: CompareSearch): { overTime?: boolean; prices?: Repricing } {
  return {
    ...(time === true ? { overTime: true } : {}),
    ...(pricing === undefined ? {} : { prices: { pricing } }),
  };
}

/** The rows that a search asks the engine for. What names a candidate that is not compared is left out. */
export function rowsAsked(
  search: CompareSearch,
  compared: { runs: string[]; candidates: string[]; baseline: string },
): Omit<CompareRows, 'offset' | 'limit'> {
  const { candidates, baseline } = compared;
  const other = (id: string | undefined): boolean =>
    id !== undefined && id !== baseline && candidates.includes(id);
  const { only = 'all', of, sort, tag, q } = search;
  const ofOne = only === 'wins' || only === 'losses';
  const sorted =
    sort !== undefined &&
    candidates.includes(sort.candidate) &&
    (sort.by !== 'delta' || other(sort.candidate));
  return {
    ...compared,
    ...waysAsked(search),
    only: ofOne && !other(of) ? 'all' : only,
    ...(of !== undefined && other(of) ? { of } : {}),
    ...(sorted ? { sort: { ...sort, descending: sort.descending ?? false } } : {}),
    ...(tag === undefined ? {} : { tag }),
    ...(q === undefined || q === '' ? {} : { search: q }),
  };
}

/** One press sorts worst first, the next best first, a third not at all. */
export function nextSort(
  was: CompareSearch['sort'],
  by: (typeof comparedSorts)[number],
  candidate: string,
): CompareSearch['sort'] {
  if (was?.by !== by || was.candidate !== candidate) return { by, candidate };
  return was.descending === true ? undefined : { by, candidate, descending: true };
}
