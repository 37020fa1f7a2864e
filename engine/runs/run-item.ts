import type { Outcome } from '../api/index.ts';
import { type CompiledPipeline, executeItem } from '../pipeline/index.ts';
import type { ScoreOutput } from '../scoring/index.ts';
import { callForItem, type Calling, type ItemCalls } from './caller.ts';
import type { RunItem } from './items.ts';
import type { ItemRecord } from './recorded-calls.ts';
import { emptyTally } from './tally.ts';

export interface RunningItems {
  pipeline: CompiledPipeline;
  score: ScoreOutput;
  calling: Calling;
  /** Fires when the run is cancelled or paused. */
  signal: AbortSignal;
}

/** One example through one candidate. Returns once its outcome is durable; throws where the run has to stop. */
export async function runItem(
  running: RunningItems,
  { example, candidate }: RunItem,
  record: ItemRecord | null,
): Promise<Outcome> {
  const { calling } = running;
  const item: ItemCalls = { example, candidate, record, tally: emptyTally(), settled: Promise.resolve() };
  const result = await executeItem(running.pipeline, candidate, example, {
    call: (step, request) => callForItem(calling, item, step, request),
    signal: running.signal,
    span: () => undefined,
  });
  const { tally } = item;
  const judged =
    result.error === null && result.output !== null ? running.score(example.expected, result.output) : null;
  const outcome: Outcome = {
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
  // In one batch with the last step's result, which is still on its way.
  const written = calling.journal.outcome(outcome);
  await Promise.all([item.settled, written]);
  return outcome;
}
