import type { comparedSorts } from '../../../engine/api/index.ts';
import type { Cell } from '../../data/paged-rows.ts';
import { milliseconds, percent, points, usd } from '../../ui/format.ts';
import type { PagedColumn } from '../../ui/paged-grid.tsx';
import type { ShownPart } from './search.ts';

/** `score:a:b` → `score` of candidate `a:b`. The candidate's own colons stay. */
export function columnPart(id: string): { kind: string; of: string } {
  const colon = id.indexOf(':');
  return colon < 0 ? { kind: id, of: '' } : { kind: id.slice(0, colon), of: id.slice(colon + 1) };
}

/** What the parts of a candidate are called in a page. */
export const partOf: Record<string, ShownPart> = {
  output: 'answer',
  score: 'score',
  delta: 'delta',
  costUsd: 'cost',
  latencyMs: 'latency',
  tag: 'tags',
};

export const scoreText = (value: Cell): string =>
  typeof value === 'number' ? `${value >= 1 ? '✓ ' : value <= 0 ? '✗ ' : ''}${percent(value, 0)}` : '–';

/** A change with a sign beside the figure: the direction is not told by a minus alone. */
export const deltaText = (value: Cell): string =>
  typeof value !== 'number' ? '–' : value === 0 ? '=' : `${value > 0 ? '▲' : '▼'} ${points(value, 0)}`;

type Sort = (typeof comparedSorts)[number];
interface Form extends Omit<PagedColumn, 'id'> {
  sort?: Sort;
}

/** Heading, width and form of a column of a page. */
export function formOf(id: string, baseline: string): Form {
  const { kind, of } = columnPart(id);
  const over = of === baseline ? `${of} (baseline)` : of;
  switch (kind) {
    case 'output':
      return { over, header: 'Answer', width: 'minmax(150px, 1.6fr)' };
    case 'score':
      return {
        over,
        header: 'Score',
        width: 'minmax(96px, 0.6fr)',
        align: 'right',
        sort: 'score',
        show: scoreText,
      };
    case 'delta':
      return {
        over,
        header: 'Change',
        width: 'minmax(96px, 0.6fr)',
        align: 'right',
        sort: 'delta',
        show: deltaText,
      };
    case 'costUsd':
      return {
        over,
        header: 'Cost',
        width: '110px',
        align: 'right',
        sort: 'costUsd',
        show: (value) => (typeof value === 'number' ? usd(value) : '–'),
      };
    case 'latencyMs':
      return {
        over,
        header: 'Latency',
        width: '110px',
        align: 'right',
        sort: 'latencyMs',
        show: (value) => (typeof value === 'number' ? milliseconds(value) : '–'),
      };
    case 'tag':
      return { over: 'tag', header: of, width: 'minmax(100px, 0.8fr)' };
    case 'input':
      return { header: 'Input', width: 'minmax(240px, 3fr)' };
    case 'expected':
      return { header: 'Expected', width: 'minmax(100px, 1fr)' };
    default:
      return { header: id === 'example' ? 'Example' : id, width: '120px' };
  }
}

/** The columns to show, the baseline's before the others'. */
export function columnsShown(ids: string[], baseline: string, parts: readonly ShownPart[]): string[] {
  const shown = ids.filter((id) => {
    const { kind, of } = columnPart(id);
    if (of === '') return true;
    const part = partOf[kind];
    return part !== undefined && parts.includes(part);
  });
  const rank = (id: string): number => {
    const { kind, of } = columnPart(id);
    if (of === '') return 0;
    if (kind === 'tag') return 3;
    return of === baseline ? 1 : 2;
  };
  return shown.toSorted((a, b) => rank(a) - rank(b));
}
