/** Moving along a sweep: by key, by pointer, by a typed number. */
import type { Sweep } from '../../engine/api/index.ts';
import { perThousand, percent } from '../ui/format.ts';

/** A threshold with as many digits as tell it from its neighbours. */
export function thresholdText(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

/** `0.62: accuracy 91.3 %, $1.42 per thousand`. */
export function speak(sweep: Sweep, at: number): string {
  return `${thresholdText(sweep.threshold[at] ?? Number.NaN)}: accuracy ${percent(sweep.score[at] ?? Number.NaN)}, ${perThousand(sweep.costUsd[at] ?? Number.NaN)} per thousand`;
}

/** The index an arrow key leads to; null for other keys. */
export function stepFor(key: string, at: number, last: number): number | null {
  const clamp = (index: number): number => Math.max(0, Math.min(last, index));
  const page = Math.max(2, Math.round(last / 20));
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return clamp(at + 1);
    case 'ArrowLeft':
    case 'ArrowDown':
      return clamp(at - 1);
    case 'PageUp':
      return clamp(at + page);
    case 'PageDown':
      return clamp(at - page);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}

/** The sweep point drawn nearest to a horizontal position; among equals the one nearest to where the handle is. */
export function nearestByCost(
  sweep: Sweep,
  position: number,
  x: (costUsd: number) => number,
  at: number,
): number {
  let best = at;
  let bestDistance = Infinity;
  for (const [index, costUsd] of sweep.costUsd.entries()) {
    const distance = Math.abs(x(costUsd) - position);
    if (
      distance < bestDistance ||
      (distance === bestDistance && Math.abs(index - at) < Math.abs(best - at))
    ) {
      best = index;
      bestDistance = distance;
    }
  }
  return best;
}

/** The sweep point of a typed threshold: the nearest one by value. */
export function nearestByThreshold(sweep: Sweep, value: number): number {
  let best = 0;
  for (const [index, threshold] of sweep.threshold.entries()) {
    if (Math.abs(threshold - value) < Math.abs((sweep.threshold[best] ?? Infinity) - value)) best = index;
  }
  return best;
}
