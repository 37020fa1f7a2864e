/**
 * The store's surface. Rooms above see these repositories and never SQL.
 * One process owns a workspace; every write is whole or not at all.
 */
import type {
  AgreementSpec,
  AmbiguousCall,
  DatasetDifference,
  DatasetMapping,
  DatasetShown,
  DatasetSummary,
  DifferentRow,
  Example,
  FitResult,
  ItemTrace,
  Json,
  Outcome,
  OutcomeMatrix,
  Page,
  Policy,
  PolicyListed,
  RejectedRows,
  ReviewVerdict,
  RunStatus,
  RunSummary,
  ScorerSpec,
  Warning,
} from '../api/index.ts';

export type RowDifference = Pick<DatasetDifference, 'by' | 'counts' | 'moves'> & {
  /** The rows that differ, in the order of the newer version. */
  rows(limit?: number): AsyncGenerator<DifferentRow[]>;
};

export interface DatasetRecord {
  name: string;
  hash: string;
  created: string;
  mapping: DatasetMapping;
  scorer: ScorerSpec;
  source: string;
  /** What the import left out; only written, `show` answers it. */
  rejected?: RejectedRows;
}

/** A table file that the database reads alone: its mapped columns stand in it under their own names. */
export type TableFile = { path: string } & (
  | { format: 'csv'; columns: string[]; delimiter: string }
  | { format: 'jsonl' | 'parquet'; columns: string[] }
);
/** What an import by the database found, for whoever names the dataset. */
export interface ReadTable {
  rows: number;
  /** Enough to tell how answers are judged: the first, and every distinct one that is not plainly a number. */
  expecteds(): AsyncIterable<Json>;
}

export interface DatasetRepository {
  /** Streams batches into one transaction. If a batch throws, nothing remains. Returns the row count. */
  insert(record: DatasetRecord, batches: AsyncIterable<Example[]>): Promise<number>;
  /**
   * Reads a plain table file in the database, whole or not at all. `name` gets what was found, before anything is kept,
   * and says what dataset that is (null: it cannot be used); content that is known already is stored once. Null where
   * the file is not plain or not named: nothing has changed then, and `insert` has to be used.
   */
  insertTable(
    file: TableFile,
    mapping: DatasetMapping,
    name: (read: ReadTable) => Promise<DatasetRecord | null>,
  ): Promise<DatasetRecord | null>;
  /** By name (its newest version) or by hash or unique hash prefix of ≥ 6 characters. */
  find(ref: string): Promise<(DatasetRecord & { rows: number }) | null>;
  list(): Promise<DatasetSummary[]>;
  show(hash: string): Promise<DatasetShown>;
  /** Rows by split as provided; `none` where a row has none. */
  splits(hash: string): Promise<Record<string, number>>;
  /** In import order, in batches of about 2,048. */
  examples(hash: string, options?: { split?: Example['split']; ids?: string[] }): AsyncIterable<Example[]>;
  /** Counted at once; the rows are read as they are asked for. */
  difference(before: string, after: string): Promise<RowDifference>;
  page(hash: string, request: { offset: number; limit: number; search?: string | undefined }): Promise<Page>;
}

export interface RunRecord {
  id: string;
  name: string;
  kind: 'pipeline' | 'recorded';
  dataset: string;
  datasetHash: string;
  status: RunStatus;
  reason: { code: string; message: string } | null;
  created: string;
  /** Everything needed to resume: compiled pipeline source, candidates, seed, budget. JSON. */
  config: unknown;
  configHash: string;
  total: number;
  wallMs: number;
  budgetUsd: number | null;
}

/** Columns of what outcomes used; several rows of one (example, candidate) are its calls. NaN: not known. */
export interface RecordedUsage {
  rows: number;
  examples: string[];
  candidates: string[];
  /** `provider/model` as asked for; null: the outcome's totals, whatever the candidate's model was. */
  models: (string | null)[];
  answeredBy: (string | null)[];
  calls: Float64Array;
  /** All input tokens, those from a cache included. */
  inputTokens: Float64Array;
  outputTokens: Float64Array;
  cachedInputTokens: Float64Array;
  cacheWriteTokens: Float64Array;
}

