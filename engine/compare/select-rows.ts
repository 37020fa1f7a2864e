import { type CompareRows, type OutcomeMatrix, WorkbenchError } from '../api/index.ts';
import { chosenCandidates, indexOf, tagColumn } from './compare-pairs.ts';

/** What a selection looks at; the same for a page and for an export. */
export type RowSelection = Pick<
  CompareRows,
  'candidates' | 'baseline' | 'only' | 'of' | 'sort' | 'tag' | 'search'
>;

/** From here a score counts as right, as in the counts of a pair. */
const RIGHT = 0.5;

/**
 * The rows a request selects, in its order, as indexes into the matrix: O(rows × candidates), no texts.
 * `found`: ids of the examples in which the text searched for stands; null where nothing was searched for.
 * Ties keep the dataset's order; a row without the value sorted by comes last. Throws `candidate.unknown` and
 * `dataset.column_unknown`, and `input.invalid` for wins or losses of nobody.
 */
export function selectRows(
  matrix: OutcomeMatrix,
  request: RowSelection,
  found: ReadonlySet<string> | null = null,
): Int32Array {
  const compared = chosenCandidates(matrix, request.candidates);
  const baseline = request.baseline === undefined ? compared[0]! : indexOf(matrix, request.baseline);
  const others =
    request.of === undefined
      ? compared.filter((index) => index !== baseline)
      : [indexOf(matrix, request.of)].filter((index) => index !== baseline);
  if ((request.only === 'wins' || request.only === 'losses') && request.of === undefined) {
    throw new WorkbenchError('input.invalid', `The ${request.only} are those of one candidate.`, {
      hint: 'Name it as `of`.',
    });
  }
  const facts = { matrix, compared, baseline, others };
  const keeps = keeper(request.only, facts);
  const tags = request.tag ? tagColumn(matrix, request.tag.column) : null;
  const selected: number[] = [];
  for (let row = 0; row < matrix.examples.length; row++) {
    if (tags && tags[row] !== request.tag?.value) continue;
    if (found && !found.has(matrix.examples[row]!)) continue;
    if (keeps(row)) selected.push(row);
  }
  const rows = Int32Array.from(selected);
  const order = ordering(request, facts);
  return order ? rows.sort((a, b) => order(a, b) || a - b) : rows;
}

interface Facts {
  matrix: OutcomeMatrix;
  compared: number[];
  baseline: number;
  /** Compared with the baseline. */
  others: number[];
}

function keeper(only: RowSelection['only'], { matrix, compared, baseline, others }: Facts) {
  const reference = matrix.scores[baseline]!;
  const columns = others.map((index) => matrix.scores[index]!);
  const all = compared.map((index) => matrix.scores[index]!);
  const paired = (row: number): boolean => all.every((column) => !Number.isNaN(column[row]!));
  const right = (column: Float64Array, row: number): boolean => column[row]! >= RIGHT;
  switch (only) {
    case 'all':
      return () => true;
    case 'different': {
      const looked = [reference, ...columns];
      return (row: number) => {
        let least = Infinity;
        let most = -Infinity;
        for (const column of looked) {
          const score = column[row]!;
          if (score < least) least = score;
          if (score > most) most = score;
        }
        return least < most;
      };
    }
    case 'answers': {
      const looked = [baseline, ...others].map((index) => matrix.answers[index]!);
      return (row: number) => looked.some((answers) => answers[row] !== looked[0]![row]);
    }
    case 'regressions':
      return (row: number) => columns.some((column) => column[row]! < reference[row]!);
    case 'improvements':
      return (row: number) => columns.some((column) => column[row]! > reference[row]!);
    case 'wins':
      return (row: number) =>
        paired(row) && !right(reference, row) && columns.some((column) => right(column, row));
    case 'losses':
      return (row: number) =>
        paired(row) && right(reference, row) && columns.some((column) => !right(column, row));
    case 'none-right':
      return (row: number) =>
        all.some((column) => !Number.isNaN(column[row]!)) && !all.some((column) => right(column, row));
    case 'unscored':
      return (row: number) => !paired(row);
  }
}

type Order = ((a: number, b: number) => number) | null;

function ordering({ only, sort }: RowSelection, { matrix, baseline, others }: Facts): Order {
  const reference = matrix.scores[baseline]!;
  if (sort !== undefined) {
    const values = valuesOf(matrix, sort, reference);
    const sign = sort.descending ? -1 : 1;
    return (a, b) => {
      const x = values[a]!;
      const y = values[b]!;
      if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      return x === y ? 0 : sign * (x - y);
    };
  }
  const toward = only === 'regressions' ? -1 : only === 'improvements' ? 1 : 0;
  return toward === 0
    ? null
    : farthestFirst(
        others.map((index) => matrix.scores[index]!),
        reference,
        toward,
      );
}

function valuesOf(
  matrix: OutcomeMatrix,
  { by, candidate }: NonNullable<RowSelection['sort']>,
  reference: Float64Array,
): Float64Array {
  const index = indexOf(matrix, candidate);
  switch (by) {
    case 'score':
      return matrix.scores[index]!;
    case 'delta':
      return matrix.scores[index]!.map((score, row) => score - reference[row]!);
    case 'costUsd':
      return matrix.costs[index]!;
    case 'latencyMs':
      return matrix.latencies[index]!;
  }
}

/** The largest change of any candidate first, then the row in which most candidates changed that way. */
function farthestFirst(columns: Float64Array[], reference: Float64Array, toward: 1 | -1): Order {
  const changeOf = (row: number): { most: number; changed: number } => {
    let most = 0;
    let changed = 0;
    for (const column of columns) {
      const change = toward * (column[row]! - reference[row]!);
      if (change > 0) changed++;
      if (change > most) most = change;
    }
    return { most, changed };
  };
  const known = new Map<number, ReturnType<typeof changeOf>>();
  const change = (row: number): ReturnType<typeof changeOf> => {
    let found = known.get(row);
    if (found === undefined) known.set(row, (found = changeOf(row)));
    return found;
  };
  return (a, b) => {
    const x = change(a);
    const y = change(b);
    return y.most - x.most || y.changed - x.changed;
  };
}
