/** The same candidates in several runs: a column a candidate and run, paired by example id, also across versions. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import {
  type OutcomeMatrix,
  type OverTime,
  type Repriced,
  type Repricing,
  type Warning,
  WorkbenchError,
} from '../api/index.ts';
import { canonicalAnswer } from '../scoring/index.ts';
import type { RunRecord, Store } from '../store/index.ts';
import { repriceMatrix } from './reprice-matrix.ts';

export interface OverTimeMatrix {
  matrix: OutcomeMatrix;
  overTime: OverTime;
  repriced: Repriced | null;
}

/** One run's outcomes with the answers its codes stand for. */
interface Part {
  run: RunRecord;
  matrix: OutcomeMatrix;
  answers: string[];
  repriced: Repriced | null;
}

/**
 * Rows that every run answered and whose input and expected answer did not change between the datasets' versions; the
 * others are counted. Candidates are those of at least two runs. Throws `input.invalid` where there is none, or no row.
 */
export async function loadOverTime(
  store: Store,
  runs: RunRecord[],
  prices: Repricing | undefined,
): Promise<OverTimeMatrix> {
  if (new Set(runs.map(({ id }) => id)).size < 2) {
    throw new WorkbenchError('input.invalid', 'Over time takes two runs or more.', {
      hint: 'Name them: `kneepoint compare --run A --run B`.',
    });
  }
  const parts: Part[] = [];
  for (const run of runs) parts.push(await partOf(store, run, prices));
  const changed = await changedIds(store, runs);
  const { kept, apart } = sharedRows(parts, changed);
  const columns = sharedColumns(parts);
  if (columns.length === 0 || kept.length === 0) {
    throw new WorkbenchError(
      'input.invalid',
      columns.length === 0
        ? 'These runs have no candidate in common.'
        : 'These runs have no unchanged example in common.',
      {
        hint: 'Over time compares the same candidates on the same rows (by id); name runs of them.',
      },
    );
  }
  const repriced = parts.flatMap((part) =>
    part.repriced === null ? [] : [{ run: part.run.id, ...part.repriced }],
  );
  return {
    matrix: merged(parts, kept, columns),
    overTime: {
      runs: runs.map(({ id, name, created, datasetHash }) => ({ run: id, name, created, datasetHash })),
      changed: changed.size,
      apart,
    },
    repriced: together(repriced),
  };
}

export function overTimeWarnings({ changed, apart }: OverTime): Warning[] {
  const warnings: Warning[] = [];
  if (changed > 0)
    warnings.push({
      code: 'compare.rows_changed',
      message: `${changed} rows changed between the dataset's versions and are left out.`,
      count: changed,
      examples: [],
    });
  if (apart > 0)
    warnings.push({
      code: 'compare.rows_apart',
      message: `${apart} rows were not answered in every run and are left out.`,
      count: apart,
      examples: [],
    });
  return warnings;
}

/** Columns named as asked for: by column, or by candidate for all its runs. */
export const columnsNamed = (matrix: OutcomeMatrix, asked: string[] | undefined): string[] | undefined =>
  asked?.flatMap((name) => {
    if (matrix.candidates.includes(name)) return [name];
    const own = matrix.candidates.filter((_, c) => matrix.versions?.[c]?.candidate === name);
    return own.length > 0 ? own : [name];
  });

async function partOf(store: Store, run: RunRecord, prices: Repricing | undefined): Promise<Part> {
  const answers: string[] = [];
  const known = new Set<string>();
  const matrix = await store.runs.matrix([run.id], {
    inputs: false,
    // Codes count the distinct answers in the order in which they are first met, so this lists what they stand for.
    canonical: (scorer, output) => {
      const answer = canonicalAnswer(scorer, output);
      if (answer !== null && !known.has(answer)) {
        known.add(answer);
        answers.push(answer);
      }
      return answer;
    },
  });
  if (prices === undefined) return { run, matrix, answers, repriced: null };
  return { run, answers, ...(await repriceMatrix(store, matrix, prices)) };
}

/** Ids of examples whose input or expected answer differs between the runs' dataset versions. */
async function changedIds(store: Store, runs: RunRecord[]): Promise<Set<string>> {
  const changed = new Set<string>();
  const first = new Map<string, string>();
  for (const dataset of new Set(runs.map(({ datasetHash }) => datasetHash))) {
    if (runs.every(({ datasetHash }) => datasetHash === dataset)) break;
    for await (const batch of store.datasets.examples(dataset)) {
      for (const { id, input, expected } of batch) {
        const content = createHash('sha256')
          .update(canonicalize([input, expected]) ?? '')
          .digest('base64');
        const before = first.get(id);
        if (before === undefined) first.set(id, content);
        else if (before !== content) changed.add(id);
      }
    }
  }
  return changed;
}

