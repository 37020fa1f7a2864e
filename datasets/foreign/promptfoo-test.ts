/** What a promptfoo test case asks, and what it wants to hear. */
import type { Json } from '../../engine/api/index.ts';
import type { Fields } from './foreign-row.ts';
import { at, fieldsAt, isFields, words } from './values.ts';

/** Assertions whose value is the answer itself, the plainest first. */
const answering = [
  'equals',
  'contains',
  'icontains',
  'starts-with',
  'contains-any',
  'contains-all',
  'similar',
  'factuality',
];
const expectedNames =
  /^(expected|expected_?(output|answer)|answer|gold|label|target|ground_?truth|reference)$/i;
const template = /^\s*\{\{-?\s*([\w.]+)\s*-?\}\}\s*$/;

const varsOf = (result: Fields): Fields =>
  fieldsAt(result, 'vars') ?? fieldsAt(at(result, 'testCase'), 'vars') ?? {};

/** The expected answer and the variable it came from: of an assertion, else of a variable that is named so. */
export function expectedOf(result: Fields): { value: Json; variable: string | null } | null {
  const vars = varsOf(result);
  const asserted = at(result, 'testCase', 'assert');
  const assertions = Array.isArray(asserted) ? asserted.filter(isFields) : [];
  for (const type of answering) {
    const value = at(
      assertions.find((one) => one['type'] === type),
      'value',
    );
    if (value === undefined || value === null || (typeof value === 'string' && value.startsWith('file://')))
      continue;
    const variable = typeof value === 'string' ? (template.exec(value)?.[1] ?? null) : null;
    if (variable === null) return { value: single(value), variable: null };
    const named = at(vars, ...variable.split('.'));
    if (named !== undefined && named !== null)
      return { value: named, variable: variable.split('.')[0] ?? null };
  }
  const name = Object.keys(vars).find((key) => expectedNames.test(key));
  const value = name === undefined ? undefined : vars[name];
  return name === undefined || value === undefined || words(value) === null
    ? null
    : { value, variable: name };
}

const single = (value: Json): Json =>
  Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value;

/** Without the variable that holds the expected answer, and without promptfoo's own. */
export function inputOf(result: Fields): Fields | null {
  const hidden = expectedOf(result)?.variable ?? null;
  const shown = Object.entries(varsOf(result)).filter(([key]) => key !== hidden && !key.startsWith('_'));
  if (shown.length > 0) return Object.fromEntries(shown);
  const prompt = words(at(result, 'prompt', 'raw')) ?? words(at(result, 'prompt'));
  return prompt === null ? null : { prompt };
}
