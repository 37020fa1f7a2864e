/** Views of an item for steps that run side by side, and how they come together again: always in declared order. */
import { type Json, WorkbenchError } from '../api/index.ts';
import { ProviderError } from '../providers/provider.ts';
import { type CallPlan, GuardBlocked, type Item, ItemParked, type Reckoning, type Step } from './compiled.ts';
import { write } from './state.ts';

export async function runSteps(steps: readonly Step[], item: Item): Promise<void> {
  for (const step of steps) {
    const running = step.run(item);
    if (running) await running;
  }
}

/** The same view under another prefix or place: rounds of a loop. */
export async function runWithin(
  steps: readonly Step[],
  item: Item,
  place: { prefix: string; index: number },
): Promise<void> {
  const inner: Item = { ...item, prefix: place.prefix, scope: { ...item.scope, index: place.index } };
  await runSteps(steps, inner);
  item.output = inner.output;
}

/** A view of its own: it sees what there was, and nothing it does is seen until the join. */
export function fork(item: Item, prefix: string, locals: { item?: Json; index?: number } = {}): Item {
  return {
    ...item,
    prefix,
    context: item.context.fork(),
    scope: {
      ...item.scope,
      ...locals,
      outputs: new Map(item.scope.outputs),
      state: new Map(item.scope.state),
    },
    signals: new Map(item.signals),
    answers: new Map(item.answers),
    answeredBy: [],
    writes: [],
  };
}

/**
 * Brings views back: the costs of all, and what `succeeded` of them put into the state. `results` also makes their
 * outputs and signals the item's own.
 */
export function join(item: Item, views: Item[], succeeded: Item[], results: boolean): void {
  item.context.join(views.map((view) => view.context));
  const before = {
    outputs: new Map(item.scope.outputs),
    signals: new Map(item.signals),
    output: item.output,
  };
  for (const view of succeeded) {
    for (const name of view.answeredBy) if (!item.answeredBy.includes(name)) item.answeredBy.push(name);
    for (const { key, value } of view.writes) write(item, key, value);
    if (!results) continue;
    copyNew(view.scope.outputs, before.outputs, item.scope.outputs);
    copyNew(view.signals, before.signals, item.signals);
    for (const [step, answer] of view.answers) item.answers.set(step, answer);
    if (view.output !== before.output) item.output = view.output;
  }
}

function copyNew<V>(from: Map<string, V>, before: Map<string, V>, to: Map<string, V>): void {
  for (const [key, value] of from) if (!before.has(key) || before.get(key) !== value) to.set(key, value);
}

/**
 * What many at once fail with, after all have ended, so that nothing is left in flight: what stops the run before what
 * fails the item, in declared order, before what waits for a person. `tolerated` failures of items are let pass.
 */
export function failureOf(settled: PromiseSettledResult<void>[], tolerated = 0): unknown {
  const reasons = settled.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  const stopping = reasons.find((reason) => !isItems(reason) && !(reason instanceof ItemParked));
  if (stopping !== undefined) return stopping;
  const failures = reasons.filter(isItems);
  if (failures.length > tolerated) return failures[0];
  const parked = reasons.flatMap((reason) => (reason instanceof ItemParked ? reason.reviews : []));
  return parked.length > 0 ? new ItemParked(parked) : undefined;
}

/** A failure of this item alone, not of the run. */
function isItems(reason: unknown): boolean {
  if (reason instanceof ProviderError || reason instanceof GuardBlocked) return true;
  if (reason instanceof ItemParked || reason instanceof WorkbenchError) return false;
  return reason instanceof Error && reason.name !== 'AbortError';
}

/** The item's result of a list of steps: what its last step that yields something yielded. */
export function lastOutput(steps: readonly Step[], item: Item): Json {
  for (let at = steps.length - 1; at >= 0; at--) {
    const value = item.scope.outputs.get(steps[at]!.id);
    if (value !== undefined) return value;
  }
  return null;
}

/** Runs tasks with at most `limit` at once; settles when all have. */
export async function settleLimited(
  count: number,
  limit: number,
  task: (index: number) => Promise<void>,
): Promise<PromiseSettledResult<void>[]> {
  const settled: PromiseSettledResult<void>[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      try {
        await task(index);
        settled[index] = { status: 'fulfilled', value: undefined };
      } catch (reason) {
        settled[index] = { status: 'rejected', reason };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, lane));
  return settled;
}

export function planSteps(steps: readonly Step[], reckoning: Reckoning): CallPlan {
  return { all: steps.flatMap((step) => step.plan?.(reckoning) ?? []) };
}
