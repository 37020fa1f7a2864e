export interface CostPoint {
  cost: number;
  score: number;
}

/**
 * Indices of the corners of the non-decreasing concave hull, by ascending cost: what a random mix of the points
 * reaches. Of equal points the first one. Points with a NaN are left out.
 */
export function hullCorners(points: readonly CostPoint[]): number[] {
  const order = [...points.keys()]
    .filter((i) => Number.isFinite(points[i]!.cost) && Number.isFinite(points[i]!.score))
    .sort((a, b) => points[a]!.cost - points[b]!.cost || points[b]!.score - points[a]!.score || a - b);
  const hull: number[] = [];
  for (const i of order) {
    const p = points[i]!;
    if (hull.length > 0 && p.score <= points[hull.at(-1)!]!.score) continue;
    while (hull.length >= 2) {
      const a = points[hull.at(-2)!]!;
      const b = points[hull.at(-1)!]!;
      if ((b.score - a.score) * (p.cost - a.cost) > (p.score - a.score) * (b.cost - a.cost)) break;
      hull.pop();
    }
    hull.push(i);
  }
  return hull;
}

/**
 * The mix of two neighbouring corners that costs `cost`: share 1 − w of `a`, w of `b`, and the hull's slope there.
 * Outside the hull: its end twice, w = 0, slope 0.
 */
export function mixAt(
  points: readonly CostPoint[],
  corners: readonly number[],
  cost: number,
): { a: number; b: number; w: number; slope: number } {
  const first = corners[0] ?? 0;
  const last = corners.at(-1) ?? 0;
  if (!(cost > (points[first]?.cost ?? 0))) return { a: first, b: first, w: 0, slope: 0 };
  for (let k = 1; k < corners.length; k++) {
    const a = corners[k - 1]!;
    const b = corners[k]!;
    if (cost >= points[b]!.cost) continue;
    const run = points[b]!.cost - points[a]!.cost;
    const slope = (points[b]!.score - points[a]!.score) / run;
    return { a, b, w: (cost - points[a]!.cost) / run, slope };
  }
  return { a: last, b: last, w: 0, slope: 0 };
}

/** Mean height of the hull of `points` over costs [from, to]; left of its first corner that corner's score. */
export function hullArea(points: readonly CostPoint[], from: number, to: number): number {
  const corners = hullCorners(points);
  if (corners.length === 0) return NaN;
  const at = (cost: number): number => {
    const { a, b, w } = mixAt(points, corners, cost);
    return (1 - w) * points[a]!.score + w * points[b]!.score;
  };
  if (!(to > from)) return at(to);
  const between = corners.map((i) => points[i]!.cost).filter((cost) => cost > from && cost < to);
  const costs = [from, ...between, to];
  let area = 0;
  for (let k = 1; k < costs.length; k++) {
    area += ((at(costs[k - 1]!) + at(costs[k]!)) / 2) * (costs[k]! - costs[k - 1]!);
  }
  return area / (to - from);
}
