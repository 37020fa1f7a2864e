import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 20;

/** Lets the event loop run every 20 ms of work, and throws AbortError once `signal` has fired. */
export function breathe(signal: AbortSignal): () => Promise<void> | undefined {
  let since = performance.now();
  const pause = async (): Promise<void> => {
    await setImmediate();
    throwIfAborted(signal);
    since = performance.now();
  };
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return pause();
  };
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new DOMException('The operation was cancelled.', 'AbortError');
}
