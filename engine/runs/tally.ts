import type { AttemptSource, TraceAttempt } from '../api/index.ts';
import type { ModelResponse } from '../providers/provider.ts';

/** What one item's calls add up to. A sum with an unknown part is unknown. */
export interface Tally {
  calls: number;
  fresh: number;
  costUsd: number | null;
  freshCostUsd: number | null;
  latencyMs: number;
  inputTokens: number | null;
  outputTokens: number | null;
  /** What was added, in order, where somebody wants to know; `endMs` is a performance.now(). */
  attempts: TraceAttempt[] | null;
}

export const emptyTally = (attempts: TraceAttempt[] | null = null): Tally => ({
  calls: 0,
  fresh: 0,
  costUsd: 0,
  freshCostUsd: 0,
  latencyMs: 0,
  inputTokens: 0,
  outputTokens: 0,
  attempts,
});

const plus = (sum: number | null, part: number | null | undefined): number | null =>
  sum === null || part === null || part === undefined ? null : sum + part;

export function addAnswer(
  tally: Tally,
  response: ModelResponse,
  fresh: boolean,
  source: AttemptSource = fresh ? 'asked' : 'ledger',
): void {
  tally.calls++;
  tally.costUsd = plus(tally.costUsd, response.costUsd);
  tally.latencyMs += response.latencyMs;
  tally.inputTokens = plus(tally.inputTokens, response.usage?.inputTokens);
  tally.outputTokens = plus(tally.outputTokens, response.usage?.outputTokens);
  tally.attempts?.push({
    source,
    endMs: performance.now(),
    latencyMs: response.latencyMs,
    costUsd: response.costUsd,
    fresh,
    failure: null,
  });
  if (!fresh) return;
  tally.fresh++;
  tally.freshCostUsd = plus(tally.freshCostUsd, response.costUsd);
}

export function addFailure(
  tally: Tally,
  attempt: {
    paidUsd: number | null;
    latencyMs: number;
    fresh: boolean;
    failure?: NonNullable<TraceAttempt['failure']>;
    source?: AttemptSource;
  },
): void {
  tally.calls++;
  tally.costUsd = plus(tally.costUsd, attempt.paidUsd);
  tally.latencyMs += attempt.latencyMs;
  tally.attempts?.push({
    source: attempt.source ?? 'asked',
    endMs: performance.now(),
    latencyMs: attempt.latencyMs,
    costUsd: attempt.paidUsd,
    fresh: attempt.fresh,
    failure: attempt.failure ?? { class: 'bug', message: '' },
  });
  if (!attempt.fresh) return;
  tally.fresh++;
  tally.freshCostUsd = plus(tally.freshCostUsd, attempt.paidUsd);
}

/** Views that ran side by side: what they cost adds up; of their latencies the longest counts. */
export function addSideBySide(tally: Tally, views: Tally[]): void {
  let longestMs = 0;
  for (const view of views) {
    tally.calls += view.calls;
    tally.fresh += view.fresh;
    tally.costUsd = plus(tally.costUsd, view.costUsd);
    tally.freshCostUsd = plus(tally.freshCostUsd, view.freshCostUsd);
    tally.inputTokens = plus(tally.inputTokens, view.inputTokens);
    tally.outputTokens = plus(tally.outputTokens, view.outputTokens);
    longestMs = Math.max(longestMs, view.latencyMs);
  }
  tally.latencyMs += longestMs;
}
