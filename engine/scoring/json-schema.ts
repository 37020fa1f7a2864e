import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Json } from '../api/index.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
const compiled = new WeakMap<object, ValidateFunction>();

/** A validator of draft 2020-12. Throws with ajv's message where the schema itself is wrong. `$ref` stays inside it. */
export function schemaValidator(schema: { [key: string]: Json }): (value: unknown) => boolean {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(schema);
    ajv.removeSchema(schema);
    compiled.set(schema, validate);
  }
  const check = validate;
  return (value) => check(value);
}

/** The answer as JSON: whole, in a code fence, or the object or array prose stands around. Undefined for none. */
export function jsonOf(answer: string): unknown {
  const fenced = /```(?:json)?[^\S\n]*\n([\s\S]*?)```/i.exec(answer)?.[1];
  const start = answer.search(/[{[]/);
  const end = Math.max(answer.lastIndexOf('}'), answer.lastIndexOf(']'));
  for (const text of [answer, fenced, start >= 0 && end > start ? answer.slice(start, end + 1) : undefined]) {
    if (text === undefined) continue;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
