import { orderOf } from './order.ts';
import { quantileSorted } from './quantile.ts';

/** Area under the share of the gap won back, and the least share of strong calls that wins 50 and 80 % of it back. */
export interface DeferralMetrics {
  apgr: number;
  cpt50: number;
  cpt80: number;
}

/**
 * PGR = (Q − Q_weak)/(Q_strong − Q_weak) against the share of strong calls; rows of higher `value` go strong first.
 *
 * - `exact`: every distinct value, ties as one block, trapezoids between.
 * - `deciles`: RouteLLM's own evaluation: strong at value ≥ quantile, for the quantiles 0, 0.1 … 1 of the values, with
 *   the two ends all-weak and all-strong.
 *
 * CPT is the share at the end of the first block that reaches it (`exact`: a block of ties cannot be divided), or
 * interpolated linearly (`deciles`, as RouteLLM does). NaN where strong and weak are equal. No value may be NaN.
 */
export function deferralMetrics(
  weak: Float64Array,
  strong: Float64Array,
  value: Float64Array,
  variant: 'exact' | 'deciles' = 'exact',
): DeferralMetrics {
  const points = variant === 'exact' ? exactPoints(weak, strong, value) : decilePoints(weak, strong, value);
  let apgr = 0;
  for (let k = 1; k < points.length; k++) {
    const [x0, y0] = points[k - 1]!;
    const [x1, y1] = points[k]!;
    apgr += ((y0 + y1) / 2) * (x1 - x0);
  }
  const reach = (share: number): number => firstReach(points, share, variant === 'deciles');
  return { apgr, cpt50: reach(0.5), cpt80: reach(0.8) };
}

type Curve = [share: number, pgr: number][];

function exactPoints(weak: Float64Array, strong: Float64Array, value: Float64Array): Curve {
  const order = orderOf(value).reverse();
  const n = order.length;
  let gap = 0;
  for (const row of order) gap += strong[row]! - weak[row]!;
  const points: Curve = [[0, 0]];
  let won = 0;
  for (let i = 0; i < n;) {
    const here = value[order[i]!]!;
    for (; i < n && value[order[i]!] === here; i++) won += strong[order[i]!]! - weak[order[i]!]!;
    points.push([i / n, won / gap]);
  }
  return points;
}

function decilePoints(weak: Float64Array, strong: Float64Array, value: Float64Array): Curve {
  const n = value.length;
  const sorted = value.toSorted();
  let gap = 0;
  for (let i = 0; i < n; i++) gap += strong[i]! - weak[i]!;
  const points: Curve = [
    [0, 0],
    [1, 1],
  ];
  for (let step = 0; step <= 10; step++) {
    const edge = quantileSorted(sorted, step / 10);
    let calls = 0;
    let won = 0;
    for (let i = 0; i < n; i++) {
      if (value[i]! < edge) continue;
      calls++;
      won += strong[i]! - weak[i]!;
    }
    points.push([calls / n, won / gap]);
  }
  return points.sort((a, b) => a[0] - b[0]);
}

function firstReach(points: Curve, share: number, interpolate: boolean): number {
  for (let k = 1; k < points.length; k++) {
    const [x0, y0] = points[k - 1]!;
    const [x1, y1] = points[k]!;
    if (y1 < share) continue;
    if (!interpolate) return x1;
    return y1 === y0 ? x0 : x0 + ((share - y0) / (y1 - y0)) * (x1 - x0);
  }
  return NaN;
}
