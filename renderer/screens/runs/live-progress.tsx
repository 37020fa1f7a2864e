import type { RunSummary } from '../../../engine/api/index.ts';
import { useProgress } from '../../data/progress.ts';
import { count, duration, milliseconds, percent, usd } from '../../ui/format.ts';
import { Facts, Section } from '../../ui/screen.tsx';

/** Progress of a running run, from events; until the first one, from its summary. */
export function LiveProgress({ run }: { run: RunSummary }) {
  const live = useProgress((state) => state.runs[run.run]);
  const done = live?.done ?? run.done;
  const total = live?.total ?? run.total;
  const failed = live?.failed ?? run.failed;
  const costUsd = live?.costUsd ?? run.costUsd;
  const share = total === 0 ? 0 : done / total;
  return (
    <Section title="Progress">
      <div className="kp-stack">
        <div
          className="kp-progress"
          role="progressbar"
          aria-label="Run"
          aria-valuemin={0}
          aria-valuemax={total}
          aria-valuenow={done}
          aria-valuetext={`${count(done)} of ${count(total)}`}
        >
          <div style={{ width: `${share * 100}%` }} />
        </div>
        <Facts
          facts={[
            { label: 'Done', value: `${count(done)} of ${count(total)}`, note: percent(share, 0) },
            { label: 'Failed', value: count(failed) },
            { label: 'From the ledger', value: count(live?.cached ?? run.cached) },
            { label: 'Rate', value: live === undefined ? '–' : `${count(live.perSecond)} /s` },
            {
              label: 'Time left',
              value: live === undefined || live.etaMs === null ? '–' : duration(live.etaMs),
            },
            {
              label: 'Cost so far',
              value: costUsd === null ? 'not known' : usd(costUsd),
              note: run.budgetUsd === null ? undefined : `of ${usd(run.budgetUsd)}`,
            },
            {
              label: 'Tokens in / out',
              value: live === undefined ? '–' : `${count(live.inputTokens)} / ${count(live.outputTokens)}`,
            },
            {
              label: 'Latency p50 / p95',
              value:
                live === undefined || live.latencyMs === null
                  ? '–'
                  : `${milliseconds(live.latencyMs.p50)} / ${milliseconds(live.latencyMs.p95)}`,
            },
          ]}
        />
      </div>
    </Section>
  );
}
