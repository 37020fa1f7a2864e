import { SegmentedControl } from '@mantine/core';
import { usePagedRows } from '../../data/paged-rows.ts';
import { comparedRows } from '../../data/queries.ts';
import { milliseconds, percent, usd } from '../../ui/format.ts';
import { type PagedColumn, PagedGrid } from '../../ui/paged-grid.tsx';
import { Section } from '../../ui/screen.tsx';

type Only = 'all' | 'different' | 'regressions';

/** `score:small` → heading and form of the column. The candidate's own colons stay. */
export function columnFor(id: string): PagedColumn {
  const colon = id.indexOf(':');
  const [kind, candidate] = colon < 0 ? [id, ''] : [id.slice(0, colon), id.slice(colon + 1)];
  switch (kind) {
    case 'output':
      return { id, header: `${candidate}: answer`, width: 'minmax(140px, 1.6fr)' };
    case 'score':
      return {
        id,
        header: `${candidate}: score`,
        width: 'minmax(130px, 1fr)',
        align: 'right',
        show: (value) =>
          typeof value === 'number'
            ? `${value >= 1 ? '✓ ' : value <= 0 ? '✗ ' : ''}${percent(value, 0)}`
            : '–',
      };
    case 'costUsd':
      return {
        id,
        header: `${candidate}: cost`,
        width: '120px',
        align: 'right',
        show: (value) => (typeof value === 'number' ? usd(value) : '–'),
      };
    case 'latencyMs':
      return {
        id,
        header: `${candidate}: latency`,
        width: '120px',
        align: 'right',
        show: (value) => (typeof value === 'number' ? milliseconds(value) : '–'),
      };
    case 'input':
      return { id, header: 'Input', width: 'minmax(240px, 3fr)' };
    case 'expected':
      return { id, header: 'Expected', width: 'minmax(90px, 1fr)' };
    default:
      return { id, header: id === 'example' ? 'Example' : id, width: '120px' };
  }
}

export function ComparedRows({
  runs,
  candidates,
  baseline,
  only,
  onOnly,
}: {
  runs: string[];
  candidates: string[];
  baseline: string;
  only: Only;
  onOnly: (only: Only) => void;
}) {
  const rows = usePagedRows((offset, limit) =>
    comparedRows({ runs, candidates, baseline, only, offset, limit }),
  );
  const columns = rows.columns.map(columnFor).filter((column) => !/^(costUsd|latencyMs):/.test(column.id));
  return (
    <Section
      title="Rows"
      flush
      actions={
        <SegmentedControl
          aria-label="Which rows"
          data={[
            { value: 'all', label: 'All rows' },
            { value: 'different', label: 'Only different' },
            { value: 'regressions', label: `Regressions from ${baseline.slice(0, 40)}` },
          ]}
          value={only}
          onChange={onOnly}
        />
      }
    >
      <PagedGrid
        key={`${only} ${baseline} ${candidates.join()}`}
        label="Compared rows"
        rows={rows}
        columns={columns}
        empty={{
          title: 'No row',
          text: only === 'all' ? 'There are no paired rows.' : 'No row fits this choice.',
        }}
      />
    </Section>
  );
}
