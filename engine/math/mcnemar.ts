import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';

/**
 * McNemar's mid-p (Fagerland, Lydersen & Laake 2013), two-sided, from the discordant counts: rows only a got
 * right and rows only b got right. Exact binomial(onlyA + onlyB, 1/2) tail, the observed count weighing half.
 * 1 where there is no discordant row. Throws RangeError for a negative or fractional count.
 */
export function mcnemarMidP(onlyA: number, onlyB: number): number {
  if (!(Number.isInteger(onlyA) && Number.isInteger(onlyB) && onlyA >= 0 && onlyB >= 0)) {
    throw new RangeError(`mcnemarMidP: ${onlyA} and ${onlyB} are no counts.`);
  }
  const n = onlyA + onlyB;
  const k = Math.min(onlyA, onlyB);
  if (n === 0 || onlyA === onlyB) return 1;
  // P(X ≤ k) + P(X ≤ k − 1) = 2·(P(X < k) + P(X = k)/2)
  return Math.min(1, binomialCdf(k, n, 0.5) + (k === 0 ? 0 : binomialCdf(k - 1, n, 0.5)));
}
