import type { Example } from '../api/index.ts';

export interface RunItem {
  example: Example;
  candidate: string;
}

/** Examples × candidates, one batch of examples in memory at a time, whoever asks and how often. */
export function itemSource(
  batches: AsyncIterable<Example[]>,
  candidates: string[],
  wanted: (example: Example, candidate: string) => boolean,
): { next(): Promise<RunItem | null> | RunItem | null; close(): Promise<void> } {
  const iterator = batches[Symbol.asyncIterator]();
  let buffer: RunItem[] = [];
  let at = 0;
  let ended = false;
  let filling: Promise<void> | null = null;

  async function fill(): Promise<void> {
    while (at >= buffer.length && !ended) {
      const { value, done } = await iterator.next();
      if (done === true) {
        ended = true;
        return;
      }
      buffer = value.flatMap((example) =>
        candidates
          .filter((candidate) => wanted(example, candidate))
          .map((candidate) => ({ example, candidate })),
      );
      at = 0;
    }
  }
  async function wait(): Promise<RunItem | null> {
    while (at >= buffer.length && !ended) {
      filling ??= fill().finally(() => (filling = null));
      await filling;
    }
    return at < buffer.length ? buffer[at++]! : null;
  }
  return {
    next: () => (at < buffer.length ? buffer[at++]! : ended ? null : wait()),
    async close() {
      await iterator.return?.();
    },
  };
}
