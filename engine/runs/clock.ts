import { setTimeout as delay } from 'node:timers/promises';

/** Time as a run sees it; injected so that waiting can be tested without waiting. */
export interface RunClock {
  now(): Date;
  /** Milliseconds that never go back. */
  monotonicMs(): number;
  /** Returns early, without throwing, when the signal fires. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: RunClock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, { signal });
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  },
};
