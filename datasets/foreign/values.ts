/** Values of foreign JSON: never trusted to be what their schema says. */
import { createHash } from 'node:crypto';
import type { Json } from '../../engine/api/index.ts';
import { asText } from '../records.ts';
import type { Fields } from './foreign-row.ts';

export const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fieldsAt = (value: Json | undefined, key: string): Fields | null => {
  const found = at(value, key);
  return isFields(found) ? found : null;
};

/** An own property along `path`; undefined where there is none. */
export function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  let current = value;
  for (const key of path) {
    if (typeof key === 'number') current = Array.isArray(current) ? current[key] : undefined;
    else current = isFields(current) && Object.hasOwn(current, key) ? current[key] : undefined;
  }
  return current;
}

/** A finite number of 0 or more, also written as text; null for anything else. */
export function amount(value: Json | undefined): number | null {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return null;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : null;
}

/** Null for what is absent or blank. */
export function words(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  const text = asText(value);
  return text.trim() === '' ? null : text;
}

/** Null for what is absent; blank text stays, because a blank answer is an answer. */
export const answerText = (value: Json | undefined): string | null =>
  value === undefined || value === null ? null : asText(value);

export const sum = (values: (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
};

export const seconds = (value: Json | undefined): number | null => {
  const found = amount(value);
  return found === null ? null : found * 1000;
};

/** Sixteen hex digits that stand for the content, whatever the order of its keys. */
export const contentId = (value: Json): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
    .slice(0, 16);

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  );
}

const MAX_TAG_CHARS = 60;
/** Short scalar metadata are what a person slices by. */
export function tagsOf(metadata: Json | undefined): Record<string, string> {
  if (!isFields(metadata)) return {};
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
      .map(([key, value]): [string, string] => [key, asText(value)])
      .filter(
        ([key, value]) => value.trim() !== '' && value.length <= MAX_TAG_CHARS && key.length <= MAX_TAG_CHARS,
      ),
  );
}

export const NESTED = 'it is nested too deeply';
/** Far above honest data, far below what a call stack bears. */
const MAX_DEPTH = 500;

/** Without recursion, because depth is what it is about. */
export function tooDeep(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((one) =>
      typeof one !== 'object' || one === null
        ? []
        : Object.values(one).filter((inner) => typeof inner === 'object' && inner !== null),
    );
  }
  return false;
}
