/** The one way a run's items reach a model: ledger, budget, intent, call, result. */
import { type AmbiguousCall, type Example, WorkbenchError } from '../api/index.ts';
import type { Random } from '../math/index.ts';
import {
  type ModelRequest,
  type ModelResponse,
  type Provider,
  ProviderError,
  type ProviderFailure,
  type ProviderRegistry,
} from '../providers/provider.ts';
import type { CallKey, Journal } from '../store/index.ts';
import type { Budget } from './budget.ts';
import { type Attempted, callModel } from './call-model.ts';
import type { RunClock } from './clock.ts';
import type { OutageBreaker } from './outage.ts';
import { type ItemRecord, lastAttempt } from './recorded-calls.ts';
import { reprice } from './reprice.ts';
import { type InputDependence, requestHash } from './request-hash.ts';
import { delayMs, isRetryable, type RetryPolicy } from './retry.ts';
import { addAnswer, addFailure, type Tally } from './tally.ts';

/** What all calls of a run share. */
export interface Calling {
  run: string;
  fresh: boolean;
  /** Items that failed are run again: what they paid then is counted by the outcomes now replaced. */
  replacing: boolean;
  /** What to do with a call an earlier session started and never finished. */
  ambiguous: 'retry' | 'skip';
  journal: Journal;
  providers: ProviderRegistry;
  budget: Budget;
  outage: OutageBreaker;
  retry: RetryPolicy;
  random: Random;
  clock: RunClock;
  /** Fires when no further call may begin. */
  stopping: AbortSignal;
  /** Calls in flight, to be aborted on cancel. */
  live: Set<AbortController>;
  /** Questions being asked right now: the same one is not asked twice at once. */
  asking: Map<string, Promise<ModelResponse | null>>;
  /** Trains the model first where it must be; says what else an answer depends on. */
  prepare(
    provider: Provider,
    request: ModelRequest,
  ): Promise<InputDependence | null> | InputDependence | null;
}
export interface ItemCalls {
  example: Example;
  candidate: string;
  record: ItemRecord | null;
  tally: Tally;
  /** The last result's commit: the next call waits for it, and so does the outcome. */
  settled: Promise<void>;
}

/** Thrown to unwind an item when its run stops; the item then has no outcome and is run again on resume. */
export class RunStopped extends WorkbenchError {
  constructor() {
    super('cancelled', 'The run was stopped.');
  }
}

export async function callForItem(
  calling: Calling,
  item: ItemCalls,
  step: string,
  request: ModelRequest,
): Promise<ModelResponse> {
  const provider = calling.providers.get(request.spec.provider);
  const preparing = calling.prepare(provider, request);
  const dependence = preparing instanceof Promise ? await preparing : preparing;
  const hash = requestHash(request, dependence);
  const replayed = replay(item, { step, hash, fresh: !calling.replacing });
  if (replayed !== null) return replayed;
  if (calling.fresh) return ask(calling, item, { step, hash, request, provider });

  for (;;) {
    const asking = calling.asking.get(hash);
    if (asking === undefined) break;
    const answer = await asking;
    if (answer !== null) {
      addAnswer(item.tally, answer, false, 'shared');
      return answer;
    }
  }
  // Registered before anything is awaited: an equal question asked meanwhile waits for this one.
  const answering = answerOnce(calling, item, { step, hash, request, provider });
  const forget = (): void => void calling.asking.delete(hash);
  const shared = answering.catch(() => {
    // At once: whoever waited asks for itself now, and would find this failure again and again.
    forget();
    return null;
  });
  calling.asking.set(hash, shared);
  const response = await answering;
  // Until its result is durable the ledger cannot answer an equal question.
  item.settled.then(forget, forget);
  return response;
}

interface Question {
  step: string;
  hash: string;
  request: ModelRequest;
  provider: Provider;
}

async function answerOnce(calling: Calling, item: ItemCalls, question: Question): Promise<ModelResponse> {
  const known = await calling.journal.cached(question.hash);
  if (known === null) return ask(calling, item, question);
  // Written by `ask` below.
  const response = reprice(question.request.spec, JSON.parse(known.response) as ModelResponse);
  addAnswer(item.tally, response, false);
  return response;
}

/** Finished calls of an earlier session answer from the journal; what failed in it was paid all the same. */
function replay(
  item: ItemCalls,
  { step, hash, fresh }: { step: string; hash: string; fresh: boolean },
): ModelResponse | null {
  let answer: ModelResponse | null = null;
  for (const result of item.record?.results ?? []) {
    if (result.step !== step || result.requestHash !== hash) continue;
    if (!result.ok)
      addFailure(item.tally, {
        paidUsd: result.costUsd,
        latencyMs: result.latencyMs,
        fresh,
        // Written by `settle` below.
        failure: JSON.parse(result.response) as ProviderFailure,
        source: 'journal',
      });
    // Written by `ask` below.
    else answer = JSON.parse(result.response) as ModelResponse;
  }
  if (answer !== null) addAnswer(item.tally, answer, fresh, 'journal');
  return answer;
}

