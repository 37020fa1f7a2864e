/** The outcomes last compared, kept: a screen asks for page after page of the same comparison. */
import type { Json, OutcomeMatrix, OverTime, Repriced, Repricing } from '../api/index.ts';
import { type RowSelection, type RowTexts, selectRows } from '../compare/index.ts';
import type { Store } from '../store/index.ts';
import { loadOverTime } from './over-time.ts';
import { repriceMatrix } from './reprice-matrix.ts';
import { findRun, loadMatrix } from './rooms.ts';

export interface ComparedMatrix {
  matrix: OutcomeMatrix;
  /** Where its costs are under another price table. */
  repriced: Repriced | null;
  overTime: OverTime | null;
  texts: RowTexts;
  /** The rows of a selection, worked out once for all its pages. */
  select(selection: RowSelection): Promise<Int32Array>;
}

export interface ComparedInput {
  runs: string[];
  candidates?: string[] | undefined;
  prices?: Repricing | undefined;
  overTime?: boolean | undefined;
}

/** One matrix at a time and its last few selections: what a screen looks at. New outcomes make it another one. */
export function createComparedMatrices(
  open: () => Promise<Store>,
): (input: ComparedInput) => Promise<ComparedMatrix> {
  let last: { key: string; value: Promise<ComparedMatrix> } | null = null;
  return async ({ runs: refs, candidates: asked, prices, overTime = false }) => {
    const store = await open();
    const records = await Promise.all(refs.map((ref) => findRun(store, ref)));
    const runs = records.map(({ id }) => id);
    // All columns over time: which of them are shown is chosen by name later.
    const candidates = overTime ? undefined : asked;
    const key = JSON.stringify([
      runs,
      candidates?.toSorted() ?? null,
      prices ?? null,
      overTime,
      await store.runs.version(runs),
    ]);
    if (last?.key === key) return last.value;
    const load = async (): Promise<ComparedMatrix> => {
      if (overTime) return comparedMatrix(store, runs, await loadOverTime(store, records, prices));
      const matrix = await loadMatrix(store, runs, { candidates, inputs: false });
      const costs =
        prices === undefined ? { matrix, repriced: null } : await repriceMatrix(store, matrix, prices);
      return comparedMatrix(store, runs, { ...costs, overTime: null });
    };
    const value = load();
    last = { key, value };
    // What failed is not kept: whoever asks next hears of it anew.
    value.catch(() => {
      if (last?.value === value) last = null;
    });
    return value;
  };
}

/** Columns as the store knows them: over time one run each, else candidates of all the runs. */
function askedOf(
  runs: string[],
  { versions, candidates: all }: OutcomeMatrix,
  columns: string[],
): { runs: string[]; candidates: string[]; columns: string[] }[] {
  if (versions === undefined) return [{ runs, candidates: columns, columns }];
  return columns.map((column) => {
    const { run, candidate } = versions[all.indexOf(column)]!;
    return { runs: [run], candidates: [candidate], columns: [column] };
  });
}

const KEPT_SELECTIONS = 8;

function comparedMatrix(
  store: Store,
  runs: string[],
  { matrix, repriced, overTime }: Pick<ComparedMatrix, 'matrix' | 'repriced' | 'overTime'>,
): ComparedMatrix {
  const selections = new Map<string, Promise<Int32Array>>();
  const searched = async ({ search = '', candidates }: RowSelection): Promise<Set<string> | null> => {
    if (search === '') return null;
    const found = new Set<string>();
    for (const asked of askedOf(runs, matrix, candidates)) {
      const ids = await store.runs.searched(asked.runs, { candidates: asked.candidates, text: search });
      for (const id of ids) found.add(id);
    }
    return found;
  };
  return {
    matrix,
    repriced,
    overTime,
    texts: textsOf(store, runs, matrix),
    select(selection) {
      const key = JSON.stringify(whatSelects(selection));
      let rows = selections.get(key);
      if (rows === undefined) {
        rows = searched(selection).then((found) => selectRows(matrix, selection, found));
        selections.set(key, rows);
        rows.catch(() => selections.delete(key));
        const [oldest] = selections.keys();
        if (selections.size > KEPT_SELECTIONS && oldest !== undefined) selections.delete(oldest);
      }
      return rows;
    },
  };
}

const whatSelects = ({ candidates, baseline, only, of, sort, tag, search }: RowSelection): RowSelection => ({
  candidates,
  baseline,
  only,
  of,
  sort,
  tag,
  search,
});

function textsOf(store: Store, runs: string[], matrix: OutcomeMatrix): RowTexts {
  return {
    examples: async (ids) => {
      const texts = new Map<string, { input: { [key: string]: Json }; expected: Json }>();
      for await (const batch of store.datasets.examples(matrix.dataset.hash, { ids })) {
        for (const { id, input, expected } of batch) texts.set(id, { input, expected });
      }
      return texts;
    },
    async outputs(examples, candidates) {
      const texts = new Map<string, Map<string, string | null>>();
      for (const { columns, ...asked } of askedOf(runs, matrix, candidates)) {
        const found = await store.runs.outputs(asked.runs, { examples, candidates: asked.candidates });
        columns.forEach((column, i) => texts.set(column, found.get(asked.candidates[i]!) ?? new Map()));
      }
      return texts;
    },
  };
}
