/** Judges' calls: through the same ledger, budget and retries as a run's, under the id of the run they judge for. */
import type { Example } from '../api/index.ts';
import { type Random, seededRandom } from '../math/index.ts';
import { type ModelRequest, ProviderError, type ProviderRegistry } from '../providers/provider.ts';
import type { Store } from '../store/index.ts';
import { createBudget } from './budget.ts';
import { callForItem, type Calling, type ItemCalls } from './caller.ts';
import { type RunClock, systemClock } from './clock.ts';
import { createOutageBreaker } from './outage.ts';
import { defaultRetry, type RetryPolicy } from './retry.ts';
import { emptyTally, type Tally } from './tally.ts';

export interface Judging {
  /** The reply, or null where the call failed for good. Throws where going on makes no sense: budget, key, outage. */
  ask(call: {
    example: Example;
    candidate: string;
    step: string;
    request: ModelRequest;
  }): Promise<string | null>;
  /** Calls, and what they cost; calls the ledger answered are not fresh. */
  readonly tally: Tally;
}

export function createJudging(
  context: {
    store: Store;
    providers: ProviderRegistry;
    clock?: RunClock;
    random?: Random;
    retry?: Partial<RetryPolicy>;
  },
  options: { run: string; budgetUsd: number | null; signal: AbortSignal },
): Judging {
  const live = new Set<AbortController>();
  options.signal.addEventListener('abort', () => {
    for (const controller of live) controller.abort();
  });
  const calling: Calling = {
    run: options.run,
    fresh: false,
    replacing: false,
    ambiguous: 'retry',
    journal: context.store.journal,
    providers: context.providers,
    budget: createBudget(options.budgetUsd, 0),
    outage: createOutageBreaker(20),
    retry: { ...defaultRetry, ...context.retry },
    random: context.random ?? seededRandom(1),
    clock: context.clock ?? systemClock,
    stopping: options.signal,
    live,
    asking: new Map(),
    prepare: () => null,
  };
  const tally = emptyTally();
  return {
    tally,
    async ask({ example, candidate, step, request }) {
      const item: ItemCalls = { example, candidate, record: null, tally, settled: Promise.resolve() };
      try {
        const response = await callForItem(calling, item, step, request);
        await item.settled;
        return response.text;
      } catch (thrown) {
        await item.settled;
        if (thrown instanceof ProviderError) return null;
        throw thrown;
      }
    },
  };
}
