import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 20;

/** Lets the event loop run every 20 ms of work, and throws AbortError once `signal` has fired. */
export function breathe(signal: AbortSignal): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return setImmediate().then(() => {
      throwIfAborted(signal);
      since = performance.now();
    });
  };
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new DOMException('The operation was cancelled.', 'AbortError');
}
