import { MultiSelect, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Estimate, RatersAgreement, RunSummary } from '../../../../engine/api/index.ts';
import { ratersAgreement, runList } from '../../../data/queries.ts';
import { count } from '../../../ui/format.ts';
import { Facts, Loaded, Section } from '../../../ui/screen.tsx';
import { SortableTable, type TableColumn } from '../../../ui/sortable-table.tsx';

/** How far this run's scores agree with those that others gave to the same answers: a judge with people, two judges. */
export function AgreementSection({ run }: { run: RunSummary }) {
  const { raters = [], measure = 'nominal' } = useSearch({ from: '/runs/$run' });
  const navigate = useNavigate({ from: '/runs/$run' });
  const runs = useQuery(runList()).data ?? [];
  const others = runs.filter(
    (one) => one.dataset === run.dataset && one.run !== run.run && one.status !== 'running',
  );
  const chosen = raters.filter((id) => others.some((one) => one.run === id));
  const query = useQuery(ratersAgreement({ runs: [run.run, ...chosen], measure }));
  const names = new Map(runs.map((one) => [one.run, one.name]));
  return (
    <Section
      title="Agreement"
      note="with other scores of the same answers: a judge's, or people's labels imported as a run · 95 % intervals"
    >
      <div className="kp-stack">
        {others.length === 0 ? (
          <p className="kp-note">
            There is no other run on {run.dataset}. Score the answers again, or import labels by people as
            recorded outcomes with a score.
          </p>
        ) : (
          <div className="kp-raters">
            <MultiSelect
              label="Compared with the scores of"
              placeholder={chosen.length === 0 ? 'choose runs' : ''}
              data={others.map((one) => ({ value: one.run, label: `${one.name} · ${one.run}` }))}
              searchable
              value={chosen}
              onChange={(next) =>
                void navigate({
                  search: (was) => ({ ...was, raters: next.length === 0 ? undefined : next }),
                  replace: true,
                })
              }
            />
            <SegmentedControl
              aria-label="What scores are"
              data={[
                { value: 'nominal', label: 'Names' },
                { value: 'ordinal', label: 'Grades' },
                { value: 'interval', label: 'Amounts' },
              ]}
              value={measure}
              onChange={(next) =>
                void navigate({
                  search: (was) => ({ ...was, measure: next === 'nominal' ? undefined : next }),
                  replace: true,
                })
              }
            />
          </div>
        )}
        {chosen.length > 0 && (
          <Loaded query={query} what="Comparing scores…">
            {(found) => <Agreement found={found} nameOf={(id) => names.get(id) ?? id} />}
          </Loaded>
        )}
      </div>
    </Section>
  );
}

type Kappa = RatersAgreement['kappas'][number];

const figure = (id: string, header: string, of: (kappa: Kappa) => Estimate): TableColumn<Kappa> => ({
  id,
  header,
  align: 'right',
  sortBy: (row) => of(row).mean,
  cell: (row) => <Coefficient value={of(row)} />,
});

function Agreement({ found, nameOf }: { found: RatersAgreement; nameOf: (run: string) => string }) {
  const columns: TableColumn<Kappa>[] = [
    {
      id: 'pair',
      header: 'Between',
      rowHeader: true,
      sortBy: ({ a, b }) => `${nameOf(a)} ${nameOf(b)}`,
      cell: ({ a, b }) => `${nameOf(a)} and ${nameOf(b)}`,
    },
    figure('none', "Cohen's kappa", ({ none }) => none),
    figure('linear', 'Linear weights', ({ linear }) => linear),
    figure('quadratic', 'Quadratic weights', ({ quadratic }) => quadratic),
  ];
  return (
    <>
      <Facts
        facts={[
          { label: "Krippendorff's alpha", value: <Coefficient value={found.alpha} /> },
          { label: 'Answers scored by two or more', value: count(found.n) },
        ]}
      />
      <div className="kp-boxed-grid">
        <SortableTable
          label="Agreement of two"
          columns={columns}
          rows={found.kappas}
          rowId={({ a, b }) => `${a} ${b}`}
        />
      </div>
      <p className="kp-note">
        1 is full agreement, 0 what chance gives. From 0.8 alpha is held reliable, from 0.667 good for
        tentative conclusions only (Krippendorff 2004).
      </p>
    </>
  );
}

const shown = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : '–');

/** From −1 to 1, so no per cent. Not a number where every score is the same: there was nothing to agree on. */
function Coefficient({ value }: { value: Estimate }) {
  return (
    <span
      className="kp-estimate"
      title={Number.isFinite(value.mean) ? undefined : 'All scores are the same: nothing to agree on'}
    >
      <span className="kp-estimate-mean">{shown(value.mean)}</span>
      <span className="kp-estimate-rest">
        {shown(value.lo)}…{shown(value.hi)} · n {count(value.n)}
      </span>
    </span>
  );
}
