import type { CompareRows } from '../../../engine/api/index.ts';
import { usePagedRows } from '../../data/paged-rows.ts';
import { comparedRows } from '../../data/queries.ts';
import { type PagedColumn, PagedGrid } from '../../ui/paged-grid.tsx';
import { Section } from '../../ui/screen.tsx';
import { ComparedRow } from './compared-row.tsx';
import { ExportMenu } from './export-menu.tsx';
import { columnPart, columnsShown, formOf } from './row-columns.ts';
import { RowsFilter } from './rows-filter.tsx';
import { type CompareSearch, nextSort, usualParts } from './search.ts';

interface Props {
  asked: Omit<CompareRows, 'offset' | 'limit'> & { baseline: string };
  /** The tags of the dataset with their most frequent values. */
  tags: { name: string; values: string[] }[];
  search: CompareSearch;
  onSearch: (next: Partial<CompareSearch>) => void;
}

export function ComparedRows({ asked, tags, search, onSearch }: Props) {
  const rows = usePagedRows((offset, limit) => comparedRows({ ...asked, offset, limit }));
  const { baseline, candidates } = asked;
  const columns = columnsShown(rows.columns, baseline, search.show ?? usualParts).map((id): PagedColumn => {
    const { sort, ...form } = formOf(id, baseline);
    const { of } = columnPart(id);
    if (sort === undefined) return { id, ...form };
    const sorted = asked.sort?.by === sort && asked.sort.candidate === of;
    return {
      id,
      ...form,
      ...(sorted ? { sorted: asked.sort?.descending === true ? 'descending' : 'ascending' } : {}),
      // A call that failed has no score: said in its place.
      ...(sort === 'score'
        ? {
            show: (value, row) =>
              rows.cell(row, `failed:${of}`) === 1 ? 'failed' : (form.show?.(value, row) ?? ''),
          }
        : {}),
      onSort: () => onSearch({ sort: nextSort(search.sort, sort, of) }),
    };
  });
  return (
    <Section title="Rows" flush actions={<ExportMenu asked={asked} by={search.by} />}>
      <RowsFilter asked={asked} tags={tags} search={search} onSearch={onSearch} />
      <PagedGrid
        key={JSON.stringify({ ...asked, sort: null })}
        label="Compared rows"
        rows={rows}
        columns={columns}
        height={460}
        empty={{
          title: 'No row',
          text:
            asked.only === 'all' && asked.search === undefined && asked.tag === undefined
              ? 'There are no rows.'
              : 'No row fits this choice.',
        }}
        renderRow={(row) => (
          <ComparedRow
            rows={rows}
            row={row}
            candidates={candidates}
            baseline={baseline}
            against={search.against ?? 'baseline'}
            onAgainst={(against) => onSearch({ against: against === 'baseline' ? undefined : against })}
          />
        )}
      />
    </Section>
  );
}
