/** Whom to ask when a call has failed for good; never one that may not see the request. */
import type { FailureClass } from '../api/index.ts';
import { type ModelRequest, type ModelSpec, ProviderError } from '../providers/provider.ts';
import { GuardBlocked, type Item } from './compiled.ts';
import { NotPermitted, refusal } from './sensitivity.ts';

export interface Fallback {
  /** In order. */
  to: { candidate: string; spec: ModelSpec }[];
  /** Null: whatever the failure. */
  on: ReadonlySet<FailureClass> | null;
}

/**
 * Tries the first, then the fallback's candidates while they fail in a way it is for. `attempt` makes the call; `path` of
 * a fallback is the first one's and `/fallback-NAME`. Throws the last failure.
 */
export async function withFallback<T>(
  item: Item,
  fallback: Fallback | null,
  first: { candidate: string; spec: ModelSpec; path: string },
  make: {
    request(spec: ModelSpec): ModelRequest;
    attempt(candidate: string, path: string, request: ModelRequest): Promise<T>;
  },
): Promise<T> {
  const tries = [
    first,
    ...(fallback?.to ?? []).map((one) => ({ ...one, path: `${first.path}/fallback-${one.candidate}` })),
  ];
  let last: unknown;
  for (const { candidate, spec, path } of tries) {
    const request = make.request(spec);
    // Where nobody else is left the refusal itself is thrown, by the attempt.
    if (last !== undefined && refusal(item, candidate, request) !== null) continue;
    try {
      return await make.attempt(candidate, path, request);
    } catch (error) {
      last = error;
      if (!fallsBack(fallback, error)) throw error;
      item.context.span({
        step: item.prefix + path,
        kind: 'fallback',
        startedMs: performance.timeOrigin + performance.now(),
        durationMs: 0,
        attributes: { candidate, class: error instanceof ProviderError ? error.failure.class : 'refused' },
      });
    }
  }
  throw last;
}

function fallsBack(fallback: Fallback | null, error: unknown): boolean {
  if (fallback === null) return false;
  // It was not even asked.
  if (error instanceof NotPermitted) return true;
  if (error instanceof GuardBlocked || !(error instanceof ProviderError)) return false;
  return fallback.on === null || fallback.on.has(error.failure.class);
}
