import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Policy } from '../../../engine/api/index.ts';
import { policyShown } from '../../data/queries.ts';
import { EstimateText, NominalMark } from '../../ui/estimate.tsx';
import { count, percent, points, when } from '../../ui/format.ts';
import { Facts, Loaded, Screen, Section } from '../../ui/screen.tsx';
import { Shares } from '../../ui/shares.tsx';
import { CertifiedTag, FitVerdict } from '../../ui/tag.tsx';
import { describeRoute, describeRule } from './describe-policy.ts';
import { ExportSection } from './export-section.tsx';
import { VerifySection } from './verify-section.tsx';

export function PolicyScreen() {
  const { policy: id } = useParams({ from: '/policy/$policy' });
  const query = useQuery(policyShown(id));
  const policy = query.data;
  return (
    <Screen
      title={policy?.name ?? 'Policy'}
      about={
        policy === undefined ? undefined : (
          <>
            <FitVerdict verdict={policy.evidence.verdict} />
            <CertifiedTag certified={policy.evidence.certificate.certified} />
            {policy.evidence.nominalPrices && <NominalMark />}
            <span>
              Policy · version {policy.version} · made {when(policy.created)} ·{' '}
              <code title={policy.integrity.hash}>{policy.integrity.hash.slice(0, 10)}</code>
            </span>
          </>
        )
      }
    >
      <Loaded query={query} what="Reading the policy…">
        {(data) => <PolicyBody id={id} policy={data} />}
      </Loaded>
    </Screen>
  );
}

function PolicyBody({ id, policy }: { id: string; policy: Policy }) {
  const { evidence } = policy;
  const { certificate } = evidence;
  return (
    <>
      <Section title="In one sentence">
        <p className="kp-sentence">{evidence.sentence}</p>
        <Facts
          facts={[
            { label: 'Score', value: <EstimateText value={evidence.score} kind="score" /> },
            {
              label: 'Cost per thousand',
              value: (
                <EstimateText
                  value={evidence.costUsd}
                  kind="costPerThousand"
                  nominal={evidence.nominalPrices}
                />
              ),
            },
            {
              label: `Loss against ${evidence.reference}`,
              value: <EstimateText value={evidence.lossVsReference} kind="points" />,
            },
          ]}
        />
      </Section>
      <div className="kp-two">
        <div className="kp-stack">
          <Section title="Rules" note="the first that holds is taken">
            <ol className="kp-rules">
              {policy.rules.map((rule) => (
                <li key={rule.id}>{describeRule(rule)}</li>
              ))}
            </ol>
            {policy.routes.map((route) => (
              <div key={route.id}>
                <p className="kp-note">Route {route.id}</p>
                <ol className="kp-rules">
                  {describeRoute(route).map((line) => (
                    <li key={line}>{line}</li>
                  ))}
                </ol>
              </div>
            ))}
          </Section>
          <VerifySection id={id} dataset={evidence.dataset.name} />
          <ExportSection id={id} name={policy.name} />
        </div>
        <Section title="Certificate and evidence">
          <div className="kp-stack">
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
              {certificate.method}. Dataset {evidence.dataset.name} ({count(evidence.dataset.rows)} rows,{' '}
              {evidence.dataset.hash.slice(0, 10)}), run {evidence.run.join(', ')}, seed {evidence.seed}.
              Rows: fit {count(evidence.rows.fit)}, calibrate {count(evidence.rows.calibrate)}, test{' '}
              {count(evidence.rows.test)}.
            </p>
            <Shares shares={evidence.shares} />
            <table className="kp-table kp-tight">
              <caption className="kp-visually-hidden">Baselines</caption>
              <thead>
                <tr>
                  <th scope="col">Baseline</th>
                  <th scope="col" data-align="right">
                    Score
                  </th>
                  <th scope="col" data-align="right">
                    Cost per thousand
                  </th>
                </tr>
              </thead>
              <tbody>
                {evidence.baselines.map((baseline) => (
                  <tr key={baseline.name}>
                    <th scope="row">{baseline.name}</th>
                    <td data-align="right">
                      <EstimateText value={baseline.score} kind="score" />
                    </td>
                    <td data-align="right">
                      <EstimateText
                        value={baseline.costUsd}
                        kind="costPerThousand"
                        nominal={evidence.nominalPrices}
                      />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Section>
      </div>
      <Section title="JSON" note={`${count(policy.conformance.length)} conformance vectors inside`}>
        <pre className="kp-code" tabIndex={0} aria-label="Policy as JSON">
          {JSON.stringify(policy, null, 2)}
        </pre>
      </Section>
    </>
  );
}
