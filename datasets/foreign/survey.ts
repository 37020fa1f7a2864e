/** One walk over a foreign file: which examples it asks about, and whether a dataset can be made of it. */
import { type DatasetMapping, type Json, type Warning, WorkbenchError } from '../../engine/api/index.ts';
import { type OpenedSource, type RawRecord, bounded } from '../records.ts';
import { type Fields, type ForeignReject, type ForeignRow, isReject } from './foreign-row.ts';
import type { OpenedForeign } from './open-foreign.ts';
import { contentId, words } from './values.ts';

export interface ForeignSurvey {
  /** Some row has a score; else the answers are to be judged by the dataset. */
  scored: boolean;
  /** What was asked, each once: content (see `questionId`) by example id; null where no row says it. */
  inputs: Map<string, string | null>;
  /** Expected answers by example id; null where the file has none. */
  expected: Map<string, Json>;
  counts: Map<string, { rows: number; failed: number; scored: number }>;
  /** Rows that could not be used. */
  rejected: number;
  /** The model behind a candidate, where it is one and the file says it. */
  models: Map<string, string>;
  /** What a dataset of it would be mapped by; null where no row has an input. */
  mapping: DatasetMapping | null;
  warnings: Warning[];
}

const ID = '#example';
const MAX_TAGS = 20;
const KEPT_REJECTIONS = 50;

/** Throws what the reader throws, and outcomes.rows_rejected where no row at all is usable; single ones are judged later. */
export async function surveyForeign(foreign: OpenedForeign): Promise<ForeignSurvey> {
  const inputs = new Map<string, string | null>();
  const expected = new Map<string, Json>();
  const models = new Map<string, string | null>();
  const fields = new Set<string>();
  const tags = new Set<string>();
  const differing = new Set<string>();
  const rejected: ForeignReject[] = [];
  const counts: ForeignSurvey['counts'] = new Map();
  let rejections = 0;
  let scored = false;
  for await (const row of foreign.items()) {
    if (isReject(row)) {
      rejections++;
      if (rejected.length < KEPT_REJECTIONS) rejected.push(row);
      continue;
    }
    const count = counts.get(row.candidate) ?? { rows: 0, failed: 0, scored: 0 };
    counts.set(row.candidate, count);
    count.rows++;
    if (row.error !== null) count.failed++;
    if (words(row.score) !== null) {
      count.scored++;
      scored = true;
    }
    const model = models.get(row.candidate);
    models.set(row.candidate, model === undefined || model === row.model ? row.model : null);
    if (words(expected.get(row.example)) === null) expected.set(row.example, row.expected);
    // A call that failed may have kept nothing of what it was asked; another candidate's row does.
    const content = row.input === null ? null : questionId(row.input);
    const before = inputs.get(row.example) ?? null;
    if (before !== null && content !== null && before !== content) differing.add(row.example);
    inputs.set(row.example, before ?? content);
    if (before !== null || row.input === null) continue;
    for (const key of Object.keys(row.input)) fields.add(key);
    for (const key of Object.keys(row.tags)) tags.add(key);
  }
  if (inputs.size === 0) throw nothingUsable(foreign, rejected);
  const asked = [...inputs].filter(([, content]) => content !== null).map(([id]) => id);
  const unlabelled = asked.filter((id) => words(expected.get(id)) === null);
  const taken = [...fields, ...tags];
  return {
    scored,
    inputs,
    expected,
    counts,
    rejected: rejections,
    models: new Map([...models].filter((pair): pair is [string, string] => pair[1] !== null)),
    mapping:
      fields.size === 0
        ? null
        : {
            input: [...fields],
            id: ID,
            tags: [...tags].filter((tag) => !fields.has(tag)).slice(0, MAX_TAGS),
            ...(unlabelled.length === 0
              ? { expected: taken.includes('expected') ? '#expected' : 'expected' }
              : {}),
          },
    warnings: [
      ...warning(
        'inputs_differ',
        'Candidates were asked different texts under the same example id; the first is kept.',
        [...differing],
      ),
      ...(unlabelled.length === asked.length
        ? []
        : warning(
            'expected_missing',
            'Some examples have no expected answer, so a dataset made of them has none.',
            unlabelled,
          )),
    ],
  };
}

function nothingUsable(foreign: OpenedForeign, rejected: ForeignReject[]): WorkbenchError {
  const [first] = rejected;
  if (first === undefined)
    return new WorkbenchError('file.empty', `${foreign.name} (${foreign.format}) holds no answer.`, {
      hint: 'Was the run cut off, or are its samples in another file?',
    });
  return new WorkbenchError(
    'outcomes.rows_rejected',
    `${foreign.name}: no row is usable as ${foreign.format}. First: line ${first.line}: ${first.problem}.`,
    {
      hint: 'Is it the right format? Name it with --format.',
      details: { rejected: rejected.map(({ line, problem }) => ({ line, message: problem })) },
    },
  );
}

/** The same for inputs that differ in absent fields alone: a dataset fills those with null. */
export const questionId = (input: Fields): string =>
  contentId(Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)));

const warning = (code: string, message: string, ids: string[]): Warning[] =>
  ids.length === 0 ? [] : [{ code, message, count: ids.length, examples: ids.slice(0, 20) }];

/** Said where a dataset is made of the file: examples that no row says the input of are left out, with their outcomes. */
export const unaskedWarnings = ({ inputs }: ForeignSurvey): Warning[] =>
  warning(
    'inputs_missing',
    'Some examples have no input in the file; they and their outcomes were left out.',
    [...inputs].filter(([, content]) => content === null).map(([id]) => id),
  );

/** The questions as records for a dataset import, each once, in the order of the file. */
export function examplesSource(
  foreign: OpenedForeign,
  { expected }: ForeignSurvey,
  mapping: DatasetMapping,
): OpenedSource {
  return {
    name: foreign.name,
    format: 'json',
    columns: [...mapping.input, ...mapping.tags, ID],
    async *records(): AsyncGenerator<RawRecord> {
      const seen = new Set<string>();
      for await (const row of foreign.items()) {
        if (isReject(row) || row.input === null || seen.has(row.example)) continue;
        seen.add(row.example);
        yield bounded({
          line: row.line,
          fields: exampleFields(row, expected.get(row.example) ?? null, mapping),
        });
      }
    },
    warnings: [],
    close: async () => undefined,
  };
}

function exampleFields(row: ForeignRow, expected: Json, mapping: DatasetMapping): Fields {
  const own = (values: Fields, key: string): Json =>
    Object.hasOwn(values, key) ? (values[key] ?? null) : null;
  return Object.fromEntries<Json>([
    ...mapping.tags.map((key): [string, Json] => [key, own(row.tags, key)]),
    ...mapping.input.map((key): [string, Json] => [key, own(row.input ?? {}, key)]),
    [ID, row.example],
    ...(mapping.expected === undefined ? [] : [[mapping.expected, expected] satisfies [string, Json]]),
  ]);
}

/** The mapping of the survey. Throws outcomes.no_examples where the file has none. */
export function datasetMapping(survey: ForeignSurvey, foreign: OpenedForeign): DatasetMapping {
  if (survey.mapping !== null) return survey.mapping;
  throw new WorkbenchError(
    'outcomes.no_examples',
    `${foreign.name} (${foreign.format}) has answers whose inputs are not in it, so no dataset can be made of it.`,
    { hint: 'Import the dataset first with `kneepoint dataset import`, then the outcomes without --create.' },
  );
}
