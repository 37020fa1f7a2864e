import type { CompareRows, Json, OutcomeMatrix, Page } from '../api/index.ts';
import { chosenCandidates, indexOf, tagColumn } from './compare-pairs.ts';

/** What a page needs beyond the matrix: the texts of its rows only. */
export interface RowTexts {
  /** Of the examples named, by id. */
  examples(ids: string[]): Promise<Map<string, { input: { [key: string]: Json }; expected: Json }>>;
  /** By candidate id, then example id. Absent and null: no answer. */
  outputs(ids: string[], candidates: string[]): Promise<Map<string, Map<string, string | null>>>;
}

/**
 * The rows a request selects, in its order, as indexes into the matrix: O(rows × candidates), no texts.
 * `different`: the scores that are there differ. `regressions`: some candidate scores below the baseline (the
 * first one when none is named); largest drop first, then most candidates below, then the dataset's order.
 */
export function selectRows(matrix: OutcomeMatrix, request: CompareRows): Int32Array {
  const candidates = chosenCandidates(matrix, request.candidates);
  const baseline = request.baseline === undefined ? candidates[0]! : indexOf(matrix, request.baseline);
  const tags = request.tag ? tagColumn(matrix, request.tag.column) : null;
  const columns = candidates.map((index) => matrix.scores[index]!);
  const reference = matrix.scores[baseline]!;
  const selected: number[] = [];
  const drops = new Map<number, { most: number; below: number }>();
  for (let row = 0; row < matrix.examples.length; row++) {
    if (tags && tags[row] !== request.tag?.value) continue;
    let least = Infinity;
    let most = -Infinity;
    let below = 0;
    for (const column of columns) {
      const score = column[row]!;
      if (Number.isNaN(score)) continue;
      if (score < least) least = score;
      if (score > most) most = score;
      if (score < reference[row]!) below++;
    }
    if (request.only === 'different' && !(least < most)) continue;
    if (request.only === 'regressions') {
      if (below === 0) continue;
      drops.set(row, { most: reference[row]! - least, below });
    }
    selected.push(row);
  }
  if (request.only === 'regressions') {
    selected.sort((x, y) => {
      const a = drops.get(x)!;
      const b = drops.get(y)!;
      return b.most - a.most || b.below - a.below || x - y;
    });
  }
  return Int32Array.from(selected);
}

/** One page of rows with their texts. `selected` may be kept between pages of one request. */
export async function compareRows(
  matrix: OutcomeMatrix,
  request: CompareRows,
  texts: RowTexts,
  selected: Int32Array = selectRows(matrix, request),
): Promise<Page> {
  const rows = selected.subarray(request.offset, request.offset + request.limit);
  const ids = Array.from(rows, (row) => matrix.examples[row]!);
  const candidates = chosenCandidates(matrix, request.candidates);
  const names = candidates.map((index) => matrix.candidates[index]!);
  const [examples, outputs] = await Promise.all([texts.examples(ids), texts.outputs(ids, names)]);
  const columns: Page['columns'] = {
    example: ids,
    input: ids.map((id) => inputText(examples.get(id)?.input)),
    expected: ids.map((id) => jsonText(examples.get(id)?.expected ?? null)),
  };
  for (const [i, index] of candidates.entries()) {
    const id = names[i]!;
    const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row]!);
    columns[`output:${id}`] = ids.map((example) => outputs.get(id)?.get(example) ?? null);
    columns[`score:${id}`] = pick(matrix.scores[index]!);
    columns[`costUsd:${id}`] = pick(matrix.costs[index]!);
    columns[`latencyMs:${id}`] = pick(matrix.latencies[index]!);
  }
  return { total: selected.length, offset: request.offset, columns };
}

/** The one field's text, else all fields as JSON. */
function inputText(input: { [key: string]: Json } | undefined): string | null {
  if (!input) return null;
  const values = Object.values(input);
  return values.length === 1 ? jsonText(values[0] ?? null) : JSON.stringify(input);
}

function jsonText(value: Json): string | null {
  if (value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
