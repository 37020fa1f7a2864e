import type { FailureClass } from '../api/index.ts';
import type { Random } from '../math/index.ts';
import type { ProviderFailure } from '../providers/provider.ts';

export interface RetryPolicy {
  /** Attempts of one call, the first included. */
  attempts: number;
  firstDelayMs: number;
  maxDelayMs: number;
  /** The longest Retry-After that is waited for. */
  maxRetryAfterMs: number;
}
export const defaultRetry: RetryPolicy = {
  attempts: 5,
  firstDelayMs: 500,
  maxDelayMs: 30_000,
  maxRetryAfterMs: 300_000,
};

/** What may go away by itself. The others would fail the same way again. */
const retryable = new Set<FailureClass>([
  'rate_limited',
  'overloaded',
  'server_error',
  'timeout',
  'connection',
  'stream_cut',
  'malformed',
]);
export const isRetryable = (failure: ProviderFailure): boolean => retryable.has(failure.class);

/** Exponential with half of it random, so that calls that failed together do not return together. */
export function delayMs(
  policy: RetryPolicy,
  attempt: number,
  { failure, random }: { failure: ProviderFailure; random: Random },
): number {
  const full = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  const backoff = full * (0.5 + 0.5 * random.next());
  // Never earlier than the provider asked; a little later, for the same reason as above.
  const asked = Math.min(policy.maxRetryAfterMs, failure.retryAfterMs ?? 0);
  return asked > 0 ? Math.max(asked * (1 + 0.1 * random.next()), backoff) : backoff;
}
