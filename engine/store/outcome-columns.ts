import { INTEGER, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { doubles, integers, strings } from './columns.ts';
import type { Database } from './database.ts';
import { placeOf } from './example-place.ts';
import { jsonPointer } from './example-rows.ts';

export interface SignalField {
  name: string;
  type: 'number' | 'label';
}
/** Newest outcomes by candidate, then dataset row. NaN: unknown. */
export interface OutcomeColumns {
  candidates: string[];
  scores: Float64Array[];
  costs: Float64Array[];
  latencies: Float64Array[];
  /** 0 no outcome, 1 answered, 2 failed. */
  states: Uint8Array[];
  /** Index of the distinct output; -1: none. Empty where outputs were not asked for. */
  outputs: Int32Array[];
  /** By candidate, then signal field. */
  signals: (Float64Array | (string | null)[])[][];
}

export interface OutcomesWanted {
  dataset: number;
  rows: number;
  runs: string[];
  candidates: string[];
  /** The table of distinct outputs on the same connection, if codes are wanted. */
  outputs: string | null;
  signals: SignalField[];
}

/** One pass over the outcomes of some runs; of two for the same (example, candidate) the later written one counts. */
export async function readOutcomeColumns(
  source: Pick<Database, 'chunks'>,
  wanted: OutcomesWanted,
): Promise<OutcomeColumns> {
  const { rows, candidates, signals } = wanted;
  const nan = (): Float64Array => new Float64Array(rows).fill(NaN);
  const columns: OutcomeColumns = {
    candidates,
    scores: candidates.map(nan),
    costs: candidates.map(nan),
    latencies: candidates.map(nan),
    states: candidates.map(() => new Uint8Array(rows)),
    outputs: candidates.map(() => new Int32Array(wanted.outputs === null ? 0 : rows).fill(-1)),
    signals: candidates.map(() =>
      signals.map(({ type }) => (type === 'number' ? nan() : Array.from({ length: rows }, () => null))),
    ),
  };
  const newest = candidates.map(() => new Float64Array(rows));
  for await (const chunk of source.chunks(sqlOf(wanted), ...bound(wanted))) {
    const [row, candidate, state, code] = [0, 1, 2, 3].map((i) => integers(chunk, i)) as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    const [seq, score, cost, latency] = [4, 5, 6, 7].map((i) => doubles(chunk, i)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const given = signals.map(({ type }, i) =>
      type === 'number' ? doubles(chunk, 8 + i) : strings(chunk, 8 + i),
    );
    for (let i = 0; i < chunk.rowCount; i++) {
      const c = candidate[i]!;
      const r = row[i]!;
      if (seq[i]! < newest[c]![r]!) continue;
      newest[c]![r] = seq[i]!;
      columns.states[c]![r] = state[i]!;
      columns.scores[c]![r] = score[i]!;
      columns.costs[c]![r] = cost[i]!;
      columns.latencies[c]![r] = latency[i]!;
      if (wanted.outputs !== null) columns.outputs[c]![r] = code[i]!;
      for (let s = 0; s < given.length; s++) columns.signals[c]![s]![r] = given[s]![i]!;
    }
  }
  return columns;
}

function sqlOf({ outputs, signals }: OutcomesWanted): string {
  const number = (i: number): string =>
    `coalesce(TRY_CAST(json_extract_string(o.signals, $${i}) AS DOUBLE), 'NaN'::DOUBLE)`;
  const fields = signals.map(({ type }, i) =>
    type === 'number' ? number(i + 4) : `json_extract_string(o.signals, $${i + 4})`,
  );
  return `
    WITH wanted AS (SELECT unnest($2) AS name, generate_subscripts($2, 1)::INTEGER - 1 AS place)
    SELECT ${placeOf('e', '$1')}, w.place, CASE WHEN o.error_class IS NULL THEN 1 ELSE 2 END::INTEGER,
      ${outputs === null ? '-1::INTEGER' : 'coalesce(k.code, -1)'}, o.seq::DOUBLE,
      coalesce(CASE WHEN o.error_class IS NULL THEN o.score END, 'NaN'::DOUBLE), coalesce(o.cost_usd, 'NaN'::DOUBLE),
      coalesce(o.latency_ms, 'NaN'::DOUBLE)${fields.map((field) => `, ${field}`).join('')}
    FROM outcomes o JOIN wanted w ON w.name = o.candidate
      JOIN examples e ON e.id = o.example AND e.dataset = $1
      ${outputs === null ? '' : `LEFT JOIN ${outputs} k ON k.output = o.output AND o.error_class IS NULL`}
    WHERE o.run IN (SELECT unnest($3))`;
}

function bound({
  dataset,
  candidates,
  runs,
  signals,
}: OutcomesWanted): Parameters<Database['chunks']> extends [unknown, ...infer V] ? V : never {
  const pointers = signals.map(({ name }) => jsonPointer(name));
  return [
    [dataset, listValue(candidates), listValue(runs), ...pointers],
    [INTEGER, LIST(VARCHAR), LIST(VARCHAR), ...pointers.map(() => VARCHAR)],
  ];
}
