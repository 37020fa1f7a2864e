import { chatMessages, chatTranscript } from '../text/index.ts';
import type { CompareRows, Json, OutcomeMatrix, Page } from '../api/index.ts';
import { chosenCandidates, indexOf } from './compare-pairs.ts';
import { type RowSelection, selectRows } from './select-rows.ts';

/** What a page needs beyond the matrix: the texts of its rows only. */
export interface RowTexts {
  /** Of the examples named, by id. */
  examples(ids: string[]): Promise<Map<string, { input: { [key: string]: Json }; expected: Json }>>;
  /** By candidate id, then example id. Absent and null: no answer. */
  outputs(ids: string[], candidates: string[]): Promise<Map<string, Map<string, string | null>>>;
}

/** One page of rows with their texts. `selected` may be kept between pages of one request. */
export async function compareRows(
  matrix: OutcomeMatrix,
  request: CompareRows,
  texts: RowTexts,
  selected: Int32Array = selectRows(matrix, request),
): Promise<Page> {
  const rows = selected.subarray(request.offset, request.offset + request.limit);
  return {
    total: selected.length,
    offset: request.offset,
    columns: await columnsOf(matrix, request, rows, texts),
  };
}

/** The columns of some rows, in the order of the contract. */
export async function columnsOf(
  matrix: OutcomeMatrix,
  request: Pick<RowSelection, 'candidates' | 'baseline'>,
  rows: Int32Array,
  texts: RowTexts,
): Promise<Page['columns']> {
  const ids = Array.from(rows, (row) => matrix.examples[row]!);
  const candidates = chosenCandidates(matrix, request.candidates);
  const baseline = request.baseline === undefined ? candidates[0]! : indexOf(matrix, request.baseline);
  const reference = matrix.scores[baseline]!;
  const names = candidates.map((index) => matrix.candidates[index]!);
  const [examples, outputs] = await Promise.all([texts.examples(ids), texts.outputs(ids, names)]);
  const columns: Page['columns'] = {
    example: ids,
    input: ids.map((id) => inputText(examples.get(id)?.input)),
    expected: ids.map((id) => jsonText(examples.get(id)?.expected ?? null)),
  };
  for (const [i, index] of candidates.entries()) {
    const id = names[i]!;
    const pick = (valueAt: (row: number) => number): Float64Array => Float64Array.from(rows, valueAt);
    const scores = matrix.scores[index]!;
    columns[`output:${id}`] = ids.map((example) => outputs.get(id)?.get(example) ?? null);
    columns[`score:${id}`] = pick((row) => scores[row]!);
    if (index !== baseline) columns[`delta:${id}`] = pick((row) => scores[row]! - reference[row]!);
    columns[`costUsd:${id}`] = pick((row) => matrix.costs[index]![row]!);
    columns[`latencyMs:${id}`] = pick((row) => matrix.latencies[index]![row]!);
    columns[`failed:${id}`] = pick((row) => matrix.failed[index]![row]!);
  }
  for (const [name, values] of Object.entries(matrix.tags))
    columns[`tag:${name}`] = Array.from(rows, (row) => values[row] ?? null);
  return columns;
}

/** The one field's text, else all fields as JSON. */
function inputText(input: { [key: string]: Json } | undefined): string | null {
  if (!input) return null;
  const values = Object.values(input);
  return values.length === 1 ? jsonText(values[0] ?? null) : JSON.stringify(input);
}

function jsonText(value: Json): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  const messages = chatMessages(value);
  return messages === null ? JSON.stringify(value) : chatTranscript(messages);
}
