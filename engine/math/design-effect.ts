import type { Clusters } from './clusters.ts';

/** Clusters' worth of belief in rows being half way between independent and copies, before any is seen. */
const PRIOR_CLUSTERS = 4;

/** Rows' worth of one when all rows of a cluster are copies: Σ n_g² / n (Kish 1965). */
export function copiesEffect({ sizes }: Clusters, n: number): number {
  let squares = 0;
  for (const size of sizes) squares += size * size;
  return squares / n;
}

/**
 * By how much `n` 0/1 rows that share clusters tell less of their rate than independent ones (Kish's design effect),
 * from the right rows a cluster; the rate strictly between 0 and 1. The sample's own figure (the linearised variance
 * over that of independent rows) is wild where few rows hold the rarer value, so it is weighed by how many do (no more
 * than clusters − 1) against the middle of what is possible, and kept between 1 and `copiesEffect`. Its coverage over
 * 135 designs is in docs/compare.md.
 */
export function designEffect(right: ArrayLike<number>, clusters: Clusters, n: number): number {
  const { count, sizes } = clusters;
  let total = 0;
  for (let g = 0; g < count; g++) total += right[g]!;
  const rate = total / n;
  let squares = 0;
  for (let g = 0; g < count; g++) squares += (right[g]! - rate * sizes[g]!) ** 2;
  const seen = ((count / (count - 1)) * squares) / (n * rate * (1 - rate));
  const weight = Math.min(total, n - total, count - 1);
  const copies = copiesEffect(clusters, n);
  const weighed = (weight * seen + (PRIOR_CLUSTERS * (1 + copies)) / 2) / (weight + PRIOR_CLUSTERS);
  return Math.max(1, Math.min(copies, weighed));
}
