/** The text score and the labels together, weighted by what each foretells on rows it has not seen. */
import type { OutcomeMatrix, PolicySignal } from '../api/index.ts';
import { type Evidence, logit, weigh } from './evidence-weights.ts';
import { type LabelTable, learnLabelOffsets } from './label-offsets.ts';
import { sha256Hex, sigmoid } from '../policy/index.ts';
import type { Source } from './plan.ts';
import { byExampleId, foldValues, type LabelColumn } from './sources.ts';
import type { TextTable } from './text-linear.ts';

type TextSignal = Extract<PolicySignal, { kind: 'text-linear' }>;

const maxColumns = 8;
const round = (x: number): number => Number(x.toPrecision(5));

/**
 * logit P = c + a·labels + b·text: stacked generalisation (Wolpert 1992) of the label tables and a learnt text score, a, b
 * and c by logistic regression on their out-of-fold values of the fit rows. One `text-linear` signal with `labels`, as
 * the evaluator reads it. Null without labels.
 */
export function stackedSource(
  matrix: OutcomeMatrix,
  base: Source,
  given: { text: TextTable; labels: readonly LabelColumn[]; pair: [number, number] },
  { rows, fit }: { rows: Int32Array; fit: Int32Array },
): Source | null {
  const columns = given.labels.slice(0, maxColumns);
  const learnt = base.make({ reject: true });
  if (columns.length === 0 || learnt.kind !== 'text-linear' || base.fold === undefined) return null;
  const [cheap, strong] = given.pair.map((c) => matrix.scores[c]!) as [Float64Array, Float64Array];
  const target = (row: number): number => (1 + strong[row]! - cheap[row]!) / 2;
  const ordered = byExampleId(matrix, fit);
  const { tables } = learnLabelOffsets(columns, ordered, target);
  const labelFold = foldValues(matrix, fit, (from) => {
    const own = byExampleId(matrix, from);
    return learnLabelOffsets(columns, own, target).offset;
  });
  const textFold = base.fold;
  const evidence = Array.from(ordered, (row): Evidence => ({
    labels: labelFold[row]!,
    text: logit(textFold[row]!),
    target: target(row),
  })).filter(({ text }) => !Number.isNaN(text));
  if (evidence.length === 0) return null;
  const by = weigh(evidence);
  const signal = weighted(learnt, tables, by);
  const read = reader(signal, columns, given.text);
  const values = new Float64Array(matrix.examples.length).fill(NaN);
  for (const row of rows) values[row] = read(row);
  const fold = new Float64Array(matrix.examples.length).fill(NaN);
  for (const row of fit)
    fold[row] = sigmoid(by.base + by.labels * labelFold[row]! + by.text * logit(textFold[row]!));
  return {
    id: signal.id,
    make: (onMissing) => ({ ...signal, onMissing }),
    values,
    fold,
    complexity: 5,
    family: 'threshold',
  };
}

function weighted(
  learnt: TextSignal,
  tables: readonly LabelTable[],
  by: ReturnType<typeof weigh>,
): TextSignal & { labels: NonNullable<TextSignal['labels']> } {
  const body = {
    intercept: round(by.base + by.text * learnt.intercept),
    weights: learnt.weights
      .map(([bucket, weight]): [number, number] => [bucket, round(by.text * weight)])
      .filter(([, weight]) => weight !== 0),
    numeric: {
      logChars: round(by.text * learnt.numeric.logChars),
      logWords: round(by.text * learnt.numeric.logWords),
    },
    labels: tables.map(({ field, table, default: otherwise }) => ({
      field,
      table: Object.fromEntries(table.map(([label, x]) => [label, round(by.labels * x)])),
      default: otherwise,
    })),
  };
  const fields = tables.map(({ field }) => field).join(' + ');
  return {
    ...learnt,
    ...body,
    id: learnt.id.replace('text-linear(', `text + ${fields} (`),
    hash: sha256Hex(JSON.stringify(body)),
  };
}

/** As the evaluator computes it, addition by addition. */
function reader(
  signal: ReturnType<typeof weighted>,
  columns: readonly LabelColumn[],
  text: TextTable,
): (row: number) => number {
  const weights = new Float64Array(text.buckets);
  for (const [bucket, weight] of signal.weights) weights[bucket] = weight;
  const tables = signal.labels.map(({ table, default: otherwise }, i) => ({
    of: new Map(Object.entries(table)),
    values: columns[i]!.values,
    otherwise,
  }));
  return (row) => {
    const f = text.features[row];
    if (f === undefined) return NaN;
    let z = signal.intercept;
    for (let k = 0; k < f.buckets.length; k++) {
      const weight = weights[f.buckets[k]!]!;
      if (weight !== 0) z += weight * f.tf[k]!;
    }
    z += signal.numeric.logChars * f.logChars;
    z += signal.numeric.logWords * f.logWords;
    for (const { of, values, otherwise } of tables) {
      const label = values[row] ?? null;
      z += label === null ? otherwise : (of.get(label) ?? otherwise);
    }
    return sigmoid(z);
  };
}
