import { createHash } from 'node:crypto';
import type { Outcome } from '../api/index.ts';
import { type CompiledPipeline, executeItem, ItemParked, type ItemResult } from '../pipeline/index.ts';
import type { ScoreOutput } from '../scoring/index.ts';
import type { StoredDecision } from '../store/index.ts';
import type { Calling, ItemCalls } from './caller.ts';
import { itemContext } from './item-context.ts';
import { recordTrace } from './record-trace.ts';
import { itemKey, type ItemRecord } from './recorded-calls.ts';
import type { RunItem } from './items.ts';
import { emptyTally } from './tally.ts';

export interface RunningItems {
  pipeline: CompiledPipeline;
  score: ScoreOutput;
  calling: Calling;
  /** What people decided of this run's items, by item and step. */
  decisions: ReadonlyMap<string, ReadonlyMap<string, StoredDecision>>;
  /** Fires when the run is cancelled or paused. */
  signal: AbortSignal;
}

/**
 * One example through one candidate. Returns once its outcome is durable, or (null) what it waits for a person to
 * decide; throws where the run has to stop.
 */
export async function runItem(
  running: RunningItems,
  { example, candidate }: RunItem,
  record: ItemRecord | null,
): Promise<Outcome | null> {
  const { calling } = running;
  const item: ItemCalls = { example, candidate, record, tally: emptyTally([]), settled: Promise.resolve() };
  const recorder = recordTrace();
  const context = itemContext(
    {
      calling,
      signal: running.signal,
      decisions: running.decisions.get(itemKey(example.id, candidate)) ?? null,
      recorder,
    },
    item,
  );
  let result: ItemResult;
  try {
    result = await executeItem(running.pipeline, candidate, example, context);
  } catch (thrown) {
    if (!(thrown instanceof ItemParked)) throw thrown;
    await park(calling, item, thrown);
    return null;
  }
  const outcome = outcomeOf(running, item, result);
  // In one batch with the last step's result, which is still on its way.
  const written = calling.journal.outcome(outcome, recorder.trace);
  await Promise.all([item.settled, written]);
  return outcome;
}

function outcomeOf({ calling, score }: RunningItems, item: ItemCalls, result: ItemResult): Outcome {
  const { tally, example, candidate } = item;
  const judged =
    result.error === null && result.output !== null ? score(example.expected, result.output) : null;
  return {
    run: calling.run,
    example: example.id,
    candidate,
    output: result.output,
    score: judged?.score ?? null,
    ...(judged === null ? {} : { unparsed: !judged.parsed }),
    costUsd: tally.costUsd,
    freshCostUsd: tally.freshCostUsd,
    latencyMs: tally.calls > 0 ? tally.latencyMs : null,
    inputTokens: tally.inputTokens,
    outputTokens: tally.outputTokens,
    cached: tally.calls > 0 && tally.fresh === 0,
    error: result.error,
    answeredBy: result.answeredBy,
    signals: result.signals,
  };
}

async function park(calling: Calling, item: ItemCalls, { reviews }: ItemParked): Promise<void> {
  const askedAt = calling.clock.now().toISOString();
  const written = reviews.map((review) => {
    const place = [calling.run, item.example.id, item.candidate, review.step];
    // The same question of the same item has the same id, in whichever session it is asked.
    const id = `v${createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 11)}`;
    return calling.journal.park({
      id,
      run: calling.run,
      example: item.example.id,
      candidate: item.candidate,
      ...review,
      askedAt,
    });
  });
  await Promise.all([item.settled, ...written]);
}
