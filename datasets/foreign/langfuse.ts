/**
 * Langfuse: CSV (or JSONL) of the table export of observations or traces.
 * Schema: langfuse/langfuse at 62751446: worker/src/features/database-read-stream (observation-stream.ts,
 * trace-stream.ts, getDatabaseReadStream.ts: scores become columns that hold lists), packages/shared
 * observations_converters.ts (latency in seconds, a cost that is unknown is null, a usage that is unknown is 0),
 * utils/stringify.ts. Experiments: langfuse/langfuse-python at c3c6a09e, metadata of an experiment's spans.
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
import { cellValue, meanOfList, tableRows } from './table-rows.ts';
import { amount, answerText, at, contentId, fieldsAt, isFields, seconds, sum, words } from './values.ts';

/** Columns the export always has; any other column is a score. */
const known = new Set(
  `id traceId projectId type environment parentObservationId startTime endTime timestamp name metadata level statusMessage version
  createdAt updatedAt model internalModelId modelParameters input output completionStartTime promptId promptName promptVersion
  usageDetails costDetails providedCostDetails providedUsageDetails latency latencyMs timeToFirstToken timeToFirstTokenMs
  inputUsage outputUsage totalUsage inputCost outputCost totalCost modelId inputPrice outputPrice totalPrice traceName traceTags
  traceTimestamp userId sessionId release tags bookmarked public comments usage inputTokens outputTokens totalTokens
  promptTokens completionTokens calculatedInputCost calculatedOutputCost calculatedTotalCost errorCount warningCount
  defaultCount debugCount observationCount providedModelName toolDefinitions toolCalls toolCallNames toolDefinitionsCount
  toolCallsCount usagePricingTierId usagePricingTierName hasTools unit traceId timestamp`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

export const langfuse: ForeignReader = {
  format: 'langfuse',
  async *rows(files, options) {
    for (const file of files) yield* namingFile(file, files, fileRows(file, options));
  },
};

async function* fileRows(file: ForeignFile, options: ForeignOptions): AsyncGenerator<ForeignItem> {
  const kinds = await kindsOf(file, options);
  let score: string | null = options.score ?? null;
  for await (const row of tableRows(file, options)) {
    if ('problem' in row) {
      yield row;
      continue;
    }
    const fields = Object.fromEntries(
      Object.entries(row.fields).map(([name, cell]) => [name, cellValue(cell)]),
    );
    if (!Object.hasOwn(fields, 'output') || !Object.hasOwn(fields, 'id'))
      throw mismatch(file.name, 'it lacks the columns id and output', 'Langfuse export');
    const type = words(fields['type']);
    if (kinds.has('GENERATION') && type !== 'GENERATION') {
      options.note('rows_skipped', `${type ?? 'no type'}: not a generation`);
      continue;
    }
    const names = Object.keys(fields).filter((name) => !known.has(name));
    if (score === null) {
      score = names.find((name) => words(fields[name]) !== null) ?? null;
      if (score !== null && names.length > 1)
        options.note(
          'score_chosen',
          `${score} (others: ${names
            .filter((one) => one !== score)
            .slice(0, 5)
            .join(', ')})`,
        );
    }
    yield rowOf(row.line, fields, score, options);
  }
}

/** Where an export has generations, its spans and events are steps around them. */
async function kindsOf(file: ForeignFile, options: ForeignOptions): Promise<Set<string>> {
  const kinds = new Set<string>();
  for await (const row of tableRows(file, options))
    if (!('problem' in row)) kinds.add(words(row.fields['type']) ?? '');
  return kinds;
}

function rowOf(line: number, fields: Fields, score: string | null, options: ForeignOptions): ForeignItem {
  const metadata = fieldsAt(fields, 'metadata');
  const model = words(fields['model']) ?? words(fields['providedModelName']);
  const candidate =
    words(at(metadata, 'experiment_run_name')) ??
    words(at(metadata, 'experiment_name')) ??
    options.candidateName ??
    model ??
    words(fields['name']);
  if (candidate === null)
    return { line, problem: 'no model and no name: say what the candidate is with --candidate COL' };
  const input = fields['input'] ?? null;
  const failed = fields['level'] === 'ERROR';
  const usage = tokensOf(fields);
  return {
    ...emptyRow(line, fields),
    example:
      words(at(metadata, 'dataset_item_id')) ??
      (words(input) === null ? (words(fields['traceId']) ?? words(fields['id']) ?? '') : contentId(input)),
    candidate,
    model,
    input: inputOf(input),
    expected: at(metadata, 'expected_output') ?? at(metadata, 'expected') ?? null,
    output: outputText(fields['output']),
    score: failed || score === null ? null : meanOfList(fields[score] ?? null),
    costUsd: amount(fields['totalCost']) ?? amount(at(fields, 'costDetails', 'total')),
    latencyMs: amount(fields['latencyMs']) ?? seconds(fields['latency']),
    ...usage,
    at: words(fields['startTime']) ?? words(fields['timestamp']),
    error: failed ? (words(fields['statusMessage']) ?? 'level ERROR') : null,
  };
}

/** Details add up by their names' beginning; the summed columns hold 0 where nothing is known. */
function tokensOf(fields: Fields) {
  const details = fieldsAt(fields, 'usageDetails') ?? {};
  const part = (beginning: string): number | null =>
    sum(
      Object.keys(details)
        .filter((key) => key.startsWith(beginning))
        .map((key) => amount(details[key])),
    );
  const positive = (value: number | null): number | null => (value === 0 ? null : value);
  const inputTokens =
    part('input') ?? positive(amount(fields['inputUsage']) ?? amount(fields['inputTokens']));
  return {
    inputTokens,
    outputTokens:
      part('output') ??
      (inputTokens === null ? null : (amount(fields['outputUsage']) ?? amount(fields['outputTokens']))),
    cachedInputTokens: amount(details['input_cached_tokens']) ?? amount(details['input_cache_read']),
    cacheWriteTokens: amount(details['input_cache_creation']),
  };
}

function inputOf(input: Json): Fields | null {
  if (words(input) === null) return null;
  return isFields(input) ? input : { input };
}

/** A chat answer is its content. */
const outputText = (output: Json | undefined): string | null => {
  const content = at(output, 'content');
  return answerText(typeof content === 'string' && at(output, 'role') !== undefined ? content : output);
};
