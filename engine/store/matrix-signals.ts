import type { OutcomeMatrix, SignalColumn } from '../api/index.ts';
import type { OutcomeColumns, SignalField } from './outcome-columns.ts';

type Values = Float64Array | (string | null)[];

/**
 * A signal recorded with outcomes belongs to the answers, `confidence(small)`. But one that is the same for every
 * candidate of every example, and not the same for all examples, describes the example: it was known before any call.
 */
export function matrixSignals(
  columns: OutcomeColumns,
  fields: SignalField[],
  kept: Int32Array,
): OutcomeMatrix['signals'] {
  return fields.flatMap(({ name, type }, field): SignalColumn[] => {
    const values = columns.signals.map((signals) => pick(signals[field]!, kept));
    const common = commonValues(values, columns, kept);
    if (common !== null) return [{ id: name, when: 'before', candidate: null, name, type, values: common }];
    return columns.candidates.flatMap((candidate, c): SignalColumn[] =>
      values[c]!.every(isMissing)
        ? []
        : [{ id: `${name}(${candidate})`, when: 'after', candidate, name, type, values: values[c]! }],
    );
  });
}

/** One column where all candidates that answered agree on every row and rows differ; null otherwise. */
function commonValues(values: Values[], columns: OutcomeColumns, kept: Int32Array): Values | null {
  const first = values[0];
  if (first === undefined || values.length < 2) return null;
  const common: Values =
    first instanceof Float64Array
      ? new Float64Array(kept.length).fill(NaN)
      : Array.from({ length: kept.length }, () => null);
  let shared = false;
  for (let i = 0; i < kept.length; i++) {
    let witnesses = 0;
    for (let c = 0; c < values.length; c++) {
      // A failed or absent outcome says nothing about the example.
      if (columns.states[c]![kept[i]!] !== 1) continue;
      const value = values[c]![i]!;
      if (witnesses++ === 0) common[i] = value;
      else if (!same(common[i]!, value)) return null;
    }
    if (witnesses > 1) shared = true;
  }
  if (!shared) return null;
  const known = common.findIndex((value) => !isMissing(value));
  return known >= 0 && common.some((value) => !isMissing(value) && value !== common[known]) ? common : null;
}

const isMissing = (value: number | string | null): boolean => value === null || Number.isNaN(value);
const same = (a: number | string | null, b: number | string | null): boolean =>
  a === b || (isMissing(a) && isMissing(b));

function pick(values: Values, rows: Int32Array): Values {
  if (values instanceof Float64Array) return Float64Array.from(rows, (row) => values[row]!);
  return Array.from(rows, (row) => values[row]!);
}
