import {
  type AmbiguousCall,
  type Emit,
  type Example,
  type RunStatus,
  toWorkbenchError,
} from '../api/index.ts';
import type { Random } from '../math/index.ts';
import type { CompiledPipeline } from '../pipeline/index.ts';
import type { ProviderRegistry } from '../providers/provider.ts';
import { scorer } from '../scoring/index.ts';
import type { DatasetRecord, RunRecord, RunTotals, Store } from '../store/index.ts';
import { createBudget } from './budget.ts';
import { type Calling, RunStopped } from './caller.ts';
import type { RunClock } from './clock.ts';
import { itemSource } from './items.ts';
import { createOutageBreaker } from './outage.ts';
import { type Progress, startProgress } from './progress.ts';
import { itemKey, recordedCalls } from './recorded-calls.ts';
import type { RetryPolicy } from './retry.ts';
import { type RunConfig, specsOf } from './run-config.ts';
import { type RunningItems, runItem } from './run-item.ts';
import { createTraining } from './training.ts';

export interface RunsContext {
  store: Store;
  providers: ProviderRegistry;
  emit: Emit;
  clock: RunClock;
  random: Random;
  retry: RetryPolicy;
  /** Failed attempts in a row that pause a run. */
  outageAfter: number;
}
export interface RunSession {
  record: RunRecord;
  config: RunConfig;
  pipeline: CompiledPipeline;
  dataset: DatasetRecord & { rows: number };
  concurrency: number;
  budgetUsd: number | null;
  ambiguous: 'retry' | 'skip';
  /** Only outcomes that failed are run again. */
  failedOnly: boolean;
  /** Null on a first start: there is nothing to look for. */
  earlier: {
    done: Set<string>;
    failed: Set<string>;
    ambiguous: AmbiguousCall[];
    /** Items whose questions nobody has answered yet. */
    waiting: Set<string>;
    decisions: RunningItems['decisions'];
  } | null;
}
type Ending = { status: RunStatus; reason: RunRecord['reason'] };

export interface ActiveRun {
  readonly record: RunRecord;
  /** Calls earlier sessions left unfinished; those of this one are merely in flight. */
  readonly ambiguous: AmbiguousCall[];
  readonly totals: RunTotals;
  wallMs(): number;
  /** Stops at once; calls in flight stay unfinished in the journal. */
  stop(ending: Ending): void;
  /** Resolves when nothing of the run moves any more and its state is stored. */
  ended: Promise<RunRecord>;
}

export async function activateRun(context: RunsContext, session: RunSession): Promise<ActiveRun> {
  const { store, clock } = context;
  const { record } = session;
  const started = clock.monotonicMs();
  const wallMs = (): number => record.wallMs + clock.monotonicMs() - started;
  const totals = await store.runs.totals(record.id);
  const progress = startProgress(record, totals, context);
  const stopping = new AbortController();
  const live = new Set<AbortController>();
  let ending: Ending | null = null;

  /** The first reason counts. What is in flight may finish, unless the person wants it to stop. */
  const halt = (next: Ending, abort: boolean): void => {
    ending ??= next;
    stopping.abort(new RunStopped());
    if (abort) for (const controller of live) controller.abort();
  };
  const fail = (thrown: unknown): void => {
    if (thrown instanceof RunStopped || (thrown === stopping.signal.reason && stopping.signal.aborted))
      return;
    halt(endingOf(thrown), false);
  };

  async function work(): Promise<void> {
    const calling = await callingOf(context, session, { stopping: stopping.signal, live });
    await calling.train();
    await session.pipeline.prepare(stopping.signal);
    const running: RunningItems = {
      pipeline: session.pipeline,
      score: scorer(session.dataset.scorer),
      calling: calling.calling,
      decisions: session.earlier?.decisions ?? new Map(),
      signal: stopping.signal,
    };
    await runItems(running, session, { store, calls: calling.records, progress, fail });
  }
  async function end(): Promise<RunRecord> {
    await work().catch(fail);
    const last = ending ?? complete(record, progress, session);
    const final: RunRecord = { ...record, ...last, wallMs: wallMs() };
    await store.journal.flush();
    try {
      await store.runs.update(record.id, { ...last, wallMs: final.wallMs });
    } finally {
      progress.finish(last.status);
      context.emit({ type: 'run.changed', run: record.id, status: last.status });
    }
    return final;
  }
  return {
    record,
    ambiguous: session.earlier?.ambiguous ?? [],
    totals: progress.totals,
    wallMs,
    stop: (next) => halt(next, true),
    ended: end(),
  };
}

