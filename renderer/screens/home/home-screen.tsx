import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { openPanel } from '../../app/panels.ts';
import { datasetList, policyList, runList, workspaceInfo } from '../../data/queries.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { count, usd, when } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Empty, Facts, Screen, Section } from '../../ui/screen.tsx';
import { CertifiedTag, StatusTag } from '../../ui/tag.tsx';
import { useOpenSample } from './use-open-sample.ts';
import { LinkButton } from '../../ui/link-button.tsx';

export function HomeScreen() {
  const info = useQuery(workspaceInfo());
  const runs = useQuery(runList()).data ?? [];
  const datasets = useQuery(datasetList()).data ?? [];
  const policies = useQuery(policyList()).data ?? [];
  const newest = runs.toSorted((a, b) => b.created.localeCompare(a.created)).slice(0, 6);
  const policy = policies.toSorted((a, b) => b.created.localeCompare(a.created))[0];
  const spent = info.data?.costUsd;
  return (
    <Screen title="Home" about="Which model for which request, and what does it cost?">
      {info.error !== null && <ErrorPanel error={info.error} onRetry={() => void info.refetch()} />}
      <Starts fresh={datasets.length === 0} />
      {datasets.length > 0 && (
        <>
          <Section title="This workspace">
            <Facts
              facts={[
                { label: 'Datasets', value: count(info.data?.rows.datasets ?? datasets.length) },
                { label: 'Runs', value: count(info.data?.rows.runs ?? runs.length) },
                { label: 'Outcomes', value: count(info.data?.rows.outcomes ?? 0) },
                { label: 'Policies', value: count(info.data?.rows.policies ?? policies.length) },
                {
                  label: 'Spent on calls',
                  value: usd(spent?.fresh ?? Number.NaN),
                  note:
                    spent !== undefined && spent.cached > 0
                      ? `${usd(spent.cached)} saved by the ledger`
                      : undefined,
                },
              ]}
            />
          </Section>
          <div className="kp-columns">
            <Section title="Recent runs" flush>
              {newest.length === 0 ? (
                <Empty
                  title="No run yet"
                  action={<Button onClick={() => openPanel('run')}>Start a run</Button>}
                >
                  A run asks every candidate for an answer to every example.
                </Empty>
              ) : (
                <ul className="kp-list">
                  {newest.map((run) => (
                    <li key={run.run}>
                      <span className="kp-list-main">
                        <Link className="kp-link" to="/runs/$run" params={{ run: run.run }}>
                          {run.name}
                        </Link>
                        <span className="kp-note"> on {run.dataset}</span>
                      </span>
                      <span className="kp-note">{when(run.created)}</span>
                      <StatusTag status={run.status} />
                    </li>
                  ))}
                </ul>
              )}
            </Section>
            <Section title="Last policy">
              {policy === undefined ? (
                <Empty
                  title="No policy yet"
                  action={
                    <LinkButton to="/tune" variant="default">
                      Open Tune
                    </LinkButton>
                  }
                >
                  A fit over a finished run ends in a policy with its evidence.
                </Empty>
              ) : (
                <>
                  <p className="kp-sentence">{policy.sentence}</p>
                  <div className="kp-actions">
                    <CertifiedTag certified={policy.certified} />
                    <Link className="kp-link" to="/policy/$policy" params={{ policy: policy.id }}>
                      {policy.name}
                    </Link>
                    <span className="kp-note">{when(policy.created)}</span>
                  </div>
                </>
              )}
            </Section>
          </div>
        </>
      )}
    </Screen>
  );
}

function Starts({ fresh }: { fresh: boolean }) {
  const sample = useOpenSample();
  return (
    <div className="kp-start">
      <div className="kp-start-card">
        <h2>
          <Icon name="sample" /> Open the sample
        </h2>
        <p>Real labelled mail and local models of different cost. Works offline and without a key.</p>
        <Button
          variant={fresh ? 'filled' : 'default'}
          loading={sample.isPending}
          onClick={() => sample.mutate()}
        >
          Open the sample
        </Button>
      </div>
      <div className="kp-start-card">
        <h2>
          <Icon name="import" /> Import your data
        </h2>
        <p>
          CSV, TSV, JSON, JSONL or Parquet, with the expected answers. You see the columns before anything is
          stored.
        </p>
        <Button variant={fresh ? 'filled' : 'default'} onClick={() => openPanel('import')}>
          Import a file
        </Button>
      </div>
      <div className="kp-start-card">
        <h2>
          <Icon name="runs" /> {fresh ? 'Recent work' : 'Go on'}
        </h2>
        <p>
          {fresh
            ? 'Nothing here yet: this workspace is empty.'
            : 'Start a run on a dataset, then compare its candidates and tune a policy.'}
        </p>
        {fresh ? (
          <LinkButton variant="default" to="/runs">
            All runs
          </LinkButton>
        ) : (
          <Button onClick={() => openPanel('run')}>Start a run</Button>
        )}
      </div>
    </div>
  );
}
