/** One long poll on the engine's event feed: what an event names is refetched, and nothing else. */
import type { QueryClient } from '@tanstack/react-query';
import type { EventsPage, WorkbenchEvent, Workbench } from '../../engine/api/index.ts';
import { noteProgress } from './progress.ts';

/** Query keys that an event makes stale. */
export function staleAfter(event: WorkbenchEvent): string[][] {
  switch (event.type) {
    case 'dataset.changed':
      return [['datasets'], ['workspace']];
    case 'run.changed':
      return [['runs'], ['compare'], ['workspace']];
    case 'fit.changed':
      return [['fits'], ['workspace']];
    case 'policy.changed':
      return [['policies'], ['workspace']];
    case 'run.progress':
      return event.done >= event.total ? [['runs']] : [];
    case 'import.progress':
    case 'fit.progress':
    case 'score.progress':
    case 'check.progress':
      return [];
  }
}

export async function pumpEvents(
  api: Pick<Workbench, 'events'>,
  queries: Pick<QueryClient, 'invalidateQueries'>,
  signal: AbortSignal,
): Promise<void> {
  let seq = 0;
  let first = true;
  while (!signal.aborted) {
    let page: EventsPage;
    try {
      page = await api.events.since({ seq, waitMs: first ? 0 : 25_000 });
    } catch {
      // Lost: the next call waits for the new connection, where the feed may count anew.
      await new Promise((resolve) => setTimeout(resolve, 250));
      continue;
    }
    if (signal.aborted) return;
    if (page.lost && !first) await queries.invalidateQueries();
    const keys = new Map<string, string[]>();
    for (const event of page.events) {
      noteProgress(event);
      for (const key of staleAfter(event)) keys.set(key.join(' '), key);
    }
    seq = page.seq;
    first = false;
    for (const queryKey of keys.values()) void queries.invalidateQueries({ queryKey });
  }
}
