import type { Warning } from '../../engine/api/index.ts';
import { count } from './format.ts';
import { Icon } from './icons.tsx';

export function Warnings({ warnings }: { warnings: Warning[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul className="kp-warnings" aria-label="Warnings">
      {warnings.map((warning) => (
        <li key={`${warning.code} ${warning.message}`}>
          <Icon name="warn" size={14} />
          <span>
            {warning.message}
            {warning.count > 1 && <span className="kp-note"> ({count(warning.count)} cases)</span>}
            {warning.examples.length > 0 && (
              <span className="kp-note">
                {' '}
                e.g.{' '}
                {warning.examples
                  .slice(0, 3)
                  .map((example) => example.slice(0, 80))
                  .join(', ')}
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
