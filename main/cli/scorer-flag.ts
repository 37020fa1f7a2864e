import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { AnyScorerSpec, ScorerSpec } from '../../engine/api/index.ts';

/** What the part after the colon sets, by kind. */
const settings: Record<string, (setting: string) => Record<string, unknown>> = {
  regex: (pattern) => ({ pattern }),
  'json-field': (path) => ({ path }),
  numeric: (absolute) => ({ absolute: Number(absolute) }),
  choice: (options) => ({ options: Number(options) }),
  rouge: (variant) => ({ variant }),
  chrf: (wordOrder) => ({ wordOrder: Number(wordOrder) }),
  edit: (unit) => ({ unit }),
  'set-f1': (separator) => ({ separator }),
  'list-f1': (separator) => ({ separator }),
};

/** `numeric:0.01` → {kind: 'numeric', absolute: 0.01}; the part after the first colon is the scorer's one setting. */
export const parseScorer = (value: string): ScorerSpec =>
  parsed(
    ScorerSpec,
    value,
    'one of exact, verbatim, normalised, contains, numeric, numeric:0.01, regex:PATTERN, json-field:PATH, choice:4, set-f1, list-f1, token-f1, rouge:rougeL, bleu, chrf, edit, or a .json file with a scorer',
  );

/** Every scorer, those that call a model or run a process too: what needs more than one setting comes from a file. */
export const parseAnyScorer = (value: string): AnyScorerSpec =>
  parsed(
    AnyScorerSpec,
    value,
    'a scorer as for `dataset import`, or embedding, sql, code, or a .json file (docs/scorers.md shows each)',
  );

function parsed<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error } },
  value: string,
  expected: string,
): T {
  const result = schema.safeParse(value.endsWith('.json') ? fileOf(value) : shapeOf(value));
  if (!result.success) throw new InvalidArgumentError(`give ${expected}`);
  return result.data;
}

function fileOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (thrown) {
    throw new InvalidArgumentError(`${path} cannot be read as JSON: ${(thrown as Error).message}`);
  }
}

function shapeOf(value: string): Record<string, unknown> {
  const [kind = '', ...rest] = value.split(':');
  const setting = rest.join(':');
  if (setting === '') return { kind };
  const set = Object.hasOwn(settings, kind) ? settings[kind] : undefined;
  if (set === undefined) throw new InvalidArgumentError(`${kind} takes no setting`);
  return { kind, ...set(setting) };
}
