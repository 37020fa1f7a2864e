/** Answers recorded elsewhere, served as if they were called now. */
import { costUsd } from './costs.ts';
import {
  type ModelRequest,
  type ModelResponse,
  type Provider,
  ProviderError,
  type Usage,
} from './provider.ts';

export interface RecordedAnswer {
  text: string;
  usage?: Usage | null;
  /** What was recorded; when absent it is worked out from usage and price. */
  costUsd?: number | null;
  latencyMs?: number;
  confidence?: number | null;
  answeredBy?: string;
}
/** By `request.example` and `request.spec.model`; null where nothing was recorded. */
export type RecordedLookup = (
  request: ModelRequest,
  signal: AbortSignal,
) => RecordedAnswer | null | Promise<RecordedAnswer | null>;

export function recordedProvider(lookup: RecordedLookup): Provider {
  const call = async (request: ModelRequest, signal: AbortSignal): Promise<ModelResponse> => {
    if (signal.aborted) throw new DOMException('The operation was cancelled.', 'AbortError');
    const answer = await lookup(request, signal);
    const { spec, example } = request;
    if (answer === null) {
      throw new ProviderError({
        class: 'bad_request',
        message: `Nothing is recorded for ${spec.model} on example ${example ?? '(none)'}.`,
        status: null,
        retryAfterMs: null,
        paidUsd: 0,
      });
    }
    const usage = answer.usage ?? null;
    return {
      text: answer.text,
      toolCalls: [],
      usage,
      answeredBy: answer.answeredBy ?? spec.model,
      finish: 'stop',
      costUsd: answer.costUsd === undefined ? costUsd(spec, usage) : answer.costUsd,
      latencyMs: answer.latencyMs ?? 0,
      confidence: answer.confidence ?? null,
    };
  };
  return {
    id: 'recorded',
    keyVariable: null,
    call,
    async *stream(request, signal) {
      const response = await call(request, signal);
      yield { type: 'text', text: response.text };
      yield { type: 'done', response };
    },
  };
}
