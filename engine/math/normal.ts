import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import cdf from '@stdlib/stats-base-dists-normal-cdf';
import quantile from '@stdlib/stats-base-dists-normal-quantile';

/** P(Z ≤ z) for a standard normal Z. NaN in, NaN out. */
export function normalCdf(z: number): number {
  return cdf(z, 0, 1);
}

/** The z with P(Z ≤ z) = p. −Infinity at 0, Infinity at 1, NaN outside [0, 1]. */
export function normalQuantile(p: number): number {
  return quantile(p, 0, 1);
}

/** Half-width of a two-sided interval in standard errors: z with P(|Z| ≤ z) = level. */
export function normalTwoSided(level: number): number {
  return -normalQuantile((1 - level) / 2);
}

/**
 * t with P(|T| ≤ t) = level, T Student with `degrees` > 0.
 * From the beta quantile: degrees/(degrees + T²) ~ Beta(degrees/2, 1/2) (Johnson, Kotz & Balakrishnan 1995, ch. 28).
 */
export function studentTwoSided(level: number, degrees: number): number {
  // Beyond this the two differ by under 1e-5 of the value and the beta quantile loses digits.
  if (degrees > 200_000) return normalTwoSided(level);
  const x = betaQuantile(1 - level, degrees / 2, 0.5);
  return Math.sqrt(degrees * (1 / x - 1));
}