/** Of each kept row its place in every part, and how many rows some part lacks. */
function sharedRows(parts: Part[], changed: Set<string>): { kept: Int32Array[]; apart: number } {
  const places = parts.map(({ matrix }) => new Map(matrix.examples.map((id, row) => [id, row])));
  const all = new Set(parts.flatMap(({ matrix }) => matrix.examples));
  const kept: Int32Array[] = [];
  let apart = 0;
  for (const id of all) {
    const rows = places.map((place) => place.get(id));
    if (rows.includes(undefined)) apart++;
    else if (!changed.has(id)) kept.push(Int32Array.from(rows, (row) => row ?? -1));
  }
  return { kept, apart };
}

interface Column {
  part: number;
  candidate: string;
}

/** By candidate, in the order of the runs. */
function sharedColumns(parts: Part[]): Column[] {
  const all = [...new Set(parts.flatMap(({ matrix }) => matrix.candidates))].sort();
  return all
    .map((candidate) =>
      parts.flatMap(({ matrix }, part) =>
        matrix.candidates.includes(candidate) ? [{ part, candidate }] : [],
      ),
    )
    .filter((columns) => columns.length > 1)
    .flat();
}

function merged(parts: Part[], kept: Int32Array[], columns: Column[]): OutcomeMatrix {
  const first = parts[0]!.matrix;
  const firstRows = Int32Array.from(kept, (rows) => rows[0]!);
  const codes = new Map<string, number>();
  const codeOf = (answer: string): number => {
    const code = codes.get(answer) ?? codes.size;
    codes.set(answer, code);
    return code;
  };
  const recoded = parts.map(({ answers }) => Int32Array.from(answers, codeOf));
  const groups = new Map<number, number>();
  const pick = (from: (matrix: OutcomeMatrix) => Float64Array[]): Float64Array[] =>
    columns.map(({ part, candidate }) => {
      const { matrix } = parts[part]!;
      const values = from(matrix)[matrix.candidates.indexOf(candidate)]!;
      return Float64Array.from(kept, (rows) => values[rows[part]!]!);
    });
  const nameOf = ({ part, candidate }: Column): string => `${candidate}@${parts[part]!.run.id}`;
  return {
    ...first,
    runs: parts.map(({ run }) => run.id),
    examples: Array.from(firstRows, (row) => first.examples[row]!),
    candidates: columns.map(nameOf),
    versions: columns.map(({ part, candidate }) => ({ candidate, run: parts[part]!.run.id })),
    scores: pick(({ scores }) => scores),
    costs: pick(({ costs }) => costs),
    latencies: pick(({ latencies }) => latencies),
    answers: columns.map(({ part, candidate }) => {
      const { matrix } = parts[part]!;
      const values = matrix.answers[matrix.candidates.indexOf(candidate)]!;
      return Int32Array.from(kept, (rows) => {
        const code = values[rows[part]!]!;
        return code < 0 ? -1 : recoded[part]![code]!;
      });
    }),
    failed: columns.map(({ part, candidate }) => {
      const { matrix } = parts[part]!;
      const values = matrix.failed[matrix.candidates.indexOf(candidate)]!;
      return Uint8Array.from(kept, (rows) => values[rows[part]!]!);
    }),
    groups: Int32Array.from(firstRows, (row) => {
      const group = first.groups[row]!;
      const dense = groups.get(group) ?? groups.size;
      groups.set(group, dense);
      return dense;
    }),
    groupCount: groups.size,
    splits: Int8Array.from(firstRows, (row) => first.splits[row]!),
    tags: Object.fromEntries(
      Object.entries(first.tags).map(([name, values]) => [
        name,
        Array.from(firstRows, (row) => values[row] ?? null),
      ]),
    ),
    signals: [],
    inputs: [],
    nominal: new Set(
      columns.filter(({ part, candidate }) => parts[part]!.matrix.nominal.has(candidate)).map(nameOf),
    ),
    models: Object.fromEntries(
      columns.map((column) => [nameOf(column), parts[column.part]!.matrix.models[column.candidate]!]),
    ),
  };
}

function together(parts: (Repriced & { run: string })[]): Repriced | null {
  const [first] = parts;
  if (first === undefined) return null;
  const sum = (of: (one: Repriced) => number): number => parts.reduce((total, part) => total + of(part), 0);
  return {
    table: first.table,
    pricing: first.pricing,
    known: sum(({ known }) => known),
    unknown: sum(({ unknown }) => unknown),
    cacheUnknown: sum(({ cacheUnknown }) => cacheUnknown),
    unpriced: parts.flatMap(({ run, unpriced }) => unpriced.map((candidate) => `${candidate}@${run}`)),
  };
}