export interface RunRepository {
  create(record: RunRecord): Promise<void>;
  update(
    id: string,
    patch: Partial<Pick<RunRecord, 'status' | 'reason' | 'wallMs' | 'total' | 'budgetUsd'>>,
  ): Promise<void>;
  /** By id, unique id prefix, or `latest`. */
  find(ref: string): Promise<RunRecord | null>;
  list(): Promise<RunRecord[]>;
  /** A recorded run, whole or not at all. */
  insertRecorded(record: RunRecord, batches: AsyncIterable<Outcome[]>, nominal: string[]): Promise<number>;
  summary(id: string): Promise<RunSummary>;
  /** Newest outcome a (example, candidate): a retried one replaces its failed predecessor. */
  page(
    id: string,
    request: {
      offset: number;
      limit: number;
      candidate?: string | undefined;
      only: 'all' | 'failed' | 'wrong' | 'unparsed';
    },
  ): Promise<Page>;
  /** (example, candidate) pairs that have an outcome; `failed` ones apart. Keys are `example\u0000candidate`. */
  finished(id: string): Promise<{ done: Set<string>; failed: Set<string> }>;
  /** Texts of the newest outcomes: by candidate id, then example id. Null: no answer. */
  outputs(
    ids: string[],
    options: { examples: string[]; candidates: string[] },
  ): Promise<Map<string, Map<string, string | null>>>;
  /** What the newest outcomes used, for pricing them anew. */
  usage(ids: string[], candidates: string[]): AsyncIterable<RecordedUsage>;
  /** The newest outcomes of a run, in batches of about 2,048; in no particular order. */
  outcomes(id: string): AsyncIterable<Outcome[]>;
  /** Ids of the examples in whose input, expected answer or newest answer the text stands, in whatever case. */
  searched(ids: string[], options: { candidates: string[]; text: string }): Promise<Set<string>>;
  /** Changes with every outcome written to one of these runs: what was read before is then out of date. */
  version(ids: string[]): Promise<string>;
  /** Counts and money of everything recorded so far: what a run's progress starts from. */
  totals(id: string): Promise<RunTotals>;
  /** One matrix over one or more runs of the same dataset. `canonical` maps an output to its canonical answer, null for unusable. */
  matrix(
    ids: string[],
    options: {
      candidates?: string[] | undefined;
      inputs: boolean;
      canonical: (scorer: AgreementSpec, output: string) => string | null;
    },
  ): Promise<OutcomeMatrix>;
}

/** Over the newest outcome of each (example, candidate). */
export interface RunTotals {
  done: number;
  failed: number;
  cached: number;
  /** Null where any is unknown. */
  costUsd: number | null;
  /** Over every outcome ever recorded, replaced ones too: they were paid. Null where any is unknown. */
  freshCostUsd: number | null;
  inputTokens: number;
  outputTokens: number;
}

/** Key of one call of one run. */
export interface CallKey {
  run: string;
  example: string;
  candidate: string;
  /** Step path. */
  step: string;
  attempt: number;
}
export interface CallIntent extends CallKey {
  requestHash: string;
  model: string;
  /** Worst case; null when unknown. */
  estimatedCostUsd: number | null;
  startedAt: string;
}
export interface CallResult extends CallKey {
  requestHash: string;
  /** JSON of the ModelResponse, or of the ProviderFailure. */
  response: string;
  ok: boolean;
  costUsd: number | null;
  latencyMs: number;
}

