/** What an item's steps see of its run: calls and effects journalled, decisions of people, views side by side. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Json } from '../api/index.ts';
import type { Decision, Effect, ItemContext } from '../pipeline/index.ts';
import { callForItem, type Calling, type ItemCalls, RunStopped } from './caller.ts';
import type { TraceRecorder } from './record-trace.ts';
import { lastAttempt } from './recorded-calls.ts';
import { addSideBySide, emptyTally } from './tally.ts';

export interface ItemSurroundings {
  calling: Calling;
  /** Fires when the run is cancelled or paused. */
  signal: AbortSignal;
  /** By step path. */
  decisions: ReadonlyMap<string, Decision> | null;
  recorder: TraceRecorder;
}

export function itemContext(around: ItemSurroundings, item: ItemCalls): ItemContext {
  const { calling, signal, decisions, recorder } = around;
  const views = new Map<ItemContext, ItemCalls>();
  return {
    signal,
    span: (span) => recorder.span(span),
    call: (step, request) =>
      recorder.call({ step, request, tally: item.tally }, () => callForItem(calling, item, step, request)),
    effect: (step, effect) => effectForItem(calling, item, step, effect),
    decision: (step) => decisions?.get(step) ?? null,
    fork() {
      const view: ItemCalls = { ...item, tally: emptyTally([]) };
      const context = itemContext(around, view);
      views.set(context, view);
      return context;
    },
    join(forks) {
      const joined = forks.flatMap((context) => views.get(context) ?? []);
      for (const context of forks) views.delete(context);
      addSideBySide(
        item.tally,
        joined.map(({ tally }) => tally),
      );
      const settled = [item.settled, ...joined.map((view) => view.settled)];
      item.settled = Promise.all(settled).then(() => undefined);
      // Awaited before the next call or the outcome; not a floating rejection until then.
      item.settled.catch(() => undefined);
    },
  };
}

/**
 * An effect is journalled as a call is: its intent before, its result after. What finished in an earlier session is not
 * done again; what was begun and not finished is listed with the ambiguous calls. Never answered from other runs.
 */
async function effectForItem(calling: Calling, item: ItemCalls, step: string, effect: Effect): Promise<Json> {
  const requestHash = effectHash(effect);
  const known = item.record?.results.find(
    (one) => one.step === step && one.requestHash === requestHash && one.ok,
  );
  if (known !== undefined) {
    item.tally.latencyMs += known.latencyMs;
    // Written below.
    return JSON.parse(known.response) as Json;
  }
  if (calling.stopping.aborted) throw new RunStopped();
  const key = {
    run: calling.run,
    example: item.example.id,
    candidate: item.candidate,
    step,
    attempt: lastAttempt(item.record, step) + 1,
  };
  const intended = calling.journal.intend({
    ...key,
    requestHash,
    model: effect.name,
    estimatedCostUsd: 0,
    startedAt: calling.clock.now().toISOString(),
  });
  await item.settled;
  await intended;
  const started = calling.clock.monotonicMs();
  const controller = new AbortController();
  calling.live.add(controller);
  const timer = setTimeout(() => controller.abort(new EffectTimeout(effect)), effect.timeoutMs);
  let value: Json | undefined;
  let thrown: unknown;
  try {
    value = await Promise.race([effect.run(controller.signal), aborted(controller.signal)]);
  } catch (error) {
    thrown = error;
  } finally {
    clearTimeout(timer);
    calling.live.delete(controller);
  }
  // Stays unfinished in the journal: nobody knows how far it came.
  if (controller.signal.aborted && !(controller.signal.reason instanceof EffectTimeout))
    throw new RunStopped();
  const latencyMs = calling.clock.monotonicMs() - started;
  item.tally.latencyMs += latencyMs;
  const ok = value !== undefined;
  item.settled = calling.journal.settle({
    ...key,
    requestHash,
    response: JSON.stringify(ok ? value : String(thrown)),
    ok,
    costUsd: 0,
    latencyMs,
  });
  item.settled.catch(() => undefined);
  if (value === undefined) throw thrown;
  return value;
}

class EffectTimeout extends Error {
  constructor(effect: Effect) {
    super(`${effect.name} gave no result within ${effect.timeoutMs} ms.`);
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

const effectHash = ({ name, request }: Effect): string =>
  createHash('sha256')
    .update(`effect\u0000${name}\u0000${canonicalize(request) ?? ''}`)
    .digest('hex');
