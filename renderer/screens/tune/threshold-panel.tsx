import { Button, NumberInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { FitResult, Sweep } from '../../../engine/api/index.ts';
import { nearestByThreshold, speak, thresholdText } from '../../charts/threshold.ts';
import { NominalMark } from '../../ui/estimate.tsx';
import { count, percent, perThousand, points } from '../../ui/format.ts';
import { Facts, Section } from '../../ui/screen.tsx';
import { Tag } from '../../ui/tag.tsx';
import { moveThreshold, resetThreshold } from './tune-state.ts';

/** What the threshold gives where it stands now, beside what the fit chose. */
export function ThresholdPanel({ fit, sweep, at }: { fit: FitResult; sweep: Sweep; at: number }) {
  const chosen = sweep.chosen;
  const value = (values: Float64Array, index: number): number => values[index] ?? Number.NaN;
  const away = chosen >= 0 && at !== chosen;
  const against = (values: Float64Array): number => value(values, at) - value(values, chosen);
  return (
    <Section
      title="Threshold"
      note={`${sweep.candidates.join(' → ')} on ${sweep.signal}, ${count(sweep.n)} test rows`}
      actions={
        away ? (
          <>
            <Tag tone="warn" icon="warn">
              Moved: the certificate is for {thresholdText(value(sweep.threshold, chosen))}
            </Tag>
            <Button variant="default" onClick={() => resetThreshold(fit.fit)}>
              Back to the fit
            </Button>
          </>
        ) : (
          <Tag tone="info" icon="dot">
            As fitted
          </Tag>
        )
      }
    >
      <div className="kp-threshold">
        <TypedThreshold sweep={sweep} at={at} onMove={(index) => moveThreshold(fit.fit, index)} />
        <Facts
          facts={[
            {
              label: 'Accuracy',
              value: percent(value(sweep.score, at)),
              note: away ? points(against(sweep.score)) : undefined,
            },
            {
              label: 'Cost per thousand',
              value: (
                <>
                  {fit.nominalPrices && <NominalMark />} {perThousand(value(sweep.costUsd, at))}
                </>
              ),
              note: away
                ? `${against(sweep.costUsd) >= 0 ? '+' : ''}${perThousand(against(sweep.costUsd))}`
                : undefined,
            },
            {
              label: `Beyond ${sweep.candidates[0] ?? 'the first'}`,
              value: percent(value(sweep.escalated, at)),
            },
          ]}
        />
      </div>
      <SpokenSlowly text={speak(sweep, at)} />
    </Section>
  );
}

function TypedThreshold({
  sweep,
  at,
  onMove,
}: {
  sweep: Sweep;
  at: number;
  onMove: (index: number) => void;
}) {
  const shown = Number((sweep.threshold[at] ?? 0).toPrecision(6));
  const [draft, setDraft] = useState<number | null>(null);
  const commit = (): void => {
    if (draft !== null && draft !== shown) onMove(nearestByThreshold(sweep, draft));
    setDraft(null);
  };
  return (
    <NumberInput
      label="Threshold"
      w={130}
      hideControls
      value={draft ?? shown}
      onChange={(value) => setDraft(typeof value === 'number' ? value : null)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
    />
  );
}

const SPEAK_EVERY_MS = 5000;

/** A live region that speaks at most every five seconds, however fast the handle moves. */
function SpokenSlowly({ text }: { text: string }) {
  const [spoken, setSpoken] = useState('');
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        setSpoken(text);
        setAt(Date.now());
      },
      Math.max(600, at + SPEAK_EVERY_MS - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [text, at]);
  return (
    <p className="kp-visually-hidden" role="status">
      {spoken}
    </p>
  );
}
