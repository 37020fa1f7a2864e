/** A model that is trained in the run and answers on this machine. */
import type { Json } from '../../api/index.ts';
import type { ModelRequest, TrainingRow } from '../provider.ts';

export interface LocalAnswer {
  text: string;
  /** 0…1, or null where the model has no notion of it. */
  confidence: number | null;
  /** Words read: the unit in which local usage is counted. */
  inputWords: number;
}
/** A model ready to answer. May answer at once or later. */
export type Answer = (request: ModelRequest) => LocalAnswer | Promise<LocalAnswer>;

export interface LocalModel {
  readonly name: string;
  /** False: answers without having seen a row. */
  readonly learns: boolean;
  /** Throws `input.invalid` for parameters it does not know. Deterministic for the same parameters and rows. */
  train(parameters: { [key: string]: Json }, rows: TrainingRow[], signal: AbortSignal): Promise<Answer>;
}
