/** The numbered, replayable event feed. Progress of one thing keeps only its newest event. */
import type { EventBody, EventsPage, WorkbenchEvent } from './api/index.ts';

const KEPT = 2000;
const PROGRESS_EVERY_MS = 100;

export interface EventFeed {
  emit(event: EventBody): void;
  since(seq: number, waitMs: number): Promise<EventsPage>;
  close(): void;
}

/** What an event reports progress of; null for events that must all be kept. */
function progressKey(event: EventBody): string | null {
  switch (event.type) {
    case 'import.progress':
      return `import ${event.name}`;
    case 'run.progress':
      return `run ${event.run}`;
    case 'fit.progress':
      return `fit ${event.job} ${event.stage}`;
    case 'score.progress':
      return `score ${event.job}`;
    case 'check.progress':
      return `check ${event.job} ${event.stage}`;
    case 'dataset.changed':
    case 'run.changed':
    case 'fit.changed':
    case 'policy.changed':
      return null;
  }
}

export function createEventFeed(now: () => Date): EventFeed {
  let events: WorkbenchEvent[] = [];
  let seq = 0;
  let oldestLost = 0;
  const lastAt = new Map<string, number>();
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };

  return {
    emit(body) {
      const at = now();
      const key = progressKey(body);
      if (key !== null) {
        const finished = 'done' in body && 'total' in body && body.done >= body.total;
        const last = lastAt.get(key);
        if (!finished && last !== undefined && at.getTime() - last < PROGRESS_EVERY_MS) return;
        lastAt.set(key, at.getTime());
        events = events.filter((event) => progressKey(event) !== key);
      }
      events.push({ ...body, seq: ++seq, at: at.toISOString() });
      if (events.length > KEPT) oldestLost = events.shift()?.seq ?? oldestLost;
      wake();
    },
    async since(after, waitMs) {
      const newer = (): WorkbenchEvent[] => events.filter((event) => event.seq > after);
      let found = newer();
      if (found.length === 0 && waitMs > 0) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
          timer = setTimeout(() => {
            waiting.delete(resolve);
            resolve();
          }, waitMs);
        });
        clearTimeout(timer);
        found = newer();
      }
      // A peer ahead of us kept its number from an earlier process: everything may have changed.
      return { events: found, seq, lost: after < oldestLost || after > seq };
    },
    close: wake,
  };
}
