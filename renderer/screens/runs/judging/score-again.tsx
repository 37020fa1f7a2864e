import { Button, Checkbox, Group, Modal, NumberInput, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { AnyScorerSpec, RunSummary } from '../../../../engine/api/index.ts';
import { workbench } from '../../../data/connection.ts';
import { useProgress } from '../../../data/progress.ts';
import { ErrorPanel } from '../../../ui/error-panel.tsx';
import { count, usd } from '../../../ui/format.ts';
import { type Draft, type ScorerKind, scorerOf, scorerWords } from '../../scorer/scorer-draft.ts';
import { ScorerForm } from '../../scorer/scorer-form.tsx';

// Every kind is a key of the words.
const kinds = Object.keys(scorerWords) as ScorerKind[];

/** The same answers under another scorer, as a run of its own. */
export function ScoreAgainButton({ run }: { run: RunSummary }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        Score again
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title="Score the answers again"
        size="lg"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {open && <ScoreAgain run={run} onClose={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function ScoreAgain({ run, onClose }: { run: RunSummary; onClose: () => void }) {
  const [kind, setKind] = useState<ScorerKind>('normalised');
  const [draft, setDraft] = useState<Draft>({});
  const [name, setName] = useState('');
  const [budget, setBudget] = useState<number | null>(null);
  const [consent, setConsent] = useState(false);
  const [job] = useState(() => `score-${crypto.randomUUID()}`);
  const progress = useProgress((state) => state.scores[job]);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const judged = kind === 'judge' || kind === 'judge-pairwise';
  const submit = useMutation({
    mutationFn: (scorer: AnyScorerSpec) =>
      workbench.scores.again({
        run: run.run,
        scorer,
        job,
        ...(name.trim() === '' ? {} : { name: name.trim() }),
        ...(judged && budget !== null ? { budgetUsd: budget } : {}),
        ...(kind === 'code' ? { allowCode: consent } : {}),
      }),
    onSuccess: async (again) => {
      await queries.invalidateQueries({ queryKey: ['runs'] });
      onClose();
      const { counts, judge } = again;
      notifications.show({
        title: `${count(counts.scored)} of ${count(counts.outcomes)} answers scored`,
        message:
          judge === null
            ? `${count(counts.unparsed)} could not be read.`
            : `${count(judge.fresh)} calls paid for: ${judge.freshCostUsd === null ? 'cost not known' : usd(judge.freshCostUsd)}.`,
      });
      await navigate({ to: '/runs/$run', params: { run: again.run } });
    },
  });
  const cancel = useMutation({ mutationFn: () => workbench.scores.cancel({ job }) });
  const drafted = scorerOf(kind, draft);
  const problem =
    'problem' in drafted
      ? drafted.problem
      : judged && budget === null
        ? 'Say what the judging may cost.'
        : kind === 'code' && !consent
          ? 'Code that a model wrote runs only with consent.'
          : null;
  return (
    <form
      className="kp-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null && 'scorer' in drafted) submit.mutate(drafted.scorer);
      }}
    >
      <p className="kp-note">
        No candidate is called again: the recorded answers get other scores, as a run of its own.
      </p>
      <ScorerForm
        kinds={kinds}
        kind={kind}
        draft={draft}
        onKind={(next) => {
          if (next === null) return;
          setKind(next);
          setDraft({});
        }}
        onDraft={setDraft}
      />
      {judged && (
        <NumberInput
          label="Judging may cost, USD"
          description="The models above are called, and paid for"
          inputWrapperOrder={['label', 'input', 'description']}
          min={0}
          value={budget ?? ''}
          onChange={(value) => setBudget(typeof value === 'number' && value > 0 ? value : null)}
        />
      )}
      {kind === 'code' && (
        <Checkbox
          label="Run the code that models wrote, confined to a child process, on this machine"
          checked={consent}
          onChange={(event) => setConsent(event.currentTarget.checked)}
        />
      )}
      <TextInput
        label="Name of the new run"
        placeholder={`${run.name}, ${kind}`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {submit.error !== null && <ErrorPanel error={submit.error} />}
      <Group justify="flex-end">
        <span className="kp-note" role="status">
          {submit.isPending && progress !== undefined
            ? `${count(progress.done)} of ${count(progress.total)} judged`
            : problem}
        </span>
        {submit.isPending && (
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        )}
        <Button type="submit" disabled={problem !== null} loading={submit.isPending}>
          Score
        </Button>
      </Group>
    </form>
  );
}
