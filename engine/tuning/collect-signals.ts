/** The signals a search may use, as columns of numbers; what is constant, missing or gives the label away is not. */
import { type FitInput, type OutcomeMatrix, type Warning, WorkbenchError } from '../api/index.ts';
import { auroc } from '../math/index.ts';
import { nearNamesHint } from '../text/index.ts';
import { gather, type Source } from './plan.ts';
import { answerSource, labelledAnswer, type LabelColumn, lengthSource, providedSource } from './sources.ts';
import { textTable, type TextTable } from './text-linear.ts';

export interface SignalSet {
  /** Numbers known before any call. */
  before: Source[];
  /** Labels known before any call: turned into numbers per pair of candidates. */
  labels: LabelColumn[];
  /** By candidate index: what comes with its answer. */
  after: Map<number, Source[]>;
  agreement: boolean;
  /** Null where the inputs hold no text. */
  text: TextTable | null;
  warnings: Warning[];
}
/** Where signals are read (`rows`, all paired rows) and learnt (`fit`). */
export interface SignalRows {
  kept: readonly number[];
  rows: Int32Array;
  fit: Int32Array;
}

const maxLevels = 200;
const leakingAuroc = 0.995;

/** @throws WorkbenchError input.invalid for a signal asked for that is not there. */
export function collectSignals(matrix: OutcomeMatrix, at: SignalRows, input: FitInput): SignalSet {
  const { kept, rows, fit } = at;
  const asked = input.signals;
  checkAsked(matrix, asked);
  const wanted = (...names: string[]): boolean =>
    asked === undefined || names.some((name) => asked.includes(name));
  const named = (id: string): boolean => asked?.includes(id) ?? false;
  const constant: string[] = [];
  const leaking: string[] = [];
  const after = new Map<number, Source[]>();
  const before: Source[] = [];
  const labels: LabelColumn[] = [];

  for (const column of matrix.signals) {
    if (!wanted(column.id, column.name)) continue;
    const candidate = column.candidate === null ? -1 : matrix.candidates.indexOf(column.candidate);
    if (column.when === 'after' && !kept.includes(candidate)) continue;
    if (isConstant(column.values, rows)) constant.push(column.id);
    else if (column.when === 'after') {
      const source =
        column.values instanceof Float64Array
          ? answerSource(column, column.values)
          : labelledAnswer(column, column.values, { scores: matrix.scores[candidate]!, rows, fit });
      if (source !== null) after.set(candidate, [...(after.get(candidate) ?? []), source]);
    } else if (!(column.values instanceof Float64Array)) {
      labels.push({ field: column.id, values: column.values });
    } else if (!named(column.id) && leaks(matrix, at, column.values)) leaking.push(column.id);
    else before.push(providedSource(column.id, column.values));
  }
  for (const [field, values] of Object.entries(matrix.tags)) {
    const known = labels.some((label) => label.field === field);
    if (wanted(field) && !known && !isConstant(values, rows)) labels.push({ field, values });
  }
  const usable = labels.filter(({ field, values }) => {
    const levels = new Set(Array.from(rows, (row) => values[row])).size;
    if (levels > Math.min(maxLevels, rows.length / 5)) return false;
    if (named(field) || !labelLeaks(matrix, at, values)) return true;
    leaking.push(field);
    return false;
  });
  const text = textOf(matrix, rows);
  for (const unit of text === null ? [] : (['chars', 'words'] as const)) {
    const source = lengthSource(matrix, text ?? [], rows, unit);
    const taken = matrix.signals.some(({ id }) => id === source.id);
    if (wanted('length', source.id) && !taken && !isConstant(source.values, rows)) before.push(source);
  }
  return {
    before,
    labels: usable,
    after,
    agreement: wanted('agreement'),
    text: text !== null && wanted('text', 'text-linear') ? textTable(text, rows) : null,
    warnings: [
      ...warned(
        'fit.signal_constant',
        'Signals that never change, or are always missing, are not used.',
        constant,
      ),
      ...warned(
        'fit.signal_leaks',
        'Signals that tell right from wrong almost perfectly before any call are not used: they look like the label. Name one under signals to use it all the same.',
        leaking,
      ),
    ],
  };
}

