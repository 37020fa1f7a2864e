import { Button, Group, Select } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PolicyReplayed, PolicyVerified } from '../../../engine/api/index.ts';
import { workbench } from '../../data/connection.ts';
import { runList } from '../../data/queries.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { EstimateText } from '../../ui/estimate.tsx';
import { count, points } from '../../ui/format.ts';
import { Facts, Section } from '../../ui/screen.tsx';
import { Tag, type Tone } from '../../ui/tag.tsx';

/** Integrity and vectors always; the certificate and a replay where a run is chosen. */
export function VerifySection({ id, dataset }: { id: string; dataset: string }) {
  const [run, setRun] = useState<string | null>(null);
  const runs = useQuery(runList()).data ?? [];
  const verify = useMutation({
    mutationFn: async (on: string | null) => {
      const verified = await workbench.policies.verify({
        policy: { policy: id },
        ...(on === null ? {} : { run: on }),
      });
      const replayed =
        on === null ? null : await workbench.policies.replay({ policy: { policy: id }, run: on });
      return { verified, replayed };
    },
  });
  return (
    <Section title="Verify" note="integrity, conformance vectors, and the certificate on a run">
      <div className="kp-stack">
        <Group align="flex-end">
          <Select
            label="On a run (optional)"
            placeholder="none"
            clearable
            w={320}
            data={runs
              .filter((one) => one.status !== 'running')
              .map((one) => ({
                value: one.run,
                label: `${one.name} · ${one.dataset}${one.dataset === dataset ? ' (its own data)' : ''}`,
              }))}
            value={run}
            onChange={setRun}
          />
          <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate(run)}>
            Verify
          </Button>
        </Group>
        {verify.error !== null && <ErrorPanel error={verify.error} />}
        {verify.data !== undefined && (
          <Verified verified={verify.data.verified} replayed={verify.data.replayed} />
        )}
      </div>
    </Section>
  );
}

const certificateWords: Record<
  PolicyVerified['certificate']['verdict'],
  { tone: Tone; icon: 'check' | 'cross' | 'warn' | 'dot'; word: string }
> = {
  holds: { tone: 'good', icon: 'check', word: 'The certificate holds on rows not used to choose' },
  broken: { tone: 'bad', icon: 'cross', word: 'The certificate is broken on this run' },
  undecided: { tone: 'warn', icon: 'warn', word: 'Too few rows to decide the certificate' },
  'not-checked': { tone: 'neutral', icon: 'dot', word: 'Certificate not checked: no run chosen' },
};

function Verified({ verified, replayed }: { verified: PolicyVerified; replayed: PolicyReplayed | null }) {
  const words = certificateWords[verified.certificate.verdict];
  return (
    <div className="kp-stack" role="status">
      <div className="kp-actions">
        {verified.valid ? (
          <Tag tone="good" icon="check">
            Valid
          </Tag>
        ) : (
          <Tag tone="bad" icon="cross">
            Not valid
          </Tag>
        )}
        <Tag
          tone={verified.integrity === 'ok' ? 'good' : 'bad'}
          icon={verified.integrity === 'ok' ? 'check' : 'cross'}
        >
          Integrity {verified.integrity === 'ok' ? 'intact' : 'broken'}
        </Tag>
        <Tag
          tone={verified.conformance.failed === 0 ? 'good' : 'bad'}
          icon={verified.conformance.failed === 0 ? 'check' : 'cross'}
        >
          {count(verified.conformance.passed)} of{' '}
          {count(verified.conformance.passed + verified.conformance.failed)} vectors pass
        </Tag>
        <Tag tone={words.tone} icon={words.icon}>
          {words.word}
        </Tag>
        {verified.certificate.bound !== null && (
          <span className="kp-note">upper bound {points(verified.certificate.bound)}</span>
        )}
      </div>
      {verified.problems.length > 0 && (
        <ul>
          {verified.problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
      {replayed !== null && (
        <Facts
          facts={[
            { label: 'Replayed score', value: <EstimateText value={replayed.score} kind="score" /> },
            {
              label: 'Replayed cost per thousand',
              value: <EstimateText value={replayed.costUsd} kind="costPerThousand" />,
            },
            {
              label: 'Loss against the reference',
              value: <EstimateText value={replayed.lossVsReference} kind="points" />,
            },
            { label: 'Rows skipped', value: count(replayed.skipped) },
          ]}
        />
      )}
    </div>
  );
}
