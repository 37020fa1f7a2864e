import type { ItemTrace, SpanRecord, TraceCall } from '../api/index.ts';
import type { Span } from '../pipeline/index.ts';
import { type ModelRequest, type ModelResponse, ProviderError } from '../providers/provider.ts';
import type { Tally } from './tally.ts';

/** Collects what one item does. Costs a few objects a step: nothing is written before the outcome is. */
export interface TraceRecorder {
  readonly trace: ItemTrace;
  /** What a pipeline's step says of itself. */
  span(span: Span): void;
  /** A call with every attempt that its `tally` counts meanwhile; one tally's calls come one after the other. */
  call(asked: Asked, calling: () => Promise<ModelResponse>): Promise<ModelResponse>;
}
interface Asked {
  step: string;
  request: ModelRequest;
  tally: Tally;
}

export function recordTrace(): TraceRecorder {
  const began = performance.now();
  const spans: SpanRecord[] = [];
  const trace: ItemTrace = { startedMs: performance.timeOrigin + began, spans };

  function ended(asked: Asked, from: number, started: number): SpanRecord & { call: TraceCall } {
    const { spec, messages } = asked.request;
    const attempts = asked.tally.attempts?.slice(from) ?? [];
    for (const attempt of attempts) attempt.endMs -= began;
    const span = {
      path: asked.step,
      kind: 'generate',
      startMs: started - began,
      durationMs: performance.now() - started,
      attributes: {},
      call: {
        candidate: null,
        provider: spec.provider,
        model: spec.model,
        temperature: spec.temperature ?? null,
        maxOutputTokens: spec.maxOutputTokens ?? null,
        // An agent may go on writing into its list.
        messages: messages.slice(),
        attempts,
        answer: null,
        failure: null,
      },
    };
    spans.push(span);
    return span;
  }

  return {
    trace,
    span({ step, kind, startedMs, durationMs, attributes }) {
      // Generating is asking and nothing else: one span, of which the run knows most and the step the candidate's name.
      if (kind === 'generate') {
        for (let at = spans.length - 1; at >= 0; at--) {
          const { path, call } = spans[at]!;
          if (path !== step || call === null || call.candidate !== null) continue;
          const { candidate } = attributes;
          if (typeof candidate === 'string') call.candidate = candidate;
          return;
        }
      }
      spans.push({
        path: step,
        kind,
        startMs: startedMs - trace.startedMs,
        durationMs,
        attributes,
        call: null,
      });
    },
    async call(asked, calling) {
      const from = asked.tally.attempts?.length ?? 0;
      const started = performance.now();
      try {
        const response = await calling();
        const { call } = ended(asked, from, started);
        call.answer = {
          text: response.text,
          toolCalls: response.toolCalls,
          model: response.answeredBy,
          finish: response.finish,
          confidence: response.confidence,
          usage: response.usage,
        };
        return response;
      } catch (thrown) {
        const { call } = ended(asked, from, started);
        call.failure =
          thrown instanceof ProviderError
            ? { class: thrown.failure.class, message: thrown.failure.message }
            : { class: 'bug', message: thrown instanceof Error ? thrown.message : String(thrown) };
        throw thrown;
      }
    },
  };
}
