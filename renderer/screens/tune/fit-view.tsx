import { useMemo } from 'react';
import type { Baseline, FitResult } from '../../../engine/api/index.ts';
import { FrontierChart } from '../../charts/frontier-chart.tsx';
import { SignalHistogram } from '../../charts/signal-histogram.tsx';
import { EstimateText, NominalMark } from '../../ui/estimate.tsx';
import { count, percent, points, when } from '../../ui/format.ts';
import { Facts, Section } from '../../ui/screen.tsx';
import { SortableTable, type TableColumn } from '../../ui/sortable-table.tsx';
import { CertifiedTag, FitVerdict } from '../../ui/tag.tsx';
import { Warnings } from '../../ui/warnings.tsx';
import { Shares } from '../../ui/shares.tsx';
import { cutOver, handleOver } from './threshold-overlays.tsx';
import { ThresholdPanel } from './threshold-panel.tsx';
import { moveThreshold, useTuneState } from './tune-state.ts';
import { LinkButton } from '../../ui/link-button.tsx';

export function FitView({ fit }: { fit: FitResult }) {
  const { sweep } = fit;
  const moved = useTuneState((state) => state.at[fit.fit]);
  const at = moved ?? Math.max(0, sweep?.chosen ?? 0);
  const columns = useMemo(() => baselineColumns(fit.nominalPrices), [fit.nominalPrices]);
  const move = useMemo(() => (index: number) => moveThreshold(fit.fit, index), [fit.fit]);
  return (
    <div className="kp-stack">
      <Section
        title="Verdict"
        note={`${fit.dataset} · ${when(fit.created)} · seed ${fit.seed}`}
        actions={
          <LinkButton to="/policy/$policy" params={{ policy: fit.policy }}>
            Open the policy
          </LinkButton>
        }
      >
        <div className="kp-actions kp-verdict-tags">
          <FitVerdict verdict={fit.verdict} />
          <CertifiedTag certified={fit.certificate.certified} />
          {fit.nominalPrices && <NominalMark />}
        </div>
        <p className="kp-sentence">{fit.sentence}</p>
        <Facts
          facts={[
            { label: 'Score on test rows', value: <EstimateText value={fit.test.score} kind="score" /> },
            {
              label: 'Cost per thousand',
              value: (
                <EstimateText value={fit.test.costUsd} kind="costPerThousand" nominal={fit.nominalPrices} />
              ),
            },
            {
              label: `Loss against ${fit.reference}`,
              value: <EstimateText value={fit.test.lossVsReference} kind="points" />,
            },
            { label: 'Latency', value: <EstimateText value={fit.test.latencyMs} kind="latency" /> },
          ]}
        />
        {fit.needed !== null && (
          <p>
            <b>{fit.needed.reason}</b>
            {fit.needed.rows !== null && ` About ${count(fit.needed.rows)} labelled rows would do.`}
            {fit.needed.nearest !== null && ` The nearest rule reaches ${percent(fit.needed.nearest.score)}.`}
          </p>
        )}
      </Section>
      <Section
        title="Frontier"
        note={`test rows, n = ${count(fit.rows.test)} · solid: frontier with 95 % band · dashed: hull of the singles · thin: this rule as its threshold moves`}
      >
        <FrontierChart fit={fit} {...(sweep === null ? {} : { overlay: handleOver(sweep, at, move) })} />
      </Section>
      {sweep !== null && (
        <>
          <ThresholdPanel fit={fit} sweep={sweep} at={at} />
          <Section
            title={`Signal: ${sweep.signal}`}
            note="where the threshold cuts; rows left of it go on to the next candidate where a low value means doubt"
          >
            <SignalHistogram sweep={sweep} overlay={cutOver(sweep, at)} />
          </Section>
        </>
      )}
      <div className="kp-columns">
        <Section title="Certificate" note="from rows that were not used to choose">
          <CertificateFacts fit={fit} />
        </Section>
        <Section title="Who answers" note="share of the test rows">
          <Shares shares={fit.test.shares} />
        </Section>
      </div>
      <Section title="Baselines" flush note={`the same ${count(fit.rows.test)} test rows`}>
        <SortableTable
          label="Baselines"
          columns={columns}
          rows={withPolicy(fit)}
          rowId={(row) => `${row.kind} ${row.name}`}
          marked={(row) => row.name === 'this policy'}
        />
      </Section>
      {fit.warnings.length > 0 && (
        <Section title="Warnings">
          <Warnings warnings={fit.warnings} />
        </Section>
      )}
    </div>
  );
}

function CertificateFacts({ fit }: { fit: FitResult }) {
  const { certificate, rows } = fit;
  return (
    <div className="kp-stack">
      <div className="kp-actions">
        <CertifiedTag certified={certificate.certified} />
      </div>
      <Facts
        facts={[
          { label: 'Loss allowed', value: points(certificate.maxLoss).replace('+', '') },
          { label: 'Confidence', value: percent(certificate.confidence, 0) },
          {
            label: 'Upper bound of the loss',
            value: certificate.bound === null ? '–' : points(certificate.bound),
          },
          { label: 'Rows', value: count(certificate.n) },
        ]}
      />
      <p className="kp-note">
        {certificate.method}. Rows: fit {count(rows.fit)}, calibrate {count(rows.calibrate)}, test{' '}
        {count(rows.test)}
        {rows.leftOut > 0 ? `, left out ${count(rows.leftOut)}` : ''}.
      </p>
    </div>
  );
}

type BaselineRow = Omit<Baseline, 'kind'> & { kind: string };
function withPolicy(fit: FitResult): BaselineRow[] {
  return [
    {
      name: 'this policy',
      kind: 'policy',
      score: fit.test.score,
      costUsd: fit.test.costUsd,
      note: 'What was fitted, at its own threshold.',
    },
    ...fit.baselines,
  ];
}

const baselineColumns = (nominal: boolean): TableColumn<BaselineRow>[] => [
  { id: 'name', header: 'What', rowHeader: true, sortBy: (row) => row.name, cell: (row) => row.name },
  {
    id: 'score',
    header: 'Score',
    align: 'right',
    sortBy: (row) => row.score.mean,
    cell: (row) => <EstimateText value={row.score} kind="score" />,
  },
  {
    id: 'cost',
    header: 'Cost per thousand',
    align: 'right',
    sortBy: (row) => row.costUsd.mean,
    cell: (row) => <EstimateText value={row.costUsd} kind="costPerThousand" nominal={nominal} />,
  },
  { id: 'note', header: 'What it is', cell: (row) => <span className="kp-note">{row.note}</span> },
];
