import canonicalize from 'canonicalize';
import type { ColumnSummary, DatasetMapping, DatasetShown, Example, Json } from '../api/index.ts';
import { shown } from './example-rows.ts';
import { countLabels } from './label-balance.ts';

const BINS = 20;

/** Without the most frequent values, which the database counts. */
export type DatasetProfile = Pick<DatasetShown, 'labels' | 'labelCount' | 'balance' | 'duplicates'> & {
  columns: Omit<ColumnSummary, 'top'>[];
};

/** What the columns hold, in one pass. Distinct values are told apart by 53-bit hashes: exact up to millions. */
export async function profileDataset(
  batches: AsyncIterable<Example[]>,
  mapping: DatasetMapping,
): Promise<DatasetProfile> {
  const inputs = mapping.input.map((name) => column(name, 'input'));
  const expected = mapping.expected === undefined ? null : column(mapping.expected, 'expected');
  const group = mapping.group === undefined ? null : column(mapping.group, 'group');
  const tags = mapping.tags.map((name) => column(name, 'tag'));
  const labels = countLabels();
  const seen = new Map<number, number>();
  for await (const batch of batches) {
    for (const example of batch) {
      for (const { name, add } of inputs) add(example.input[name] ?? null);
      expected?.add(example.expected);
      group?.add(example.group);
      for (const { name, add } of tags) add(example.tags[name] ?? null);
      const label = shown(example.expected);
      if (label !== null) labels.add(label, example.split);
      const key = hash53(canonicalize(example.input) ?? '');
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
  }
  const repeated = [...seen.values()].filter((count) => count > 1);
  const columns = [...inputs, ...(expected ? [expected] : []), ...(group ? [group] : []), ...tags];
  return {
    columns: columns.map(({ summary }) => summary()),
    ...labels.summary(),
    duplicates: {
      inputs: repeated.length,
      rows: repeated.reduce((sum, count) => sum + count - 1, 0),
    },
  };
}

interface Column {
  name: string;
  add(value: Json): void;
  summary(): Omit<ColumnSummary, 'top'>;
}

function column(name: string, role: ColumnSummary['role']): Column {
  const types = new Set<ColumnSummary['type']>();
  const distinct = new Set<number>();
  /** The number itself, or the length of the text. */
  const numbers: number[] = [];
  const lengths: number[] = [];
  let nulls = 0;
  return {
    name,
    add(value) {
      if (value === null || value === '') {
        nulls++;
        return;
      }
      const text = shown(value) ?? '';
      distinct.add(hash53(text));
      lengths.push(text.length);
      const number =
        typeof value === 'number'
          ? value
          : typeof value === 'string' && value.trim() !== ''
            ? Number(value)
            : NaN;
      if (Number.isFinite(number)) {
        types.add('number');
        numbers.push(number);
      } else if (typeof value === 'boolean') types.add('boolean');
      else types.add(typeof value === 'string' ? 'text' : 'json');
    },
    summary() {
      const [only] = types;
      const type = only === undefined ? 'empty' : types.size > 1 ? 'text' : only;
      const measured = type === 'number' ? numbers : lengths;
      return {
        name,
        role,
        type,
        nulls,
        distinct: distinct.size,
        histogram: histogram(measured),
        range: rangeOf(measured),
      };
    },
  };
}

/** Order statistics: the value of rank ⌈q·n⌉. */
function rangeOf(values: number[]): ColumnSummary['range'] {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
  return { min: at(0), median: at(0.5), p95: at(0.95), max: at(1) };
}

/** Equal-width bins, the last one closed; one bin where all values are equal. */
function histogram(values: number[]): ColumnSummary['histogram'] {
  if (values.length === 0) return [];
  let lo = Infinity;
  let hi = -Infinity;
  for (const value of values) {
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  if (lo === hi) return [{ lo, hi, count: values.length }];
  // Halved before the subtraction: hi − lo may overflow.
  const width = (hi / 2 - lo / 2) / (BINS / 2);
  const bins = Array.from({ length: BINS }, (_, i) => ({
    lo: lo + i * width,
    hi: i === BINS - 1 ? hi : lo + (i + 1) * width,
    count: 0,
  }));
  for (const value of values) bins[Math.min(BINS - 1, Math.floor((value - lo) / width))]!.count++;
  return bins;
}

/** cyrb53 (bryc, public domain). */
function hash53(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
