import type { Example, Json, Outcome, PipelineStep } from '../api/index.ts';
import type { ModelRequest, ModelResponse, ModelSpec } from '../providers/provider.ts';
import type { SignalValue } from './condition.ts';
import type { StepKind } from './specification.ts';
import type { Recogniser } from './recognisers.ts';
import type { Reducer } from './state.ts';
import type { TemplateScope } from './references.ts';
import type { Template } from './template.ts';

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
  steps: PipelineStep[];
  /** Internal to the room. */
  program: Step[];
  /** What leaves the pipeline; the latest answer where it does not say. */
  output: Template | null;
  state: StateKeys;
  sensitivity: Sensitivity | null;
  /** Steps that run code of the user's own: a run starts them only where that is allowed. */
  codeSteps: string[];
  /** Makes the indexes that its steps search; before the first item, so that none waits for them. */
  prepare(signal: AbortSignal): Promise<void>;
}

/** An effect outside the models: a tool called, documents searched. Journalled as a call is; never made twice knowingly. */
export interface Effect {
  /** What is called, as the journal names it: `tool/search`. */
  name: string;
  /** With the name, everything the result depends on. */
  request: Json;
  /** Milliseconds. */
  timeoutMs: number;
  run(signal: AbortSignal): Promise<Json>;
}

/** State by key: what it begins with, and how a new value joins the one there. */
export type StateKeys = Map<string, { reducer: Reducer; initial: Json }>;
/** Requests in which one of `detect` is recognised reach candidates of `allow` only. */
export interface Sensitivity {
  detect: readonly Recogniser[];
  allow: ReadonlySet<string>;
}

export interface ItemContext {
  /** Retried, journalled and budgeted by the run. Throws ProviderError on final failure. */
  call(step: string, request: ModelRequest): Promise<ModelResponse>;
  /** Journalled by the run. Throws what `run` throws. */
  effect(step: string, effect: Effect): Promise<Json>;
  /** What a person decided at this step of this item; null while nobody has. */
  decision(step: string): Decision | null;
  /** For steps that run side by side: costs add up as ever, of their latencies the longest counts. */
  fork(): ItemContext;
  join(forks: ItemContext[]): void;
  signal: AbortSignal;
  span(span: Span): void;
}
export interface Decision {
  /** What stands for the answer from here on; null: it was rejected. */
  answer: string | null;
  /** Who decided. */
  by: string;
  note: string | null;
}
/** What is asked of a person. */
export interface ReviewRequest {
  step: string;
  reason: string;
  question: string | null;
  options: string[] | null;
  /** The answer that was looked at. */
  answer: string | null;
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

/** One item on its way through the steps; inside a map or a parallel branch, one element's or branch's own view of it. */
export interface Item {
  candidate: string;
  example: Example;
  context: ItemContext;
  sensitivity: Sensitivity | null;
  stateKeys: StateKeys;
  /** Where its steps stand, as journal and spans name them: `` at the top, `each[3]/` inside a map. */
  prefix: string;
  /** Before the names of candidates, as the outermost pipeline knows them: `sub/` in the pipeline a step `sub` calls. */
  candidatePrefix: string;
  scope: TemplateScope;
  signals: Map<string, SignalValue>;
  /** The latest answer of each generate step. */
  answers: Map<string, Answer>;
  answeredBy: string[];
  /** The answer that leaves the pipeline unless a later step answers again. */
  output: string | null;
  /** What steps put into the state, in order, since this view was made. */
  writes: StateWrite[];
}
export interface StateWrite {
  key: string;
  value: Json;
}
export interface Answer {
  candidate: string;
  request: ModelRequest;
  response: ModelResponse;
}

/** Calls a step may make: of each `oneOf` one is made; `any` takes the dearest of its alternatives. */
export type CallPlan =
  | { oneOf: ModelRequest[] }
  | { all: CallPlan[] }
  | { any: CallPlan[] }
  | { times: number; plan: CallPlan };
export interface Reckoning {
  arm: string;
  example: Example;
  /** `outputs` holds the longest texts earlier steps may have given. */
  scope: TemplateScope;
}

export interface Step {
  id: string;
  kind: StepKind;
  needs: string[];
  /** Steps inside it, for those who draw or count. */
  inner?: { name: string | null; steps: Step[] }[];
  /** Throws GuardBlocked to end the item, ItemParked to wait for a person, ProviderError where a call failed for good. */
  run(item: Item): void | Promise<void>;
  /** The calls this step makes in the worst case, for one arm and one example; its longest output goes into the scope. */
  plan?(reckoning: Reckoning): CallPlan | null;
}

export class GuardBlocked extends Error {
  override readonly name = 'GuardBlocked';
}

/** Ends the item's way for now: it has no outcome, holds no memory, and continues here once somebody decides. */
export class ItemParked extends Error {
  override readonly name = 'ItemParked';
  /** More than one where steps side by side wait. */
  readonly reviews: ReviewRequest[];
  constructor(reviews: ReviewRequest[]) {
    super(`Waiting for a review at ${reviews.map(({ step }) => step).join(', ')}.`);
    this.reviews = reviews;
  }
}
