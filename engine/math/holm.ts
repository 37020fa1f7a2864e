/**
 * Holm's step-down adjusted p-values (Holm 1979), in the order given: the i-th smallest times (m − i), made
 * monotone and capped at 1. Family-wise error is kept under any dependence. Throws RangeError for a NaN.
 */
export function holmAdjust(p: number[]): number[] {
  const bad = p.findIndex((x) => !(x >= 0 && x <= 1));
  if (bad >= 0) throw new RangeError(`holmAdjust: ${p[bad]} at ${bad} is no p-value.`);
  const order = p.map((_, i) => i).sort((i, j) => p[i]! - p[j]! || i - j);
  const adjusted = Array.from<number>({ length: p.length });
  let largest = 0;
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, p[i]! * (p.length - rank)));
    adjusted[i] = largest;
  });
  return adjusted;
}
