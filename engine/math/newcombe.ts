import { wilsonInterval } from './wilson.ts';

/** Rows by who is right: both, only a, only b, neither. May be fractional (an effective sample size). */
export interface PairedCounts {
  both: number;
  onlyA: number;
  onlyB: number;
  neither: number;
}

/**
 * Interval of p(a) − p(b) on paired 0/1 rows: Newcombe's square-and-add of two Wilson intervals with the
 * correlation corrected for continuity (Newcombe 1998, Statistics in Medicine 17:2635, method 10). Unlike a
 * bootstrap it keeps its width where no row, or every row, is discordant. n = 0 gives [−1, 1].
 */
export function newcombePaired(counts: PairedCounts, level: number): { lo: number; hi: number } {
  const { both, onlyA, onlyB, neither } = counts;
  const n = both + onlyA + onlyB + neither;
  if (n === 0) return { lo: -1, hi: 1 };
  const p1 = (both + onlyA) / n;
  const p2 = (both + onlyB) / n;
  const a = wilsonInterval(Math.min(n, both + onlyA), n, level);
  const b = wilsonInterval(Math.min(n, both + onlyB), n, level);
  const product = (both + onlyA) * (onlyB + neither) * (both + onlyB) * (onlyA + neither);
  const cross = both * neither - onlyA * onlyB;
  const phi = product === 0 ? 0 : (cross > 0 ? Math.max(cross - n / 2, 0) : cross) / Math.sqrt(product);
  const reach = (x: number, y: number): number => Math.sqrt(Math.max(0, x * x - 2 * phi * x * y + y * y));
  return {
    lo: Math.max(-1, p1 - p2 - reach(p1 - a.lo, b.hi - p2)),
    hi: Math.min(1, p1 - p2 + reach(a.hi - p1, p2 - b.lo)),
  };
}
