/** Each kind of signal as numbers a row, computed as the evaluator will. */
import type { OutcomeMatrix, SignalColumn } from '../api/index.ts';
import { sha256Hex } from '../policy/index.ts';
import type { Source } from './plan.ts';
import { learnTextLinear, type TextTable } from './text-linear.ts';

export interface LabelColumn {
  field: string;
  values: readonly (string | null)[];
}

const shrinkWeight = 10;
const foldCount = 5;
const leastTexts = 60;

/** The evaluator takes NaN and infinities for missing. */
const finiteOrNaN = (values: Float64Array): Float64Array => values.map((x) => (Number.isFinite(x) ? x : NaN));

export function providedSource(id: string, values: Float64Array): Source {
  return {
    id,
    make: (onMissing) => ({ id, version: 1, kind: 'provided', when: 'before', type: 'number', onMissing }),
    values: finiteOrNaN(values),
    complexity: 2,
    family: 'threshold',
  };
}

export function lengthSource(
  matrix: OutcomeMatrix,
  text: readonly (string | null)[],
  rows: Int32Array,
  unit: 'chars' | 'words',
): Source {
  const id = `length(${unit})`;
  const of = matrix.dataset.inputFields;
  const values = new Float64Array(matrix.examples.length).fill(NaN);
  for (const row of rows) values[row] = lengthOf(text[row] ?? null, unit);
  return {
    id,
    make: (onMissing) => ({ id, version: 1, kind: 'length', when: 'before', of, unit, onMissing }),
    values,
    complexity: 2,
    family: 'threshold',
  };
}

const blanks = /[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+/g;
function lengthOf(text: string | null, unit: 'chars' | 'words'): number {
  if (text === null) return NaN;
  if (unit === 'chars') return text.length;
  const trimmed = text.replace(blanks, ' ').trim();
  return trimmed === '' ? 0 : trimmed.split(' ').length;
}

export function answerSource(column: SignalColumn, values: Float64Array): Source {
  const { id, name } = column;
  const candidate = column.candidate ?? '';
  return {
    id,
    make: (onMissing) => ({
      id,
      version: 1,
      kind: 'answer',
      when: 'after',
      candidate,
      signal: name,
      type: 'number',
      onMissing,
    }),
    values: finiteOrNaN(values),
    complexity: 2,
    family: 'cascade',
  };
}

/** A label that comes with an answer, ordered by how often that answer is right there; null with over 50 labels. */
export function labelledAnswer(
  column: SignalColumn,
  values: readonly (string | null)[],
  { scores, rows, fit }: { scores: Float64Array; rows: Int32Array; fit: Int32Array },
): Source | null {
  if (new Set(Array.from(rows, (row) => values[row])).size > 50) return null;
  const { table } = shrunkTable(values, scores, fit);
  const numbers = new Float64Array(values.length).fill(NaN);
  for (const row of rows) numbers[row] = table.get(values[row] ?? '') ?? NaN;
  const base = answerSource(column, numbers);
  return {
    ...base,
    make: (onMissing) => {
      const signal = base.make(onMissing);
      return signal.kind === 'answer' ? { ...signal, type: 'label' } : signal;
    },
    labels: table,
  };
}

/** Mean of `target` by label on the given rows, shrunk to the overall mean with the weight of ten rows. */
export function shrunkTable(
  values: readonly (string | null)[],
  target: Float64Array,
  rows: Int32Array,
): { table: Map<string, number>; overall: number } {
  const sums = new Map<string, { n: number; sum: number }>();
  let total = 0;
  for (const row of rows) {
    total += target[row]!;
    const label = values[row] ?? null;
    if (label === null) continue;
    const entry = sums.get(label) ?? { n: 0, sum: 0 };
    entry.n++;
    entry.sum += target[row]!;
    sums.set(label, entry);
  }
  const overall = rows.length === 0 ? 0 : total / rows.length;
  const shrunk = [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, { n, sum }]): [string, number] => [
      label,
      (sum + shrinkWeight * overall) / (n + shrinkWeight),
    ]);
  return { table: new Map(shrunk), overall };
}

