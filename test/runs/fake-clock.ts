import type { RunClock } from '../../engine/runs/clock.ts';

/** Time that passes only by sleeping; what was slept is kept in order. */
export function fakeClock(): RunClock & { slept: number[] } {
  let ms = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(Date.UTC(2026, 0, 1) + ms),
    monotonicMs: () => ms,
    async sleep(wait, signal) {
      if (signal.aborted) return;
      slept.push(wait);
      ms += wait;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
