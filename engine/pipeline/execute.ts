import { type Example, WorkbenchError } from '../api/index.ts';
import { ProviderError } from '../providers/provider.ts';
import {
  type CompiledPipeline,
  GuardBlocked,
  type Item,
  type ItemContext,
  ItemParked,
  type ItemResult,
} from './compiled.ts';
import { runSteps } from './frames.ts';
import { freshState } from './state.ts';

/**
 * One example through one candidate's arm. A call that failed for good, or a guard that refused, is a result
 * with an error; cancelling and the run's own errors (budget, storage) are thrown on, and so is ItemParked.
 */
export async function executeItem(
  pipeline: CompiledPipeline,
  candidate: string,
  example: Example,
  context: ItemContext,
): Promise<ItemResult> {
  context.signal.throwIfAborted();
  if (!pipeline.candidates.includes(candidate)) {
    throw new WorkbenchError('candidate.unknown', `${pipeline.name} has no candidate ${candidate}.`, {
      hint: `Its candidates: ${pipeline.candidates.join(', ')}.`,
    });
  }
  const item: Item = {
    candidate,
    example,
    context,
    sensitivity: pipeline.sensitivity,
    stateKeys: pipeline.state,
    prefix: '',
    candidatePrefix: '',
    scope: {
      input: example.input,
      outputs: new Map(),
      state: freshState(pipeline.state),
    },
    signals: new Map(),
    answers: new Map(),
    answeredBy: [],
    output: null,
    writes: [],
  };
  let error: ItemResult['error'] = null;
  try {
    await runSteps(pipeline.program, item);
    if (pipeline.output) item.output = pipeline.output.render(item.scope);
  } catch (thrown) {
    error = failureOf(thrown, context.signal);
  }
  return {
    output: error ? null : item.output,
    signals: finalSignals(item),
    error,
    answeredBy: item.answeredBy.length === 0 ? null : item.answeredBy.join(', '),
  };
}

function failureOf(thrown: unknown, signal: AbortSignal): ItemResult['error'] {
  if (thrown instanceof ProviderError) {
    return { class: thrown.failure.class, message: thrown.failure.message };
  }
  if (thrown instanceof GuardBlocked) return { class: 'guard', message: thrown.message };
  if (signal.aborted || thrown instanceof WorkbenchError || thrown instanceof ItemParked) throw thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') throw thrown;
  return { class: 'bug', message: thrown instanceof Error ? thrown.message : String(thrown) };
}

/** Step-qualified copies (`answer.confidence`) serve rules only. */
function finalSignals(item: Item): ItemResult['signals'] {
  const signals: ItemResult['signals'] = {};
  for (const [name, value] of item.signals) if (!name.includes('.')) signals[name] = value;
  return signals;
}