/** What the dearer of a pair gains over the cheaper by label, as a signal: low values are the cheaper one's. */
export function labelSource(
  matrix: OutcomeMatrix,
  label: LabelColumn,
  [cheap, strong]: [number, number],
  { rows, fit }: { rows: Int32Array; fit: Int32Array },
): Source {
  const gain = matrix.scores[strong]!.map((s, row) => s - matrix.scores[cheap]![row]!);
  const learn = (from: Int32Array): ((row: number) => number) => {
    const { table, overall } = shrunkTable(label.values, gain, from);
    return (row) => {
      const value = label.values[row] ?? null;
      return value === null ? NaN : (table.get(value) ?? overall);
    };
  };
  const { table, overall } = shrunkTable(label.values, gain, fit);
  const id = `gain(${label.field}: ${matrix.candidates[cheap]} → ${matrix.candidates[strong]})`;
  const entries = Object.fromEntries(table);
  const hash = sha256Hex(JSON.stringify([...table]));
  return {
    id,
    make: (onMissing) => ({
      id,
      version: 1,
      kind: 'table',
      when: 'before',
      field: label.field,
      table: entries,
      default: overall,
      hash,
      onMissing,
    }),
    values: valuesOn(matrix, rows, learn(fit)),
    fold: foldValues(matrix, fit, learn),
    complexity: 3,
    family: 'group-table',
  };
}

/** What the text says about the gain of the dearer of a pair. Null where there is too little to learn from. */
export function textSource(
  matrix: OutcomeMatrix,
  text: TextTable,
  [cheap, strong]: [number, number],
  { rows, fit }: { rows: Int32Array; fit: Int32Array },
): Source | null {
  if (fit.length < leastTexts) return null;
  const target = (row: number): number =>
    (1 + matrix.scores[strong]![row]! - matrix.scores[cheap]![row]!) / 2;
  const learnt = learnTextLinear(text, byExampleId(matrix, fit), target);
  const id = `text-linear(${matrix.candidates[cheap]} → ${matrix.candidates[strong]})`;
  const { intercept, weights, numeric } = learnt;
  const hash = sha256Hex(JSON.stringify({ intercept, weights, numeric }));
  const of = matrix.dataset.inputFields;
  const { buckets } = text;
  return {
    id,
    make: (onMissing) => ({
      id,
      version: 1,
      kind: 'text-linear',
      when: 'before',
      of,
      buckets,
      intercept,
      weights,
      numeric,
      hash,
      onMissing,
    }),
    values: valuesOn(matrix, rows, (row) => learnt.value(row)),
    fold: foldValues(matrix, fit, (from) => {
      const part = learnTextLinear(text, byExampleId(matrix, from), target);
      return (row) => part.value(row);
    }),
    complexity: 4,
    family: 'threshold',
  };
}

/** Descent depends on the order of its rows: this one does not depend on the matrix. */
export function byExampleId(matrix: OutcomeMatrix, rows: Int32Array): Int32Array {
  const ids = matrix.examples;
  return rows.toSorted((a, b) => (ids[a]! < ids[b]! ? -1 : 1));
}

function valuesOn(matrix: OutcomeMatrix, rows: Int32Array, value: (row: number) => number): Float64Array {
  const values = new Float64Array(matrix.examples.length).fill(NaN);
  for (const row of rows) values[row] = value(row);
  return values;
}

/** Values of the fit rows learnt without their own fold. Folds are whole groups in the order of their smallest id. */
export function foldValues(
  matrix: OutcomeMatrix,
  fit: Int32Array,
  learn: (rows: Int32Array) => (row: number) => number,
): Float64Array {
  const smallest = new Map<number, string>();
  for (const row of fit) {
    const id = matrix.examples[row]!;
    const known = smallest.get(matrix.groups[row]!);
    if (known === undefined || id < known) smallest.set(matrix.groups[row]!, id);
  }
  const ordered = [...smallest].sort((a, b) => (a[1] < b[1] ? -1 : 1));
  const folds = new Map(ordered.map(([group], i) => [group, i % foldCount]));
  const values = new Float64Array(matrix.examples.length).fill(NaN);
  for (let k = 0; k < foldCount; k++) {
    const inside = (row: number): boolean => folds.get(matrix.groups[row]!) === k;
    const value = learn(fit.filter((row) => !inside(row)));
    for (const row of fit) if (inside(row)) values[row] = value(row);
  }
  return values;
}
