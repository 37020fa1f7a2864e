import type { z } from 'zod';
import type { Json } from '../api/index.ts';
import type { Path, SourceDocument } from './document.ts';
import { suggestion } from './near.ts';

export type JsonMap = { [key: string]: Json };
export const isJsonMap = (value: Json | undefined): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Parses one part of the specification and reports everything wrong with it at its place. Unknown keys are
 * reported and then ignored, so that what else the part says is still checked. Null where it is unusable.
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
  let stripped = false;
  for (const issue of flat(first.error.issues, path)) {
    if (issue.code === 'unrecognized_keys') {
      const holder = inside(cleaned, issue.path);
      for (const key of issue.keys) {
        reportUnknownKey(document, [...path, ...issue.path, key], knownKeys(schema, issue.path, value));
        if (isJsonMap(holder)) delete holder[key];
        stripped = true;
      }
    } else {
      const at = [...path, ...issue.path];
      const where = at.length === 0 ? 'The pipeline' : `\`${at.join('.')}\``;
      document.report(at, `${where}: ${sentence(issue.message)}`, hintFor(issue));
    }
  }
  if (!stripped) return null;
  const second = schema.safeParse(cleaned);
  return second.success ? second.data : null;
}

export function reportUnknownKey(document: SourceDocument, path: Path, known: string[]): void {
  const key = String(path.at(-1));
  document.report(path, `\`${key}\` is not a key known here.`, suggestion(key, known, 'key'), {
    atKey: true,
  });
}

interface FlatIssue {
  code: string;
  path: (string | number)[];
  message: string;
  keys: string[];
  values: string[];
  input?: unknown;
}

/** Unions report each member's issues: keep those of the member that came nearest (fewest, deepest issues). */
function flat(issues: z.core.$ZodIssue[], at: Path): FlatIssue[] {
  return issues.flatMap((issue): FlatIssue[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const members = issue.errors.map((member) =>
        flat(member, at).map((inner) => ({ ...inner, path: [...path, ...inner.path] })),
      );
      const wrongType = (member: FlatIssue[]): boolean =>
        member.some((inner) => inner.code === 'invalid_type' && inner.path.length === path.length);
      const near = members.find((member) => !wrongType(member));
      if (near) return near;
      const message = [...new Set(members.flat().map((inner) => inner.message))].join(' or ');
      return [{ code: 'invalid_type', path, message, keys: [], values: [] }];
    }
    return [
      {
        code: issue.code,
        path,
        message: issue.message,
        keys: issue.code === 'unrecognized_keys' ? issue.keys : [],
        values: issue.code === 'invalid_value' ? issue.values.map(String) : [],
        input: issue.input,
      },
    ];
  });
}

function hintFor(issue: FlatIssue): string {
  if (issue.values.length > 0)
    return `Use one of: ${issue.values.map((value) => `\`${value}\``).join(', ')}.`;
  if (issue.code === 'invalid_union') return 'Set `kind` to one of the kinds in docs/pipelines.md.';
  return 'Correct this value; docs/pipelines.md lists what each key takes.';
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
  const def = schema._zod.def as {
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
      const shape = (option._zod.def as { shape?: Record<string, z.ZodType> }).shape;
      return shape?.['kind'] === undefined || shape['kind'].safeParse(kind).success;
    });
    return fitting.flatMap((option) => knownKeys(option, path, value));
  }
  if (path.length === 0) return def.shape ? Object.keys(def.shape) : [];
  const [part, ...rest] = path;
  const child = def.element ?? def.shape?.[String(part)];
  return child ? knownKeys(child, rest, inside(value, [part!])) : [];
}
