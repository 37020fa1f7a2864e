/**
 * The p-quantile (0 ≤ p ≤ 1) of values already in ascending order, linear between order statistics
 * (Hyndman & Fan 1996, type 7: R's and NumPy's default). NaN for an empty list.
 */
export function quantileSorted(sorted: ArrayLike<number>, p: number): number {
  const n = sorted.length;
  if (n === 0) return NaN;
  const h = (n - 1) * p;
  const i = Math.min(Math.floor(h), n - 1);
  const below = sorted[i]!;
  const above = sorted[Math.min(i + 1, n - 1)]!;
  // Guarded: (Infinity − Infinity) · 0 is NaN.
  return below === above ? below : below + (h - i) * (above - below);
}

/** Quantiles of unsorted values, NaNs left out. Sorts one copy. */
export function quantiles(values: Float64Array, ps: number[]): number[] {
  const sorted = values.filter((x) => !Number.isNaN(x)).sort();
  return ps.map((p) => quantileSorted(sorted, p));
}
