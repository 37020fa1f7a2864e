/** Points that no other is both cheaper and safer than, dearest first. */
export function front<P extends { cost: number; loss: number }>(points: readonly P[]): P[] {
  const order = points.toSorted((a, b) => a.cost - b.cost || a.loss - b.loss);
  const kept: P[] = [];
  let least = Infinity;
  for (const point of order) {
    if (point.loss >= least) continue;
    least = point.loss;
    kept.push(point);
  }
  return kept.reverse();
}

/** At most so many, evenly spread, both ends among them. */
export function thin<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, k) => items[Math.round((k * (items.length - 1)) / (most - 1))]!);
}
