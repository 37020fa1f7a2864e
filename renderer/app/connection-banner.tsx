import { Button } from '@mantine/core';
import { retryNow, useConnection } from '../data/connection.ts';
import { Icon } from '../ui/icons.tsx';

/** Nothing while all is well. A lost engine is looked for again by itself. */
export function ConnectionBanner() {
  const { status, attempt, reason } = useConnection();
  if (status === 'open' || (status === 'connecting' && attempt < 2)) return null;
  return (
    <div className="kp-banner" role="status">
      <Icon name="warn" />
      {status === 'refused' ? (
        <span>
          The engine refused this page: {reason} Open the address that <code>kneepoint serve</code> printed
          last.
        </span>
      ) : (
        <>
          <span>The engine is away. Trying again by itself; what you see may be old.</span>
          <Button variant="default" onClick={retryNow}>
            Try now
          </Button>
        </>
      )}
    </div>
  );
}
