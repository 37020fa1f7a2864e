import type { Example, Json, Outcome } from '../api/index.ts';
import type { ModelRequest, ModelResponse, ModelSpec } from '../providers/provider.ts';
import type { SignalValue } from './condition.ts';
import type { TemplateScope } from './template.ts';

/** A pipeline checked and ready to run: templates, conditions and validators are made once, here. */
export interface CompiledPipeline {
  name: string;
  /** sha256 over the canonical JSON of everything that decides what the pipeline does, prompt files included. */
  hash: string;
  /** Self-contained (files inlined, models resolved) YAML: compiles anywhere to the same hash. */
  source: string;
  /** What a run measures: the arms of a route by candidate, else one candidate named after the pipeline. */
  candidates: string[];
  /** Every model used, by its declared name; a pipeline that is one candidate has its last model under its own name too. */
  models: Record<string, ModelSpec>;
  steps: { id: string; kind: string; needs: string[] }[];
  /** Internal to the room. */
  program: Step[];
}

export interface ItemContext {
  /** Retried, journalled and budgeted by the run. Throws ProviderError on final failure. */
  call(step: string, request: ModelRequest): Promise<ModelResponse>;
  signal: AbortSignal;
  span(span: Span): void;
}
export interface Span {
  step: string;
  kind: string;
  /** Milliseconds since the epoch. */
  startedMs: number;
  durationMs: number;
  attributes: Record<string, Json>;
}
export interface ItemResult {
  output: string | null;
  /** By step id, with `confidence` and `answer_chars` of the last answer. */
  signals: Record<string, SignalValue>;
  error: Outcome['error'];
  /** The models that answered, in order of first answer, joined by ", ". */
  answeredBy: string | null;
}

/** One item on its way through the steps. */
export interface Item {
  candidate: string;
  example: Example;
  context: ItemContext;
  scope: TemplateScope;
  signals: Map<string, SignalValue>;
  /** The latest answer of each generate step. */
  answers: Map<string, Answer>;
  answeredBy: string[];
  /** The answer that leaves the pipeline unless a later step answers again. */
  output: string | null;
}
export interface Answer {
  candidate: string;
  request: ModelRequest;
  response: ModelResponse;
}

export interface Step {
  id: string;
  kind: 'signal' | 'generate' | 'guard';
  needs: string[];
  /** Throws GuardBlocked to end the item, ProviderError where a call failed for good. */
  run(item: Item): void | Promise<void>;
  /**
   * The calls this step makes in the worst case, for one arm and one example: of each list one is made.
   * `outputs` holds the longest texts earlier steps may have given.
   */
  worstCase?(arm: string, example: Example, outputs: Map<string, string>): ModelRequest[][];
}

export class GuardBlocked extends Error {
  override readonly name = 'GuardBlocked';
}
