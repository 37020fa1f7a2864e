import type { AmbiguousCall } from '../api/index.ts';
import { itemKey } from './recorded-calls.ts';

/** Unfinished calls that continuing the run would make again: those of items it is going to run. */
export function pendingAmbiguous(
  calls: AmbiguousCall[],
  { done, failed }: { done: Set<string>; failed: Set<string> },
  failedOnly: boolean,
): AmbiguousCall[] {
  return calls.filter(({ example, candidate }) => {
    const key = itemKey(example, candidate);
    return failedOnly ? failed.has(key) : !done.has(key) && !failed.has(key);
  });
}
