import { WorkbenchError } from '../api/index.ts';
import type { ProviderFailure } from '../providers/provider.ts';

/** Notices that a provider is gone, so that a run pauses instead of burning through its rows. */
export interface OutageBreaker {
  succeeded(provider: string): void;
  /** Throws where going on makes no sense: the run is then paused with that error. */
  failed(provider: string, attempt: number, failure: ProviderFailure): void;
}

const outage = new Set<ProviderFailure['class']>(['connection', 'timeout', 'server_error', 'overloaded']);

/**
 * A refused key stops at once. Otherwise `limit` attempts in a row must have failed and one of them must be a third
 * try, after two waits: a short interruption is ridden out.
 */
export function createOutageBreaker(limit: number): OutageBreaker {
  const inRow = new Map<string, number>();
  return {
    succeeded(provider) {
      inRow.delete(provider);
    },
    failed(provider, attempt, failure) {
      if (failure.class === 'auth') {
        throw new WorkbenchError('provider.auth', `${provider} refused the key: ${failure.message}`, {
          hint: 'Correct the key, then continue with `kneepoint run resume RUN`.',
        });
      }
      if (!outage.has(failure.class)) return;
      const count = (inRow.get(provider) ?? 0) + 1;
      inRow.set(provider, count);
      if (count < limit || attempt < 3) return;
      throw new WorkbenchError(
        `provider.${failure.class}`,
        `${count} calls to ${provider} failed in a row, the last with: ${failure.message}`,
        { hint: 'When the provider is back, continue with `kneepoint run resume RUN`.', retryable: true },
      );
    },
  };
}
