import { Ajv } from 'ajv';
import type { Json } from '../api/index.ts';
import { jsonIn } from './references.ts';
import type { GuardPart } from './specification.ts';

/** Why an answer is refused, in words a model can act on; null where it passes. */
export type Check = (answer: string) => string | null;

/** A pattern sees this much of an answer, so that a slow expression cannot stall the run for long. */
const maxPatternText = 10_000;
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });

/** Throws with ajv's message where the schema itself is wrong. */
export function schemaCheck(schema: { [key: string]: Json }): Check {
  // Compiled here and dropped from ajv's cache: a run holds its own validators.
  const validate = ajv.compile(schema);
  ajv.removeSchema(schema);
  return (answer) => {
    const value = jsonIn(answer);
    if (value === undefined) return 'it is not JSON';
    if (validate(value)) return null;
    return ajv.errorsText(validate.errors?.slice(0, 3), { dataVar: 'answer' });
  };
}

/** Throws SyntaxError for a bad pattern. */
export function guardCheck(part: GuardPart, outputSchema: { [key: string]: Json } | undefined): Check {
  const checks: Check[] = [];
  const { maxLength, pattern } = part;
  const schema = part.schema === true ? outputSchema : part.schema;
  if (maxLength !== undefined) {
    checks.push((answer) =>
      answer.length <= maxLength ? null : `it is ${answer.length} characters long, over ${maxLength}`,
    );
  }
  if (pattern !== undefined) {
    const regex = new RegExp(pattern, 'u');
    checks.push((answer) =>
      regex.test(answer.length > maxPatternText ? answer.slice(0, maxPatternText) : answer)
        ? null
        : `it does not match ${pattern}`,
    );
  }
  if (schema !== undefined) checks.push(schemaCheck(schema));
  return (answer) => {
    for (const check of checks) {
      const reason = check(answer);
      if (reason !== null) return reason;
    }
    return null;
  };
}