const warned = (code: string, message: string, names: string[]): Warning[] =>
  names.length === 0 ? [] : [{ code, message, count: names.length, examples: names.slice(0, 10) }];

function checkAsked(matrix: OutcomeMatrix, asked: readonly string[] | undefined): void {
  const own = ['agreement', 'length', 'length(chars)', 'length(words)', 'text-linear', 'text'];
  const recorded = matrix.signals.flatMap(({ id, name }) => [id, name]);
  const known = [...new Set([...own, ...Object.keys(matrix.tags), ...recorded])];
  for (const name of asked ?? []) {
    if (known.includes(name)) continue;
    throw new WorkbenchError('input.invalid', `There is no signal "${name}".`, {
      hint: nearNamesHint(name, known, 'signal'),
      details: { signal: name, known: known.slice(0, 50) },
    });
  }
}

function isConstant(values: Float64Array | readonly (string | null)[], rows: Int32Array): boolean {
  let first: number | string | null = null;
  for (const row of rows) {
    const value = values[row] ?? null;
    if (value === null || (typeof value === 'number' && !Number.isFinite(value))) continue;
    if (first === null) first = value;
    else if (first !== value) return false;
  }
  return true;
}

/** As the evaluator reads it, by matrix row: string input fields joined by a line break. Null where no row has any. */
function textOf(matrix: OutcomeMatrix, rows: Int32Array): (string | null)[] | null {
  const text: (string | null)[] = [];
  let any = false;
  for (const row of rows) {
    const input = matrix.inputs[row] ?? {};
    const parts = matrix.dataset.inputFields
      .map((field) => (Object.hasOwn(input, field) ? input[field] : null))
      .filter((value) => typeof value === 'string');
    text[row] = parts.length === 0 ? null : parts.join('\n');
    if (parts.length > 0) any = true;
  }
  return any ? text : null;
}

/** Near-perfect separation of right from wrong, for both candidates of a pair: nothing known before a call does that. */
function leaks(matrix: OutcomeMatrix, { kept, fit }: SignalRows, values: Float64Array): boolean {
  const known = gather(values, fit);
  const perfect = kept.filter((c) => {
    const right = Uint8Array.from(fit, (row) => (matrix.scores[c]![row]! >= 0.5 ? 1 : 0));
    const positives = right.reduce((sum, x) => sum + x, 0);
    if (positives < 10 || right.length - positives < 10) return false;
    const area = auroc(known, right);
    return area >= leakingAuroc || area <= 1 - leakingAuroc;
  });
  return perfect.length >= Math.min(2, kept.length);
}

/** A label leaks where knowing it is knowing who is right: its own success rates are then such a number. */
function labelLeaks(matrix: OutcomeMatrix, at: SignalRows, labels: readonly (string | null)[]): boolean {
  const { kept, fit } = at;
  const levels = new Set(Array.from(fit, (row) => labels[row] ?? ''));
  if (levels.size > fit.length / 10) return false;
  const perfect = kept.filter((c) => {
    const sums = new Map<string, { n: number; right: number }>();
    for (const row of fit) {
      const entry = sums.get(labels[row] ?? '') ?? { n: 0, right: 0 };
      entry.n++;
      if (matrix.scores[c]![row]! >= 0.5) entry.right++;
      sums.set(labels[row] ?? '', entry);
    }
    const rates = new Float64Array(matrix.examples.length).fill(NaN);
    for (const row of fit) {
      const { n, right } = sums.get(labels[row] ?? '') ?? { n: 1, right: 0 };
      rates[row] = right / n;
    }
    return leaks(matrix, { ...at, kept: [c] }, rates);
  });
  return perfect.length >= Math.min(2, kept.length);
}
