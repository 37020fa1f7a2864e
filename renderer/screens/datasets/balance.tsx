/** How the expected answers are spread, whole and over the splits. */
import type { DatasetShown } from '../../../engine/api/index.ts';
import { count, percent } from '../../ui/format.ts';

const SHOWN = 12;

export function Balance({ shown }: { shown: DatasetShown }) {
  const { balance, labels, labelCount } = shown;
  if (balance === null) return <p className="kp-note">No expected answers in this dataset.</p>;
  const splits = Object.keys(shown.splits).filter((split) => split !== 'none');
  return (
    <>
      <p className="kp-note">
        {labelCount === balance.labelled
          ? 'Every row has another expected answer.'
          : `Evenness ${balance.evenness.toFixed(2)} (1: all as frequent) · the rarest, ${short(balance.rarest.label)}, has ${count(balance.rarest.count)} rows`}
      </p>
      {splits.length > 0 && (
        <div className="kp-bar kp-bar-head" aria-hidden="true">
          <span />
          <span />
          <span className="kp-bar-value">rows</span>
          <span className="kp-bar-value">share in {splits.join(' · ')}</span>
        </div>
      )}
      {labels.slice(0, SHOWN).map(({ label, count: rows, splits: bySplit }) => (
        <div key={label} className="kp-bar" data-split={splits.length > 0 ? '' : undefined}>
          <span className="kp-bar-name" title={label}>
            {label}
          </span>
          <div className="kp-bar-track">
            <div className="kp-bar-fill" style={{ width: `${(rows / balance.labelled) * 100}%` }} />
          </div>
          <span className="kp-bar-value">
            {count(rows)} <span className="kp-note">{percent(rows / balance.labelled)}</span>
          </span>
          {splits.length > 0 && (
            <span className="kp-bar-value kp-note">
              {splits.map((split) => percent((bySplit[split] ?? 0) / (shown.splits[split] ?? 1))).join(' · ')}
            </span>
          )}
        </div>
      ))}
    </>
  );
}

const short = (label: string): string => (label.length > 40 ? `${label.slice(0, 40)}…` : label);
