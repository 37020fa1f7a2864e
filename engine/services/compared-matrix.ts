/** The outcomes last compared, kept: a screen asks for page after page of the same comparison. */
import type { Json, OutcomeMatrix, Repriced, Repricing } from '../api/index.ts';
import { type RowSelection, type RowTexts, selectRows } from '../compare/index.ts';
import type { Store } from '../store/index.ts';
import { repriceMatrix } from './reprice-matrix.ts';
import { findRun, loadMatrix } from './rooms.ts';

export interface ComparedMatrix {
  matrix: OutcomeMatrix;
  /** Where its costs are under another price table. */
  repriced: Repriced | null;
  texts: RowTexts;
  /** The rows of a selection, worked out once for all its pages. */
  select(selection: RowSelection): Promise<Int32Array>;
}

export interface ComparedInput {
  runs: string[];
  candidates?: string[] | undefined;
  prices?: Repricing | undefined;
}

/** One matrix at a time and its last few selections: what a screen looks at. New outcomes make it another one. */
export function createComparedMatrices(
  open: () => Promise<Store>,
): (input: ComparedInput) => Promise<ComparedMatrix> {
  let last: { key: string; value: Promise<ComparedMatrix> } | null = null;
  return async ({ runs: refs, candidates, prices }) => {
    const store = await open();
    const runs = await Promise.all(refs.map(async (ref) => (await findRun(store, ref)).id));
    const key = JSON.stringify([
      runs,
      candidates?.toSorted() ?? null,
      prices ?? null,
      await store.runs.version(runs),
    ]);
    if (last?.key === key) return last.value;
    const value = loadMatrix(store, runs, { candidates, inputs: false }).then(async (recorded) => {
      if (prices === undefined) return comparedMatrix(store, runs, { matrix: recorded, repriced: null });
      return comparedMatrix(store, runs, await repriceMatrix(store, recorded, prices));
    });
    last = { key, value };
    // What failed is not kept: whoever asks next hears of it anew.
    value.catch(() => {
      if (last?.value === value) last = null;
    });
    return value;
  };
}

const KEPT_SELECTIONS = 8;

function comparedMatrix(
  store: Store,
  runs: string[],
  { matrix, repriced }: Pick<ComparedMatrix, 'matrix' | 'repriced'>,
): ComparedMatrix {
  const selections = new Map<string, Promise<Int32Array>>();
  const searched = async (selection: RowSelection): Promise<Set<string> | null> =>
    selection.search === undefined || selection.search === ''
      ? null
      : store.runs.searched(runs, { candidates: selection.candidates, text: selection.search });
  return {
    matrix,
    repriced,
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
    outputs: (examples, candidates) => store.runs.outputs(runs, { examples, candidates }),
  };
}
