/** Outcomes in memory: what comparing, fitting and replaying read. Columns, never rows of objects. */
import type { ScorerSpec } from './scorer.ts';
import type { Json } from './values.ts';

export interface SignalColumn {
  /** Unique: `confidence(small)` for an answer's signal, the column's own name for one known before any call. */
  id: string;
  when: 'before' | 'after';
  /** The candidate whose answer it comes with (`when: after`). */
  candidate: string | null;
  /** The name without the candidate, e.g. `confidence`. */
  name: string;
  type: 'number' | 'label';
  /** number: NaN for missing. label: null for missing. Length n. */
  values: Float64Array | (string | null)[];
}

export interface OutcomeMatrix {
  dataset: { name: string; hash: string; rows: number; scorer: ScorerSpec; inputFields: string[] };
  runs: string[];
  /** n example ids, in the dataset's order: every example for which any candidate has an outcome. */
  examples: string[];
  /** M candidate ids, sorted by id. */
  candidates: string[];
  /** Over time: whose column each is. `candidates` are then `candidate@run`, by candidate and in the order of the runs. */
  versions?: { candidate: string; run: string }[];
  /** Per candidate, length n. NaN: no outcome, or a failed one. */
  scores: Float64Array[];
  /** USD; NaN: unknown. */
  costs: Float64Array[];
  /** ms; NaN: unknown. */
  latencies: Float64Array[];
  /** Codes of canonical answers: equal codes in a row mean the answers agree; -1: no usable answer. */
  answers: Int32Array[];
  /** Per candidate, length n: 1 where the outcome is a failed call. Absent ones are 0. */
  failed: Uint8Array[];
  /** Dense cluster ids: the mapped group joined with rows of identical input. Length n. */
  groups: Int32Array;
  groupCount: number;
  /** As provided by the dataset: 0 fit, 1 calibrate, 2 test, -1 none. */
  splits: Int8Array;
  tags: Record<string, (string | null)[]>;
  signals: SignalColumn[];
  /** Input fields a row. */
  inputs: { [key: string]: Json }[];
  /** Candidates whose prices are nominal. */
  nominal: Set<string>;
  /** What is known of each candidate for the policy's `candidates`. */
  models: Record<
    string,
    {
      provider: string | null;
      model: string | null;
      parameters: { [key: string]: Json };
      inputPerMTok: number | null;
      outputPerMTok: number | null;
      priceDate: string | null;
      priceHash: string | null;
    }
  >;
}
