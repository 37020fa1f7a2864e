/**
 * LangSmith: an experiment as CSV: `ExperimentResults.to_pandas().to_csv(…)` (columns inputs.*, outputs.*, reference.*,
 * feedback.*, execution_time, error, example_id) or `Client.get_test_results(…)` (input.* and no example_id).
 * The columns of the button in LangSmith's own pages are not published: such a file is a table with named columns.
 * Schema: langchain-ai/langsmith-sdk at bc8dd672: python/langsmith/evaluation/_runner.py
 * (_flatten_experiment_results), python/langsmith/client.py (get_test_results).
 */
import type { Json } from '../../engine/api/index.ts';
import {
  type Fields,
  type ForeignFile,
  type ForeignItem,
  type ForeignOptions,
  type ForeignReader,
  emptyRow,
  namingFile,
} from './foreign-row.ts';
import { mismatch } from './parse-json.ts';
import { cellValue, tableRows } from './table-rows.ts';
import { answerText, contentId, seconds, words } from './values.ts';

export const langsmith: ForeignReader = {
  format: 'langsmith',
  async *rows(files, options) {
    for (const file of files) yield* namingFile(file, files, fileRows(file, options));
  },
};

async function* fileRows(file: ForeignFile, options: ForeignOptions): AsyncGenerator<ForeignItem> {
  let noted = false;
  const stem = file.name.replace(/\.\w+(\.(gz|zst))?$/, '');
  for await (const row of tableRows(file, options)) {
    if ('problem' in row) {
      yield row;
      continue;
    }
    const { line, fields } = row;
    if (!Object.keys(fields).some((name) => name.startsWith('outputs.')))
      throw mismatch(file.name, 'it has no column outputs.*', 'LangSmith');
    const feedback = Object.keys(fields).filter((name) => name.startsWith('feedback.'));
    if (!noted && options.score === undefined && feedback.length > 1) {
      options.note('score_chosen', `${feedback[0] ?? ''} (others: ${feedback.slice(1, 6).join(', ')})`);
      noted = true;
    }
    const score =
      options.score === undefined ? feedback[0] : feedback.find((name) => matches(name, options.score));
    if (options.score !== undefined && score === undefined) {
      yield {
        line,
        problem: `no feedback "${options.score}"; there are: ${feedback.slice(0, 10).join(', ')}`,
      };
      continue;
    }
    const input = under(fields, 'inputs.') ?? under(fields, 'input.');
    const error = words(fields['error']);
    yield {
      ...emptyRow(line, fields),
      example: words(fields['example_id']) ?? contentId(input ?? line),
      candidate: stem,
      input,
      expected: main(under(fields, 'reference.')),
      output: answerText(main(under(fields, 'outputs.'))),
      score: error === null && score !== undefined ? (fields[score] ?? null) : null,
      latencyMs: seconds(fields['execution_time']),
      error,
    };
  }
}

const matches = (name: string, wanted: string | undefined): boolean =>
  name === wanted || name === `feedback.${wanted ?? ''}`;

/** The columns under a prefix, by the rest of their names; null where all of them are blank. */
function under(fields: Fields, prefix: string): Fields | null {
  const found = Object.entries(fields)
    .filter(([name, value]) => name.startsWith(prefix) && words(value) !== null)
    .map(([name, value]): [string, Json] => [name.slice(prefix.length), cellValue(value)]);
  return found.length === 0 ? null : Object.fromEntries(found);
}

const mainNames = ['output', 'answer', 'expected', 'label', 'response', 'result', 'text', 'content'];

/** The only value, or the one that is named as answers are; several others together as JSON. */
function main(values: Fields | null): Json {
  if (values === null) return null;
  const names = Object.keys(values);
  const name = names.length === 1 ? names[0] : mainNames.find((one) => names.includes(one));
  return name === undefined ? values : (values[name] ?? null);
}