async function callingOf(
  context: RunsContext,
  session: RunSession,
  control: { stopping: AbortSignal; live: Set<AbortController> },
): Promise<{ calling: Calling; records: ReturnType<typeof recordedCalls>; train(): Promise<void> }> {
  const { store, providers } = context;
  const { record, config, pipeline } = session;
  const training = createTraining(store, providers, {
    datasetHash: record.datasetHash,
    signal: control.stopping,
  });
  const results = session.earlier === null ? [] : await store.journal.replay(record.id);
  // Not the outcomes' sum: calls of unfinished items, and those whose price never became known, count too.
  const committedUsd = session.earlier === null ? 0 : await store.journal.committedUsd(record.id);
  return {
    records: recordedCalls(results, session.earlier?.ambiguous ?? []),
    train: () => training.prepareAll(config.candidates.flatMap((candidate) => specsOf(pipeline, candidate))),
    calling: {
      run: record.id,
      fresh: config.fresh,
      replacing: session.failedOnly,
      ambiguous: session.ambiguous,
      journal: store.journal,
      providers,
      budget: createBudget(session.budgetUsd, committedUsd),
      outage: createOutageBreaker(context.outageAfter),
      retry: context.retry,
      random: context.random,
      clock: context.clock,
      stopping: control.stopping,
      live: control.live,
      asking: new Map(),
      prepare: training.prepare,
    },
  };
}

/** As many items at once as the run may have in flight; each lane takes the next item when its own is durable. */
async function runItems(
  running: RunningItems,
  session: RunSession,
  context: {
    store: Store;
    calls: ReturnType<typeof recordedCalls>;
    progress: Progress;
    fail: (thrown: unknown) => void;
  },
): Promise<void> {
  const { earlier, failedOnly, config } = session;
  const items = itemSource(examplesOf(context.store, session), config.candidates, (example, candidate) => {
    if (earlier === null) return true;
    const key = itemKey(example.id, candidate);
    if (earlier.waiting.has(key)) return false;
    return failedOnly ? earlier.failed.has(key) : !earlier.done.has(key) && !earlier.failed.has(key);
  });
  const lane = async (): Promise<void> => {
    while (!running.signal.aborted) {
      const item = await items.next();
      if (item === null) return;
      const { example, candidate } = item;
      const outcome = await runItem(running, item, context.calls.take(example.id, candidate));
      if (outcome === null) context.progress.park();
      else context.progress.add(outcome, failedOnly);
    }
  };
  await Promise.all(Array.from({ length: session.concurrency }, () => lane().catch(context.fail)));
  await items.close();
}

/** Rows a local model learned from are not the ones it is judged on. */
async function* examplesOf(store: Store, { dataset, config }: RunSession): AsyncGenerator<Example[]> {
  for await (const batch of store.datasets.examples(dataset.hash)) {
    yield config.learns ? batch.filter(({ split }) => split !== 'fit') : batch;
  }
}

function complete(record: RunRecord, { totals, parked }: Progress, { earlier }: RunSession): Ending {
  if (totals.done >= record.total) return { status: 'done', reason: null };
  const left = record.total - totals.done;
  const waiting = parked + (earlier?.waiting.size ?? 0);
  if (waiting >= left) {
    const message = `${waiting} items wait for a review. Decide them (\`kneepoint review list\`), then \`kneepoint run resume\`.`;
    return { status: 'paused', reason: { code: 'run.reviews_waiting', message } };
  }
  return {
    status: 'paused',
    reason: { code: 'interrupted', message: `${left} items have not been run yet.` },
  };
}

/** What a person can put right pauses a run; a defect of ours fails it. */
export function endingOf(thrown: unknown): Ending {
  const error = toWorkbenchError(thrown);
  const hint = error.hint === undefined ? '' : ` ${error.hint}`;
  const reason = { code: error.code, message: `${error.message}${error.kind === 'bug' ? '' : hint}` };
  return { status: error.kind === 'bug' ? 'failed' : 'paused', reason };
}

export const cancelled: Ending = { status: 'cancelled', reason: null };
export const closing: Ending = {
  status: 'paused',
  reason: { code: 'interrupted', message: 'Kneepoint was closed while this run was going on.' },
};
