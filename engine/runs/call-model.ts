import { failureClasses, WorkbenchError } from '../api/index.ts';
import {
  type ModelRequest,
  type ModelResponse,
  type Provider,
  ProviderError,
  type ProviderFailure,
  timeoutOf,
} from '../providers/provider.ts';

/** How an attempt ended. `bug`: the provider's code threw something that is no failure of a call. */
export type Attempted =
  | { kind: 'answered'; response: ModelResponse }
  | { kind: 'failed'; failure: ProviderFailure; thrown: unknown }
  | { kind: 'cancelled' }
  | { kind: 'bug'; thrown: unknown };

/** One attempt with its time limit; also a provider that ignores its signal is left behind. */
export function callModel(
  provider: Provider,
  request: ModelRequest,
  live: Set<AbortController>,
): Promise<Attempted> {
  const controller = new AbortController();
  live.add(controller);
  const limitMs = timeoutOf(request.spec);
  return new Promise((resolve) => {
    let timedOut = false;
    const finish = (attempted: Attempted): void => {
      clearTimeout(timer);
      live.delete(controller);
      resolve(attempted);
    };
    const timer = setTimeout(() => {
      timedOut = true;
      controller.abort();
      finish(failed(timeout(limitMs), null));
    }, limitMs);
    controller.signal.addEventListener('abort', () => {
      if (!timedOut) finish({ kind: 'cancelled' });
    });
    const rejected = (thrown: unknown): void => {
      if (controller.signal.aborted) return;
      finish(classify(thrown));
    };
    try {
      provider
        .call(request, controller.signal)
        .then((response) => finish({ kind: 'answered', response }), rejected);
    } catch (thrown) {
      rejected(thrown);
    }
  });
}

const failed = (failure: ProviderFailure, thrown: unknown): Attempted => ({
  kind: 'failed',
  failure,
  thrown,
});

const timeout = (limitMs: number): ProviderFailure => ({
  class: 'timeout',
  message: `No answer within ${limitMs} ms.`,
  status: null,
  retryAfterMs: null,
  paidUsd: null,
});

function classify(thrown: unknown): Attempted {
  if (thrown instanceof ProviderError) return failed(thrown.failure, thrown);
  if (thrown instanceof WorkbenchError) {
    const named = failureClasses.find((name) => thrown.code === `provider.${name}`);
    // A missing key or an unknown model never reached the provider.
    const unsent = thrown.kind === 'config' || thrown.kind === 'input';
    if (named !== undefined || unsent) {
      const paidUsd = unsent ? 0 : null;
      return failed(
        { class: named ?? 'auth', message: thrown.message, status: null, retryAfterMs: null, paidUsd },
        thrown,
      );
    }
  }
  return { kind: 'bug', thrown };
}
