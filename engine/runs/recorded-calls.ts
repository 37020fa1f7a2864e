import type { AmbiguousCall } from '../api/index.ts';
import type { CallResult } from '../store/index.ts';

/** What an earlier session of this run left in the journal, by item. */
export interface RecordedCalls {
  /** Removes and returns it: an item runs once a session. */
  take(example: string, candidate: string): ItemRecord | null;
}
export interface ItemRecord {
  results: CallResult[];
  ambiguous: AmbiguousCall[];
}

export const itemKey = (example: string, candidate: string): string => `${example}\u0000${candidate}`;

export function recordedCalls(results: CallResult[], ambiguous: AmbiguousCall[]): RecordedCalls {
  const items = new Map<string, ItemRecord>();
  const at = (example: string, candidate: string): ItemRecord => {
    const key = itemKey(example, candidate);
    let item = items.get(key);
    if (item === undefined) items.set(key, (item = { results: [], ambiguous: [] }));
    return item;
  };
  for (const result of results) at(result.example, result.candidate).results.push(result);
  for (const call of ambiguous) at(call.example, call.candidate).ambiguous.push(call);
  return {
    take(example, candidate) {
      const key = itemKey(example, candidate);
      const item = items.get(key) ?? null;
      items.delete(key);
      return item;
    },
  };
}

/** Attempts of one step already numbered, finished or not. */
export const lastAttempt = (record: ItemRecord | null, step: string): number =>
  Math.max(
    0,
    ...(record?.results ?? []).filter((one) => one.step === step).map((one) => one.attempt),
    ...(record?.ambiguous ?? []).filter((one) => one.step === step).map((one) => one.attempt),
  );
