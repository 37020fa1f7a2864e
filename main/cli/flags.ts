/** Flag values: parsed once, with errors that name the flag. */
import { InvalidArgumentError } from 'commander';

export const DEFAULT_WORKSPACE = './kneepoint-workspace';

/** `a,b` → ['a', 'b']; repeated flags add up. */
export function list(value: string, previous: string[] | undefined): string[] {
  const items = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('give at least one name');
  return [...(previous ?? []), ...items];
}

export function number(value: string): number {
  const parsed = Number(value);
  if (value.trim() === '' || !Number.isFinite(parsed)) throw new InvalidArgumentError('give a number');
  return parsed;
}

export function integer(value: string): number {
  const parsed = number(value);
  if (!Number.isSafeInteger(parsed) || parsed < 0)
    throw new InvalidArgumentError('give a whole number, 0 or more');
  return parsed;
}

/** Leaves out what was not given: the API's optional fields are absent, never undefined. */
export function given<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Object.fromEntries forgets the keys' types; filtering undefined away is exactly what the result type says.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export const example = (text: string): string => `\nExample:\n  ${text}`;
