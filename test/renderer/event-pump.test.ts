import { describe, expect, it } from 'vitest';
import type { EventsPage } from '../../engine/api/index.ts';
import { createEventFeed } from '../../engine/event-feed.ts';
import { pumpEvents } from '../../renderer/data/event-pump.ts';
import { useProgress } from '../../renderer/data/progress.ts';

/** The engine's own feed behind a connection that can be made to fail, and a record of what went stale. */
function pumping() {
  const feed = createEventFeed(() => new Date());
  const stale: string[] = [];
  const stop = new AbortController();
  let failures = 0;
  const since = (input: { seq: number; waitMs?: number | undefined }): Promise<EventsPage> => {
    if (failures > 0) {
      failures--;
      return Promise.reject(new Error('connection lost'));
    }
    return feed.since(input.seq, Math.min(input.waitMs ?? 0, 50));
  };
  const running = pumpEvents(
    { events: { since } },
    {
      invalidateQueries: (filter) => {
        stale.push(JSON.stringify(filter?.queryKey ?? 'everything'));
        return Promise.resolve();
      },
    },
    stop.signal,
  );
  return {
    feed,
    stale,
    fail: (times: number) => {
      failures = times;
    },
    end: async () => {
      stop.abort();
      feed.close();
      await running;
    },
  };
}
const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 200 && !condition(); tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
};

describe('the event pump', () => {
  it('refetches what an event names, and nothing else', async () => {
    const pump = pumping();
    pump.feed.emit({ type: 'dataset.changed', dataset: 'mails' });
    await until(() => pump.stale.length >= 2);
    await pump.end();
    expect(pump.stale.toSorted()).toEqual(['["datasets"]', '["workspace"]']);
  });
  it('keeps the newest progress of a run', async () => {
    const pump = pumping();
    const body = {
      type: 'run.progress',
      run: 'r1',
      status: 'running',
      total: 10,
      failed: 0,
      cached: 0,
      costUsd: null,
      inputTokens: 0,
      outputTokens: 0,
      perSecond: 1,
      etaMs: null,
      latencyMs: null,
    } as const;
    pump.feed.emit({ ...body, done: 4 });
    pump.feed.emit({ ...body, done: 10 });
    await until(() => useProgress.getState().runs['r1']?.done === 10);
    await pump.end();
  });
  it('goes on after the connection was lost', async () => {
    const pump = pumping();
    pump.fail(2);
    pump.feed.emit({ type: 'policy.changed', policy: 'p' });
    await until(() => pump.stale.includes('["policies"]'));
    await pump.end();
  });
});
