/** What the checks found, the worst first: how much of it, where, and what to do. */
import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { CheckStage, DatasetFinding, Severity } from '../../../engine/api/index.ts';
import { useProgress } from '../../data/progress.ts';
import { checkJob, datasetChecked } from '../../data/queries.ts';
import { count } from '../../ui/format.ts';
import type { IconName } from '../../ui/icons.tsx';
import { Loaded, Section, Waiting } from '../../ui/screen.tsx';
import { Tag, type Tone } from '../../ui/tag.tsx';

const severityWords: Record<Severity, { tone: Tone; icon: IconName; word: string }> = {
  error: { tone: 'bad', icon: 'cross', word: 'Error' },
  warning: { tone: 'warn', icon: 'warn', word: 'Warning' },
  info: { tone: 'info', icon: 'dot', word: 'Note' },
};

export function Findings({ dataset }: { dataset: string }) {
  const query = useQuery(datasetChecked(dataset));
  return (
    <Section title="Checks" note="duplicates, leakage between splits, labels, personal data">
      {query.isFetching && query.data === undefined ? (
        <Checking dataset={dataset} />
      ) : query.isPending ? (
        <div className="kp-stack">
          <p className="kp-note">The check was cancelled. Nothing was looked at.</p>
          <div>
            <Button variant="default" onClick={() => void query.refetch()}>
              Check
            </Button>
          </div>
        </div>
      ) : (
        <Loaded query={query} what="Checking…">
          {({ findings, notes }) => (
            <>
              {findings.length === 0 && (
                <Tag tone="good" icon="check">
                  Nothing found
                </Tag>
              )}
              <ul className="kp-findings">
                {findings.map((finding) => (
                  <FindingItem key={finding.code} finding={finding} />
                ))}
              </ul>
              {notes.map((note) => (
                <p key={note} className="kp-note">
                  {note}
                </p>
              ))}
            </>
          )}
        </Loaded>
      )}
    </Section>
  );
}

const stageWords: Record<CheckStage, string> = {
  reading: 'Rows read',
  comparing: 'Rounds of looking for near duplicates',
  judging: 'Rows judged',
};

function Checking({ dataset }: { dataset: string }) {
  const queries = useQueryClient();
  const progress = useProgress((state) => state.checks[checkJob(dataset)]);
  return (
    <div className="kp-stack">
      {progress === undefined ? (
        <Waiting what="Checking…" />
      ) : (
        <p className="kp-note" role="status">
          {stageWords[progress.stage]}: {count(progress.done)} of {count(progress.total)}
        </p>
      )}
      <div>
        <Button
          variant="default"
          onClick={() => void queries.cancelQueries({ queryKey: datasetChecked(dataset).queryKey })}
        >
          Cancel the check
        </Button>
      </div>
    </div>
  );
}

function FindingItem({ finding }: { finding: DatasetFinding }) {
  const { tone, icon, word } = severityWords[finding.severity];
  return (
    <li>
      <Tag tone={tone} icon={icon}>
        {word}
      </Tag>{' '}
      {finding.message} <span className="kp-note">{`${count(finding.count)} ${finding.unit}`}</span>
      {finding.examples.length > 0 && (
        <p className="kp-note">
          {finding.examples
            .slice(0, 3)
            .map((example) => example.slice(0, 80))
            .join(', ')}
          {finding.examples.length > 3 ? ', …' : ''}
        </p>
      )}
      <p>{finding.advice}</p>
    </li>
  );
}
