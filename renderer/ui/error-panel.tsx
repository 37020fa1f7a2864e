import { Button } from '@mantine/core';
import { toWorkbenchError } from '../../engine/api/index.ts';
import { Icon } from './icons.tsx';

/** Problems the engine lists with an error, as far as they have the usual fields. */
function problemsOf(details: Record<string, unknown> | undefined): { line: string; message: string }[] {
  const listed = details?.['rejected'] ?? details?.['problems'] ?? details?.['issues'];
  if (!Array.isArray(listed)) return [];
  return listed.slice(0, 20).map((entry: unknown) => {
    // Each field is turned into text below, whatever it is.
    const { line, message, code, path } = (entry ?? {}) as Record<string, unknown>;
    const place = line ?? path;
    const said = message ?? code;
    return {
      line: typeof place === 'number' || typeof place === 'string' ? String(place) : '',
      message: typeof said === 'string' ? said : JSON.stringify(entry),
    };
  });
}

/** What went wrong, what to do about it, and the stable code. */
export function ErrorPanel({
  error,
  onRetry,
  listed = true,
}: {
  error: unknown;
  onRetry?: (() => void) | undefined;
  /** Whether the single problems are listed here, or shown elsewhere. */
  listed?: boolean;
}) {
  const { code, message, hint, details } = toWorkbenchError(error);
  const problems = listed ? problemsOf(details) : [];
  return (
    <div className="kp-error" role="alert">
      <Icon name="warn" />
      <div className="kp-error-body">
        <p className="kp-error-message">{message}</p>
        {problems.length > 0 && (
          <ul className="kp-error-list">
            {problems.map((problem) => (
              <li key={`${problem.line} ${problem.message}`}>
                {problem.line !== '' && (
                  <b>{/^\d+$/.test(problem.line) ? `line ${problem.line}` : problem.line}: </b>
                )}
                {problem.message}
              </li>
            ))}
          </ul>
        )}
        {hint !== undefined && <p>{hint}</p>}
        <p className="kp-error-code">{code}</p>
      </div>
      {onRetry !== undefined && (
        <Button variant="default" size="xs" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