/** The call ledger. Append-only, group commit: a promise settles when its rows are durable. */
export interface Journal {
  intend(intent: CallIntent): Promise<void>;
  settle(result: CallResult): Promise<void>;
  /** The last step's result, the outcome and what led to it commit together. */
  outcome(outcome: Outcome, trace?: ItemTrace): Promise<void>;
  /** An item that waits for a person; the last step's result and this commit together. */
  park(review: ParkedReview): Promise<void>;
  /** Finished calls of a run whose item has no outcome yet, or a failed one, for replay on resume. */
  replay(run: string): Promise<CallResult[]>;
  ambiguous(run: string): Promise<AmbiguousCall[]>;
  /** Calls of a run that an earlier one had begun and never finished: the same request, which may be paid for twice. */
  askedBefore(run: string): Promise<AmbiguousCall[]>;
  /** The most a run's calls can have cost so far, for its budget: where no price paid is known, the worst case. */
  committedUsd(run: string): Promise<number>;
  /** A successful earlier answer to the same request, from any run. */
  cached(requestHash: string): Promise<CallResult | null>;
  flush(): Promise<void>;
}

/** An outcome with what led to it. */
export interface TracedOutcome {
  outcome: Outcome;
  /** Null where none was recorded. */
  trace: ItemTrace | null;
  /** False: a later outcome of the same example and candidate has taken its place. */
  newest: boolean;
}
export interface TraceRepository {
  /** Newest outcomes of one example, by candidate. */
  of(run: string, example: string): Promise<TracedOutcome[]>;
  /** Every outcome of a run, in batches, in no particular order. */
  all(run: string): AsyncIterable<TracedOutcome[]>;
}

/** What a person is asked about one step of one item. */
export interface ParkedReview {
  id: string;
  run: string;
  example: string;
  candidate: string;
  /** Step path. */
  step: string;
  reason: string;
  question: string | null;
  options: string[] | null;
  answer: string | null;
  askedAt: string;
}
export interface StoredDecision {
  review: string;
  verdict: ReviewVerdict;
  /** What stands for the answer; null where it was rejected. */
  answer: string | null;
  by: string;
  note: string | null;
  decidedAt: string;
  /** From when it was first shown until it was decided; null: not known. */
  tookMs: number | null;
}
export interface ReviewRepository {
  /** Newest last; a decided one with its decision. */
  list(options: {
    run?: string | undefined;
    status: 'waiting' | 'decided' | 'all';
    offset: number;
    limit: number;
  }): Promise<{ total: number; reviews: (ParkedReview & { decision: StoredDecision | null })[] }>;
  /** By id or its unique beginning. */
  find(ref: string): Promise<(ParkedReview & { decision: StoredDecision | null }) | null>;
  /** Throws `review.decided` where there is a decision: the first one counts. */
  decide(decision: StoredDecision): Promise<void>;
  /** Of a run: items with an open question (`example\u0000candidate`), and decisions by item and step. */
  state(run: string): Promise<{
    waiting: Set<string>;
    decisions: Map<string, Map<string, StoredDecision>>;
  }>;
}

export interface FitRepository {
  insert(fit: FitResult, policy: Policy, draftName: string): Promise<void>;
  get(ref: string): Promise<FitResult | null>;
  list(): Promise<FitResult[]>;
}
export interface PolicyRepository {
  /** By id, unique prefix, or name (newest). */
  get(ref: string): Promise<{ id: string; policy: Policy } | null>;
  list(): Promise<PolicyListed[]>;
}

export interface Store {
  readonly folder: string;
  /** What opening found and did: a log moved aside, a lock taken over, runs a dead process left behind. */
  readonly warnings: Warning[];
  readonly datasets: DatasetRepository;
  readonly runs: RunRepository;
  readonly journal: Journal;
  readonly fits: FitRepository;
  readonly policies: PolicyRepository;
  readonly reviews: ReviewRepository;
  readonly traces: TraceRepository;
  counts(): Promise<{
    datasets: number;
    runs: number;
    outcomes: number;
    fits: number;
    policies: number;
    freshCostUsd: number;
    cachedCostUsd: number;
  }>;
  close(): Promise<void>;
}
