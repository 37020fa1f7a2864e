import { normalTwoSided } from './normal.ts';

/**
 * Wilson's score interval for a proportion (Wilson 1927; Brown, Cai & DasGupta 2001), no continuity correction.
 * `successes` in 0…n; both may be fractional (an effective sample size). n = 0 gives [0, 1]: nothing is known.
 * The bound is exactly 0 (1) where successes is 0 (n). Throws RangeError for a NaN or an impossible count or level.
 */
export function wilsonInterval(successes: number, n: number, level: number): { lo: number; hi: number } {
  checkLevel(level);
  if (!(n >= 0 && successes >= 0 && successes <= n)) {
    throw new RangeError(`wilsonInterval: ${successes} successes of ${n} is no proportion.`);
  }
  if (n === 0) return { lo: 0, hi: 1 };
  const z2 = normalTwoSided(level) ** 2;
  const p = successes / n;
  const scale = 1 / (1 + z2 / n);
  const centre = p + z2 / (2 * n);
  const half = Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n)) * Math.sqrt(z2);
  return {
    lo: successes === 0 ? 0 : Math.max(0, (centre - half) * scale),
    hi: successes === n ? 1 : Math.min(1, (centre + half) * scale),
  };
}

/** Throws RangeError unless 0 < level < 1. */
export function checkLevel(level: number): void {
  if (!(level > 0 && level < 1))
    throw new RangeError(`A confidence level lies between 0 and 1, not ${level}.`);
}
