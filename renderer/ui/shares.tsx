import { percent } from './format.ts';

/** Shares of a whole as bars, largest first, each with its figure. */
export function Shares({ shares }: { shares: Record<string, number> }) {
  const sorted = Object.entries(shares).sort(([, a], [, b]) => b - a);
  return (
    <div>
      {sorted.map(([id, share]) => (
        <div key={id} className="kp-bar">
          <span className="kp-bar-name" title={id}>
            {id}
          </span>
          <div className="kp-bar-track">
            <div className="kp-bar-fill" style={{ width: `${Math.min(1, share) * 100}%` }} />
          </div>
          <span className="kp-bar-value">{percent(share)}</span>
        </div>
      ))}
    </div>
  );
}
