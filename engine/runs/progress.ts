import type { Emit, Outcome, RunStatus } from '../api/index.ts';
import { quantiles } from '../math/index.ts';
import type { RunTotals } from '../store/index.ts';
import type { RunClock } from './clock.ts';

const EVERY_MS = 100;
/** Speed is that of the last few seconds. */
const WINDOW_MS = 5000;
const LATENCIES = 1024;

/** Counts outcomes as they become durable and tells about them ten times a second. */
export interface Progress {
  readonly totals: RunTotals;
  add(outcome: Outcome, replacesFailed: boolean): void;
  /** An item that now waits for a person. */
  park(): void;
  readonly parked: number;
  /** The last word, at once. */
  finish(status: RunStatus): void;
}

export function startProgress(
  run: { id: string; total: number },
  totals: RunTotals,
  { emit, clock }: { emit: Emit; clock: RunClock },
): Progress {
  const counts = { ...totals };
  const marks: { at: number; done: number }[] = [{ at: clock.monotonicMs(), done: 0 }];
  const latencies = new Float64Array(LATENCIES).fill(NaN);
  let written = 0;
  let changed = true;
  let parked = 0;

  function tell(status: RunStatus): void {
    const now = clock.monotonicMs();
    marks.push({ at: now, done: written });
    while (marks.length > 2 && marks[1]!.at <= now - WINDOW_MS) marks.shift();
    const { at, done } = marks[0]!;
    const perSecond = now > at ? ((written - done) / (now - at)) * 1000 : 0;
    const left = Math.max(0, run.total - counts.done);
    const [p50, p95] = quantiles(latencies, [0.5, 0.95]);
    emit({
      type: 'run.progress',
      run: run.id,
      status,
      total: run.total,
      done: counts.done,
      failed: counts.failed,
      cached: counts.cached,
      costUsd: counts.costUsd,
      inputTokens: counts.inputTokens,
      outputTokens: counts.outputTokens,
      perSecond,
      etaMs: left === 0 ? 0 : perSecond > 0 ? (left / perSecond) * 1000 : null,
      latencyMs: Number.isNaN(p50) ? null : { p50: p50!, p95: p95! },
    });
    changed = false;
  }
  const timer = setInterval(() => {
    if (changed) tell('running');
  }, EVERY_MS);
  timer.unref();
  tell('running');

  return {
    totals: counts,
    get parked() {
      return parked;
    },
    park: () => void parked++,
    add(outcome, replacesFailed) {
      changed = true;
      if (replacesFailed) counts.failed--;
      else counts.done++;
      if (outcome.error !== null) counts.failed++;
      if (outcome.cached) counts.cached++;
      counts.costUsd = knownSum(counts.costUsd, outcome.costUsd);
      counts.freshCostUsd = knownSum(counts.freshCostUsd, outcome.freshCostUsd);
      counts.inputTokens += outcome.inputTokens ?? 0;
      counts.outputTokens += outcome.outputTokens ?? 0;
      if (outcome.latencyMs !== null) latencies[written % LATENCIES] = outcome.latencyMs;
      written++;
    },
    finish(status) {
      clearInterval(timer);
      tell(status);
    },
  };
}

/** What is known so far; the summary says how many are not. */
const knownSum = (sum: number | null, part: number | null): number | null =>
  part === null ? sum : (sum ?? 0) + part;
