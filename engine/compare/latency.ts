import {
  type ComparedCandidate,
  type ComparedPair,
  type Estimate,
  latencyQuantiles,
  type LatencyChange,
  type LatencyQuantile,
} from '../api/index.ts';
import { type QuantileChange, quantileDifferences, quantileIntervals } from '../math/index.ts';
import { known, subtract } from './known.ts';

// Written as a literal above: its keys are these names.
const names = Object.keys(latencyQuantiles) as LatencyQuantile[];
const ps = names.map((name) => latencyQuantiles[name]);

/** Null where no latency is known. */
export function latenciesOf(
  values: Float64Array,
  level: number,
  groups: Int32Array | undefined,
): ComparedCandidate['latencyMs'] {
  if (values.length === 0) return null;
  const [p50, p95, p99] = quantileIntervals(values, ps, level, groups) as [Estimate, Estimate, Estimate];
  return {
    p50: p50.mean,
    p95: p95.mean,
    p99: p99.mean,
    n: values.length,
    quantiles: { p50, p95, p99 },
  };
}

/** By pair: how far the quantiles of a lie from those of b, on rows where both latencies are known. */
export function latencyChanges(
  columns: Map<number, Float64Array>,
  pairs: [number, number][],
  groups: Int32Array | undefined,
  options: { seed: number; level: number },
): ComparedPair['deltaLatencyMs'][] {
  if (pairs.length === 0) return [];
  const values = [...columns.values()];
  if (!values.some((column) => column.includes(NaN))) {
    const ids = [...columns.keys()];
    const places = pairs.map(([a, b]): [number, number] => [ids.indexOf(a), ids.indexOf(b)]);
    const told = toldOf(values, groups, options.level);
    return quantileDifferences(values, places, ps, { ...options, groups }).map((changes, i) =>
      changesOf(changes, [told[places[i]![0]]!, told[places[i]![1]]!]),
    );
  }
  return pairs.map(([a, b]) => {
    const [left, right] = [columns.get(a)!, columns.get(b)!];
    const both = known(subtract(left, right), groups);
    if (both.values.length === 0) return null;
    const there = (_: unknown, i: number): boolean => !Number.isNaN(left[i]! - right[i]!);
    const kept = [left.filter(there), right.filter(there)];
    const told = toldOf(kept, both.groups, options.level);
    const [changes] = quantileDifferences(kept, [[0, 1]], ps, { ...options, groups: both.groups });
    return changesOf(changes!, [told[0]!, told[1]!]);
  });
}

/** By column, then quantile: whether the rows reach far enough around it for a resample to say anything. */
const toldOf = (columns: Float64Array[], groups: Int32Array | undefined, level: number): boolean[][] =>
  columns.map((column) =>
    quantileIntervals(column, ps, level, groups).map(({ lo, hi }) => !Number.isNaN(lo) && !Number.isNaN(hi)),
  );

function changesOf(
  changes: QuantileChange[],
  [a, b]: [boolean[], boolean[]],
): Record<LatencyQuantile, LatencyChange | null> {
  const at = (k: number): LatencyChange | null => (a[k] === true && b[k] === true ? changes[k]! : null);
  return { p50: at(0), p95: at(1), p99: at(2) };
}
