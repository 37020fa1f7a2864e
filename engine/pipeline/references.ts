/** What a template or a condition may name, and how its value is found in an item. */
import type { Json } from '../api/index.ts';
import { chatMessages, chatTranscript } from '../text/index.ts';

export type Reference =
  /** An input field by its name, or a dotted path into it. */
  | { kind: 'input'; path: string }
  /** An earlier step's output; with a path, into it (an answer's JSON is read). */
  | { kind: 'step'; step: string; path: string | null }
  | { kind: 'state'; key: string; path: string | null }
  /** The element a map is at. */
  | { kind: 'item'; path: string | null }
  /** The place of that element from 0, or the round of a loop from 1. */
  | { kind: 'index' }
  /** Ground truth: for measuring steps alone. */
  | { kind: 'tags'; path: string }
  | { kind: 'expected'; path: string | null };

export interface TemplateScope {
  input: { [key: string]: Json };
  /** By step id: the text of an answer, or the value of a signal. */
  outputs: Map<string, Json>;
  state: Map<string, Json>;
  item?: Json;
  index?: number;
  truth?: { tags: { [key: string]: Json }; expected: Json };
}

/** `{{…}}` without its brackets; null where that is no reference. */
export function parseReference(inside: string): Reference | null {
  if (inside.startsWith('input.') && inside.length > 6) return { kind: 'input', path: inside.slice(6) };
  if (inside.startsWith('tags.') && inside.length > 5) return { kind: 'tags', path: inside.slice(5) };
  if (inside === 'index') return { kind: 'index' };
  const step = /^steps\.([^.]+)\.output(?:\.(.+))?$/.exec(inside);
  if (step) return { kind: 'step', step: step[1]!, path: step[2] ?? null };
  const state = /^state\.([^.]+)(?:\.(.+))?$/.exec(inside);
  if (state) return { kind: 'state', key: state[1]!, path: state[2] ?? null };
  const whole = /^(item|expected)(?:\.(.+))?$/.exec(inside);
  // The pattern knows these two words.
  return whole ? { kind: whole[1] as 'item' | 'expected', path: whole[2] ?? null } : null;
}

/** As a template names it. */
export function nameOf(reference: Reference): string {
  switch (reference.kind) {
    case 'input':
    case 'tags':
      return `${reference.kind}.${reference.path}`;
    case 'step':
      return `steps.${reference.step}`;
    case 'state':
      return `state.${reference.key}`;
    case 'item':
    case 'expected':
    case 'index':
      return reference.kind;
  }
}

export function readReference(reference: Reference): (scope: TemplateScope) => Json | undefined {
  switch (reference.kind) {
    case 'input':
      return fieldReader(reference.path, ({ input }) => input);
    case 'tags':
      return fieldReader(reference.path, ({ truth }) => truth?.tags ?? {});
    case 'step': {
      const { step, path } = reference;
      return ({ outputs }) => valueAt(outputs.get(step), path);
    }
    case 'state': {
      const { key, path } = reference;
      return ({ state }) => valueAt(state.get(key), path);
    }
    case 'item':
      return ({ item }) => valueAt(item, reference.path);
    case 'expected':
      return ({ truth }) => valueAt(truth?.expected, reference.path);
    case 'index':
      return ({ index }) => index;
  }
}

function fieldReader(
  path: string,
  fieldsOf: (scope: TemplateScope) => { [key: string]: Json },
): (scope: TemplateScope) => Json | undefined {
  const parts = path.split('.');
  return (scope) => {
    const fields = fieldsOf(scope);
    // A column may itself be named with a dot: its whole name comes first.
    return Object.hasOwn(fields, path) ? fields[path] : walk(fields, parts);
  };
}

/** The value at a dotted path; a text on the way is read as JSON, in a code fence or bare. */
export function valueAt(value: Json | undefined, path: string | null): Json | undefined {
  if (path === null) return value;
  return walk(typeof value === 'string' ? jsonIn(value) : value, path.split('.'));
}

function walk(value: Json | undefined, parts: string[]): Json | undefined {
  for (const part of parts) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    // An array answers to its indexes like an object to its keys.
    value = (value as { [key: string]: Json })[part];
  }
  return value;
}

/** The whole text, or the whole content of its one code fence, as JSON; undefined where it is none. */
export function jsonIn(text: string): Json | undefined {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?\s*```\s*$/i.exec(text);
  try {
    return JSON.parse(fenced?.[1] ?? text) as Json;
  } catch {
    return undefined;
  }
}

export function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  const messages = chatMessages(value);
  return messages === null ? JSON.stringify(value) : chatTranscript(messages);
}
