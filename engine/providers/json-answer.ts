import type { z } from 'zod';
import type { Json } from '../api/index.ts';
import type { ModelResponse } from './provider.ts';

/** Reads an outside body, or throws the SyntaxError that becomes class `malformed`. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new SyntaxError(
    `The answer has not the form expected, at ${parsed.error.issues[0]?.path.join('.') || 'its top'}.`,
  );
}

/** The arguments of a tool call; no arguments are an empty object. Throws SyntaxError. */
export function parseArguments(text: string): Json {
  if (text.trim() === '') return {};
  // JSON.parse gives Json by definition.
  return JSON.parse(text) as Json;
}

/** A schema in the subset that OpenAI enforces: every object closed and every property required. */
export function isStrictSchema(schema: Json | undefined): boolean {
  if (Array.isArray(schema)) return schema.every(isStrictSchema);
  if (typeof schema !== 'object' || schema === null) return true;
  const { properties } = schema;
  if (schema['type'] === 'object' || properties !== undefined) {
    if (schema['additionalProperties'] !== false) return false;
    const required = Array.isArray(schema['required']) ? schema['required'] : [];
    if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return false;
    if (!Object.keys(properties).every((name) => required.includes(name))) return false;
  }
  return Object.values(schema).every(isStrictSchema);
}

/** OpenAI's tiers beside the standard one are charged at other rates. */
export const isListTier = (tier: string | null | undefined): boolean =>
  tier === null || tier === undefined || ['default', 'auto', 'standard'].includes(tier);

export const finishOf = (
  names: { [reason: string]: ModelResponse['finish'] },
  reason: string,
): ModelResponse['finish'] => (Object.hasOwn(names, reason) ? (names[reason] ?? 'other') : 'other');

/** A parameter that is an object, to which the wanted form of the answer is added; else nothing. */
export function objectIn(parameters: { [key: string]: Json }, name: string): { [key: string]: Json } {
  const value = parameters[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