async function ask(calling: Calling, item: ItemCalls, question: Question): Promise<ModelResponse> {
  const { request, provider, step } = question;
  const pending = (item.record?.ambiguous ?? []).filter((call) => call.step === step);
  if (pending.length > 0 && calling.ambiguous === 'skip') throw new ProviderError(skipped(pending));
  const worstCaseUsd = calling.providers.worstCaseUsd(request);
  const before = lastAttempt(item.record, step);
  for (let attempt = 1; ; attempt++) {
    if (calling.stopping.aborted) throw new RunStopped();
    const model = `${provider.id}/${request.spec.model}`;
    calling.budget.reserve(worstCaseUsd, model);
    const key: CallKey = {
      run: calling.run,
      example: item.example.id,
      candidate: item.candidate,
      step,
      attempt: before + attempt,
    };
    try {
      // One commit for both: the result of the step before, and the intent of this one.
      const intended = calling.journal.intend({
        ...key,
        requestHash: question.hash,
        model,
        estimatedCostUsd: worstCaseUsd,
        startedAt: calling.clock.now().toISOString(),
      });
      await item.settled;
      await intended;
    } catch (thrown) {
      calling.budget.settle(worstCaseUsd, 0);
      throw thrown;
    }
    const started = calling.clock.monotonicMs();
    const attempted = await callModel(provider, request, calling.live);
    const latencyMs = calling.clock.monotonicMs() - started;
    // Stays unfinished in the journal: it may have been paid, and is listed as ambiguous.
    if (attempted.kind === 'cancelled') throw new RunStopped();
    const failure = settle(calling, item, { key, hash: question.hash, attempted, latencyMs, worstCaseUsd });
    if (attempted.kind === 'answered') {
      calling.outage.succeeded(provider.id);
      return attempted.response;
    }
    if (attempted.kind === 'bug') throw attempted.thrown;
    if (attempted.thrown instanceof WorkbenchError && attempted.thrown.kind !== 'provider')
      throw attempted.thrown;
    calling.outage.failed(provider.id, attempt, failure!);
    if (!isRetryable(failure!) || attempt >= calling.retry.attempts)
      throw new ProviderError(failure!, attempted.thrown);
    await calling.clock.sleep(
      delayMs(calling.retry, attempt, { failure: failure!, random: calling.random }),
      calling.stopping,
    );
  }
}

/** Journals how the attempt ended and counts it. Its commit is awaited by whatever comes next. */
function settle(
  calling: Calling,
  item: ItemCalls,
  ended: {
    key: CallKey;
    hash: string;
    attempted: Exclude<Attempted, { kind: 'cancelled' }>;
    latencyMs: number;
    worstCaseUsd: number | null;
  },
): ProviderFailure | null {
  const { attempted, key, hash } = ended;
  const answered = attempted.kind === 'answered';
  const failure = attempted.kind === 'failed' ? attempted.failure : null;
  const costUsd = answered ? attempted.response.costUsd : (failure?.paidUsd ?? null);
  if (answered) addAnswer(item.tally, attempted.response, true);
  else
    addFailure(item.tally, {
      paidUsd: costUsd,
      latencyMs: ended.latencyMs,
      fresh: true,
      failure: failure ?? { class: 'bug', message: String(attempted.kind === 'bug' ? attempted.thrown : '') },
    });
  calling.budget.settle(ended.worstCaseUsd, costUsd);
  const response =
    attempted.kind === 'answered'
      ? attempted.response
      : (failure ?? { class: 'bug', message: String(attempted.kind === 'bug' ? attempted.thrown : '') });
  item.settled = calling.journal.settle({
    ...key,
    requestHash: hash,
    response: JSON.stringify(response),
    ok: answered,
    costUsd,
    latencyMs: answered ? attempted.response.latencyMs : ended.latencyMs,
  });
  // Awaited before the next call or the outcome; not a floating rejection until then.
  item.settled.catch(() => undefined);
  return failure;
}

const skipped = (calls: AmbiguousCall[]): ProviderFailure => ({
  class: 'connection',
  message: `Skipped: a call was started at ${calls[0]!.startedAt} and never finished, and this run was told not to repeat such calls.`,
  status: null,
  retryAfterMs: null,
  paidUsd: null,
});
