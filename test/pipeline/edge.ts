/** The network edge of these tests: a registry of providers that are never called, and a context that answers. */
import { type Example, type Json, WorkbenchError } from '../../engine/api/index.ts';
import {
  compilePipeline,
  type CompiledPipeline,
  type Decision,
  type ItemContext,
  type Span,
} from '../../engine/pipeline/index.ts';
import type {
  ModelRequest,
  ModelResponse,
  Provider,
  ProviderRegistry,
} from '../../engine/providers/provider.ts';

const provider = (id: string): Provider => ({
  id,
  keyVariable: null,
  call: () => Promise.reject(new Error('not called in these tests')),
  stream: () => {
    throw new Error('not called in these tests');
  },
});

export const registry: ProviderRegistry = {
  get: provider,
  list: () => ['local', 'openai', 'anthropic'].map(provider),
  resolve(name) {
    const [id, ...model] = name.split('/');
    if (model.length === 0 || name === 'local/naive-bays') {
      throw new WorkbenchError('model.unknown', `There is no model ${name}.`, {
        hint: 'Did you mean `naive-bayes`?',
      });
    }
    return { provider: id!, model: model.join('/'), parameters: {} };
  },
  worstCaseUsd: ({ spec, messages }) =>
    spec.model === 'unpriced'
      ? null
      : messages.reduce((sum, message) => sum + message.content.length, 0) / 1000,
};

export const fields = { inputFields: ['subject', 'body'], tagFields: [] };

export const problemsOf = (
  text: string,
  dataset: { inputFields: string[]; tagFields: string[] } | null = fields,
): string[] =>
  compilePipeline({ text, file: 'p.yaml', baseFolder: null }, registry, dataset).problems.map(
    ({ file, line, column, message, hint }) => `${file}:${line}:${column} ${message} ${hint}`,
  );

export function compiled(
  text: string,
  baseFolder: string | null = null,
  dataset: { inputFields: string[]; tagFields: string[] } | null = fields,
): CompiledPipeline {
  const { pipeline, problems } = compilePipeline({ text, file: 'p.yaml', baseFolder }, registry, dataset);
  if (!pipeline) throw new Error(JSON.stringify(problems, null, 2));
  return pipeline;
}

export const example = (input: { [key: string]: Json }, id = 'e1'): Example => ({
  id,
  input,
  expected: null,
  group: null,
  tags: {},
  split: null,
});

export const response = (text: string, more: Partial<ModelResponse> = {}): ModelResponse => ({
  text,
  toolCalls: [],
  usage: null,
  answeredBy: 'm',
  finish: 'stop',
  costUsd: 0,
  latencyMs: 1,
  confidence: null,
  ...more,
});

export interface Recorded extends ItemContext {
  calls: { step: string; request: ModelRequest }[];
  spans: Span[];
  effects: { step: string; name: string; request: Json }[];
}
export function context(
  answer: (request: ModelRequest, step: string) => ModelResponse | Promise<ModelResponse>,
  signal: AbortSignal = new AbortController().signal,
  decisions: Record<string, Decision> = {},
): Recorded {
  const calls: Recorded['calls'] = [];
  const spans: Span[] = [];
  const effects: Recorded['effects'] = [];
  const recorded: Recorded = {
    calls,
    spans,
    effects,
    signal,
    call: async (step, request) => {
      calls.push({ step, request });
      return answer(request, step);
    },
    effect: async (step, { name, request, run }) => {
      effects.push({ step, name, request });
      return run(signal);
    },
    decision: (step) => decisions[step] ?? null,
    fork: () => ({ ...recorded }),
    join: () => undefined,
    span: (span) => void spans.push(span),
  };
  return recorded;
}
