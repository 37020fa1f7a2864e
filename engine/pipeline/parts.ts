import type { z } from 'zod';
import type { Json } from '../api/index.ts';
import type { Path, SourceDocument } from './document.ts';
import { nearNamesHint } from '../text/index.ts';

export type JsonMap = { [key: string]: Json };
export const isJsonMap = (value: Json | undefined): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys whose absence would be a problem of its own: a wrong value of theirs is not taken for a missing one. */
const telling = new Set([
  'kind',
  'by',
  'rules',
  'policy',
  'schema',
  'pattern',
  'maxLength',
  'model',
  'provider',
]);

/**
 * Parses one part of the specification and reports everything wrong with it at its place. Unknown keys and
 * optional values of a wrong type are reported and then left out, so that what else the part says is still
 * checked. Null where it is unusable.
 */
export function readPart<S extends z.ZodType>(
  document: SourceDocument,
  schema: S,
  value: Json | undefined,
  path: Path,
): z.output<S> | null {
  const first = schema.safeParse(value);
  if (first.success) return first.data;
  const cleaned = structuredClone(value);
  for (const issue of flat(first.error.issues)) {
    if (issue.code === 'unrecognized_keys') {
      const holder = inside(cleaned, issue.path);
      for (const key of issue.keys) {
        reportUnknownKey(document, [...path, ...issue.path, key], knownKeys(schema, issue.path, value));
        if (isJsonMap(holder)) delete holder[key];
      }
    } else {
      const at = [...path, ...issue.path];
      const shown = at[0] === 'steps' ? at.slice(path.length - 1) : at;
      const hint = hintFor(issue, inside(value, issue.path));
      document.report(at, `\`${shown.join('.')}\`: ${sentence(issue.message)}`, hint);
      const [key] = issue.path;
      if (issue.path.length === 1 && !telling.has(String(key)) && isJsonMap(cleaned))
        delete cleaned[String(key)];
    }
  }
  const second = schema.safeParse(cleaned);
  return second.success ? second.data : null;
}

export function reportUnknownKey(document: SourceDocument, path: Path, known: string[]): void {
  const key = String(path.at(-1));
  document.report(path, `\`${key}\` is not a key known here.`, nearNamesHint(key, known, 'key'), {
    atKey: true,
  });
}

interface FlatIssue {
  code: string;
  path: (string | number)[];
  message: string;
  keys: string[];
}

/** Unions report each member's issues: keep those of the first member the value is of the right type for. */
function flat(issues: z.core.$ZodIssue[]): FlatIssue[] {
  return issues.flatMap((issue): FlatIssue[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const members = issue.errors.map((member) =>
        flat(member).map((inner) => ({ ...inner, path: [...path, ...inner.path] })),
      );
      const wrongType = (member: FlatIssue[]): boolean =>
        member.some((inner) => inner.code === 'invalid_type' && inner.path.length === path.length);
      const near = members.find((member) => !wrongType(member));
      if (near) return near;
      const message = [...new Set(members.flat().map((inner) => sentence(inner.message).slice(0, -1)))];
      return [{ code: 'invalid_type', path, message: message.join(' or '), keys: [] }];
    }
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    return [{ code: issue.code, path, message: issue.message, keys }];
  });
}

/** zod lists what it would take in its message: `expected number`, `one of "a"|"b"`, `Expected 'a' | 'b'`. */
function hintFor(issue: FlatIssue, written: Json | undefined): string {
  const options = [...issue.message.matchAll(/["']([^"']+)["']/g)].map((match) => match[1]!);
  if (options.length > 0 && issue.code !== 'invalid_type' && issue.code !== 'invalid_format') {
    return nearNamesHint(typeof written === 'string' ? written : '', options, 'value');
  }
  const expected = /expected (\w+)/.exec(issue.message)?.[1];
  const type = expected === 'record' || expected === 'object' ? 'map' : expected;
  if (written === undefined && type !== undefined) return `Add it here: a ${type}.`;
  return type === undefined
    ? 'Correct this value.'
    : `Write ${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type} here.`;
}

function sentence(message: string): string {
  const plain = message.replace('Invalid input: ', '').replace('Invalid option: ', '');
  return plain.endsWith('.') ? plain : `${plain}.`;
}

function inside(value: Json | undefined, path: Path): Json | undefined {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    // Arrays answer to their indexes like objects to their keys.
    at = (at as JsonMap)[part];
  }
  return at;
}

/** The keys an object schema takes at a path; for a union, those of its members that fit the value's kind. */
function knownKeys(schema: z.ZodType, path: Path, value: Json | undefined): string[] {
  // zod's public definition object: the only way to list the keys of a schema.
  const def = schema.def as {
    type: string;
    shape?: Record<string, z.ZodType>;
    options?: z.ZodType[];
    innerType?: z.ZodType;
    element?: z.ZodType;
  };
  if (def.innerType) return knownKeys(def.innerType, path, value);
  if (def.options) {
    const kind = isJsonMap(value) ? value['kind'] : undefined;
    const fitting = def.options.filter((option) => {
      const shape = (option.def as { shape?: Record<string, z.ZodType> }).shape;
      return shape?.['kind'] === undefined || shape['kind'].safeParse(kind).success;
    });
    return fitting.flatMap((option) => knownKeys(option, path, value));
  }
  if (path.length === 0) return def.shape ? Object.keys(def.shape) : [];
  const [part, ...rest] = path;
  const child = def.element ?? def.shape?.[String(part)];
  return child ? knownKeys(child, rest, inside(value, [part!])) : [];
}
