/** The state of an item: what steps put down for later ones, joined by the reducer its key declares. */
import type { Json } from '../api/index.ts';
import type { Item, StateKeys } from './compiled.ts';
import type { reducerNames } from './specification.ts';

export type Reducer = (typeof reducerNames)[number];

export const initialOf = (reducer: Reducer): Json =>
  reducer === 'append' || reducer === 'union' ? [] : reducer === 'sum' ? 0 : null;

/** Throws StateError where the value is of no kind the reducer takes. */
export function reduce(reducer: Reducer, before: Json, value: Json): Json {
  switch (reducer) {
    case 'replace':
      return value;
    case 'append':
      return [...listOf(before), value];
    case 'union': {
      const known = new Set(listOf(before).map((one) => JSON.stringify(one)));
      return [...listOf(before), ...listOf(value).filter((one) => !known.has(JSON.stringify(one)))];
    }
    case 'sum':
      return numberOf(before ?? 0) + numberOf(value);
    case 'max':
      return before === null ? numberOf(value) : Math.max(numberOf(before), numberOf(value));
    case 'min':
      return before === null ? numberOf(value) : Math.min(numberOf(before), numberOf(value));
  }
}

export class StateError extends Error {
  override readonly name = 'StateError';
}

const listOf = (value: Json): Json[] => (Array.isArray(value) ? value : value === null ? [] : [value]);

/** Answers of models are text: `7` in one counts as 7. */
function numberOf(value: Json): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new StateError(`${JSON.stringify(value)?.slice(0, 60)} is no number`);
}

export function freshState(keys: StateKeys): Map<string, Json> {
  const state = new Map<string, Json>();
  for (const [key, { initial }] of keys) state.set(key, initial);
  return state;
}

/** Puts a value into the state of an item's view, and remembers it for the join of a view that was forked. */
export function write(item: Item, key: string, value: Json): void {
  const { reducer } = item.stateKeys.get(key)!;
  let next: Json;
  try {
    next = reduce(reducer, item.scope.state.get(key) ?? null, value);
  } catch (error) {
    if (error instanceof StateError) error.message = `State \`${key}\` (${reducer}): ${error.message}.`;
    throw error;
  }
  item.scope.state.set(key, next);
  item.writes.push({ key, value });
}
