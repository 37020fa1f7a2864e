/** Which column of a table of outcomes plays which part, and what of the engine judging it needs. */
export interface OutcomeColumns {
  example: string;
  candidate: string;
  score?: string | undefined;
  output?: string | undefined;
  cost?: string | undefined;
  latency?: string | undefined;
  /** All of them, cached ones included. */
  inputTokens?: string | undefined;
  outputTokens?: string | undefined;
  cachedInputTokens?: string | undefined;
  cacheWriteTokens?: string | undefined;
  error?: string | undefined;
  /** Which repeat of the same question a row is; repeats become one outcome. */
  epoch?: string | undefined;
  /** The name a price is looked up by; the candidate's own where it is absent. */
  model?: string | undefined;
  finish?: string | undefined;
  /** When the call was made: prices are dated. */
  at?: string | undefined;
  unparsed?: string | undefined;
  signals: string[];
}

export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
}

/** USD of a call to the model of that name; null where the model has no known price. */
export type PriceOf = (model: string, usage: TokenUsage, at: Date | null) => number | null;

export interface OutcomeJudgement {
  price?: PriceOf | undefined;
  /** Whether the dataset's scorer finds an answer in the text. */
  parsed?: ((output: string) => boolean) | undefined;
  /** USD per answer by candidate, where nothing else says it. */
  costPerAnswer?: Readonly<Record<string, number>> | undefined;
}

/** What was found about a row beside the outcome itself. */
export interface OutcomeMarks {
  /** The cost was computed from usage × price. */
  priced: boolean;
  /** Stated cost and usage × price, where they disagree. */
  mismatch: { stated: number; computed: number } | null;
  /** Null where the table does not say how answers ended. */
  truncated: boolean | null;
  unparsed: boolean;
}
