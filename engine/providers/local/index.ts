/** Real models that run here: trained on the run's fit rows, deterministic, no network. */
import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { costUsd } from '../costs.ts';
import {
  type ModelRequest,
  type ModelResponse,
  type ModelSpec,
  type Provider,
  ProviderError,
  type TrainingRow,
} from '../provider.ts';
import { throwIfAborted } from './breathe.ts';
import { echo } from './echo.ts';
import { encoderLogistic } from './encoder-logistic.ts';
import type { Answer, LocalAnswer, LocalModel } from './local-model.ts';
import { naiveBayes } from './naive-bayes.ts';
import { countWords } from './text-fields.ts';

const models = new Map<string, LocalModel>(
  [naiveBayes, encoderLogistic, echo].map((model) => [model.name, model]),
);
export const localModelNames = [...models.keys()];

/** Trained models kept; the least recently prepared goes first. */
const KEPT = 16;

export function localProvider(clock: () => number): Provider {
  // By spec and rows: two runs with the same model and rows train once.
  const trained = new Map<string, Promise<Answer>>();
  const lastForSpec = new Map<string, Answer>();
  // By the run's own spec object: two runs at once may train the same spec on different rows.
  const bySpec = new WeakMap<ModelSpec, Answer>();

  const train = (spec: ModelSpec, rows: TrainingRow[], signal: AbortSignal): Promise<Answer> => {
    const model = modelOf(spec);
    const key = `${specKey(spec)} ${model.learns ? rowsKey(rows) : ''}`;
    const known = trained.get(key);
    // Not shared while it trains: another run's cancellation must not end this one.
    if (known !== undefined) {
      trained.delete(key);
      trained.set(key, known);
      return known;
    }
    return model.train(spec.parameters, rows, signal).then((answer) => {
      trained.set(key, Promise.resolve(answer));
      const oldest = trained.keys().next();
      if (trained.size > KEPT && !oldest.done) trained.delete(oldest.value);
      return answer;
    });
  };

  const answerOf = async (request: ModelRequest, signal: AbortSignal): Promise<Answer> => {
    const { spec } = request;
    const model = modelOf(spec);
    let answer = bySpec.get(spec);
    if (answer === undefined) {
      answer = lastForSpec.get(specKey(spec)) ?? (model.learns ? undefined : await train(spec, [], signal));
      if (answer === undefined)
        throw failure(`local/${spec.model} has not been trained: there were no fit rows.`);
      bySpec.set(spec, answer);
    }
    return answer;
  };

  const respond = async (request: ModelRequest, signal: AbortSignal): Promise<ModelResponse> => {
    throwIfAborted(signal);
    const answer = await answerOf(request, signal);
    const started = clock();
    const produced = await answer(request);
    throwIfAborted(signal);
    return toResponse(request.spec, produced, clock() - started);
  };

  return {
    id: 'local',
    keyVariable: null,
    call: respond,
    async *stream(request, signal) {
      const response = await respond(request, signal);
      yield { type: 'text', text: response.text };
      yield { type: 'done', response };
    },
    learns: (spec) => modelOf(spec).learns,
    async prepare(spec, rows, signal) {
      throwIfAborted(signal);
      if (modelOf(spec).learns && rows.length === 0)
        throw failure(`local/${spec.model} needs labelled fit rows; there are none.`);
      const answer = await train(spec, rows, signal);
      bySpec.set(spec, answer);
      lastForSpec.set(specKey(spec), answer);
    },
  };
}

function toResponse(
  spec: ModelSpec,
  { text, confidence, inputWords }: LocalAnswer,
  latencyMs: number,
): ModelResponse {
  const usage = {
    inputTokens: inputWords,
    outputTokens: countWords(text),
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
  };
  return {
    text,
    toolCalls: [],
    usage,
    answeredBy: spec.model,
    finish: 'stop',
    costUsd: costUsd(spec, usage),
    latencyMs,
    confidence,
  };
}

function modelOf(spec: ModelSpec): LocalModel {
  const model = models.get(spec.model);
  if (model === undefined)
    throw failure(`There is no local model "${spec.model}"; there are ${localModelNames.join(', ')}.`);
  return model;
}

const failure = (message: string): ProviderError =>
  new ProviderError({ class: 'bad_request', message, status: null, retryAfterMs: null, paidUsd: 0 });

const specKey = ({ model, parameters }: ModelSpec): string => canonicalize({ model, parameters }) ?? model;

function rowsKey(rows: TrainingRow[]): string {
  return hash('sha256', JSON.stringify(rows.map(({ input, label }) => [canonicalize(input), label])));
}
