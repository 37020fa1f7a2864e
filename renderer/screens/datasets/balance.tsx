/** How the expected answers are spread, whole and over the splits. */
import type { DatasetShown } from '../../../engine/api/index.ts';
import { count, percent } from '../../ui/format.ts';
import { inOrder } from './describe.ts';

const SHOWN = 12;

export function Balance({ shown }: { shown: DatasetShown }) {
  const { balance, labels, labelCount } = shown;
  if (balance === null) return <p className="kp-note">No expected answers in this dataset.</p>;
  const splits = inOrder(Object.keys(shown.splits)).filter((split) => (shown.splits[split] ?? 0) > 0);
  const bySplit = splits.length > 1 ? splits : [];
  return (
    <>
      <p className="kp-note">
        {labelCount === balance.labelled
          ? 'Every row has another expected answer.'
          : `Evenness ${balance.evenness.toFixed(2)} (1: all as frequent) · the rarest, ${short(balance.rarest.label)}, has ${count(balance.rarest.count)} rows`}
      </p>
      <div className="kp-table-frame" tabIndex={0} role="group" aria-label="Balance of the labels">
        <table className="kp-table kp-tight">
          <thead>
            <tr>
              <th scope="col">Label</th>
              <th scope="col">Share</th>
              <th scope="col" data-align="right">
                Rows
              </th>
              {bySplit.map((split) => (
                <th key={split} scope="col" data-align="right">
                  {split}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.slice(0, SHOWN).map(({ label, count: rows, splits: parts }) => (
              <tr key={label}>
                <th scope="row">
                  <span className="kp-clipped" title={label}>
                    {label}
                  </span>
                </th>
                <td>
                  <span className="kp-share">
                    <span className="kp-bar-track">
                      <span
                        className="kp-bar-fill"
                        style={{ width: `${(rows / balance.labelled) * 100}%` }}
                      />
                    </span>
                    {percent(rows / balance.labelled)}
                  </span>
                </td>
                <td data-align="right">{count(rows)}</td>
                {bySplit.map((split) => (
                  <td key={split} data-align="right" className="kp-nowrap">
                    {brief((parts[split] ?? 0) / (shown.splits[split] ?? 1))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const short = (label: string): string => (label.length > 40 ? `${label.slice(0, 40)}…` : label);
/** Three digits at most: many stand side by side. */
const brief = (share: number): string => percent(share, share < 0.1 ? 1 : 0);
