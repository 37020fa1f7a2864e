/** One walk over a foreign file: which examples it asks about, and whether a dataset can be made of it. */
import { type DatasetMapping, type Json, type Warning, WorkbenchError } from '../../engine/api/index.ts';
import { type OpenedSource, type RawRecord, bounded } from '../records.ts';
import { type Fields, type ForeignRow, isReject } from './foreign-row.ts';
import type { OpenedForeign } from './open-foreign.ts';
import { contentId, words } from './values.ts';

export interface ForeignSurvey {
  rows: number;
  /** Some row has a score; else the answers are to be judged by the dataset. */
  scored: boolean;
  candidates: string[];
  /** The questions, each once: content (see `questionId`) by example id. */
  inputs: Map<string, string>;
  /** Expected answers by example id; null where the file has none. */
  expected: Map<string, Json>;
  /** The model behind a candidate, where it is one and the file says it. */
  models: Map<string, string>;
  /** What a dataset of it would be mapped by; null where rows have no input. */
  mapping: DatasetMapping | null;
  warnings: Warning[];
}

const ID = '#example';
const EXPECTED = '#expected';
const MAX_TAGS = 20;

/** Throws what the reader throws. Rejected rows are not judged here. */
export async function surveyForeign(foreign: OpenedForeign): Promise<ForeignSurvey> {
  const inputs = new Map<string, string>();
  const fields = new Set<string>();
  const tags = new Set<string>();
  const candidates = new Set<string>();
  const differing = new Set<string>();
  const withoutExpected = new Set<string>();
  const expected = new Map<string, Json>();
  const models = new Map<string, string | null>();
  let withoutInput = 0;
  let scored = false;
  let rows = 0;
  for await (const item of foreign.items()) {
    if (isReject(item)) continue;
    rows++;
    candidates.add(item.candidate);
    const model = models.get(item.candidate);
    models.set(item.candidate, model === undefined || model === item.model ? item.model : null);
    if (words(item.score) !== null) scored = true;
    if (item.input === null) withoutInput++;
    const content = questionId(item.input);
    const before = inputs.get(item.example);
    if (before !== undefined) {
      if (before !== content) differing.add(item.example);
      continue;
    }
    inputs.set(item.example, content);
    expected.set(item.example, item.expected);
    for (const key of Object.keys(item.input ?? {})) fields.add(key);
    for (const key of Object.keys(item.tags)) tags.add(key);
    if (words(item.expected) === null) withoutExpected.add(item.example);
  }
  return {
    rows,
    scored,
    candidates: [...candidates].sort(),
    inputs,
    expected,
    models: new Map([...models].filter((pair): pair is [string, string] => pair[1] !== null)),
    mapping:
      withoutInput > 0 || fields.size === 0
        ? null
        : {
            input: [...fields],
            id: ID,
            tags: [...tags].filter((tag) => !fields.has(tag)).slice(0, MAX_TAGS),
            ...(withoutExpected.size === 0 ? { expected: EXPECTED } : {}),
          },
    warnings: [
      ...warning(
        'inputs_differ',
        'Candidates were asked different texts under the same example id; the first is kept.',
        differing,
      ),
      ...(withoutExpected.size === inputs.size
        ? []
        : warning(
            'expected_missing',
            'Some examples have no expected answer, so the dataset has none.',
            withoutExpected,
          )),
    ],
  };
}

/** The same for inputs that differ in absent fields alone: a dataset fills those with null. */
export const questionId = (input: Fields | null): string =>
  contentId(Object.fromEntries(Object.entries(input ?? {}).filter(([, value]) => value !== null)));

const warning = (code: string, message: string, ids: Set<string>): Warning[] =>
  ids.size === 0 ? [] : [{ code, message, count: ids.size, examples: [...ids].slice(0, 20) }];

/** The questions as records for `readExamples`, each once, in the order of the file. */
export function examplesSource(foreign: OpenedForeign, mapping: DatasetMapping): OpenedSource {
  return {
    name: foreign.name,
    format: 'json',
    columns: [...mapping.input, ...mapping.tags, ID, EXPECTED],
    async *records(): AsyncGenerator<RawRecord> {
      const seen = new Set<string>();
      for await (const item of foreign.items()) {
        if (isReject(item) || seen.has(item.example)) continue;
        seen.add(item.example);
        yield bounded({ line: item.line, fields: exampleFields(item, mapping) });
      }
    },
    warnings: [],
    close: async () => undefined,
  };
}

function exampleFields(row: ForeignRow, mapping: DatasetMapping): Fields {
  const own = (values: Fields, key: string): Json =>
    Object.hasOwn(values, key) ? (values[key] ?? null) : null;
  return Object.fromEntries<Json>([
    ...mapping.tags.map((key): [string, Json] => [key, own(row.tags, key)]),
    ...mapping.input.map((key): [string, Json] => [key, own(row.input ?? {}, key)]),
    [ID, row.example],
    [EXPECTED, row.expected],
  ]);
}

/** The mapping of the survey, or the reason why there is none. */
export function datasetMapping(survey: ForeignSurvey, foreign: OpenedForeign): DatasetMapping {
  if (survey.mapping !== null) return survey.mapping;
  throw new WorkbenchError(
    'outcomes.no_examples',
    `${foreign.name} (${foreign.format}) has answers whose inputs are not in it, so no dataset can be made of it.`,
    { hint: 'Import the dataset first with `kneepoint dataset import`, then the outcomes without --create.' },
  );
}
