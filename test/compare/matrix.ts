import type { OutcomeMatrix } from '../../engine/api/index.ts';

/** A matrix from plain columns: what these tests do not look at is empty. */
export function matrixOf(parts: {
  scores: Record<string, number[]>;
  costs?: Record<string, number[]>;
  latencies?: Record<string, number[]>;
  groups?: number[];
  tags?: Record<string, (string | null)[]>;
  failures?: number[];
  nominal?: string[];
}): OutcomeMatrix {
  const candidates = Object.keys(parts.scores).toSorted();
  const n = parts.scores[candidates[0]!]!.length;
  const column = (values: number[] | undefined): Float64Array =>
    values ? Float64Array.from(values) : new Float64Array(n).fill(NaN);
  const groups = Int32Array.from(parts.groups ?? Array.from({ length: n }, (_, i) => i));
  return {
    dataset: {
      name: 'd',
      hash: 'h',
      rows: n,
      scorer: { kind: 'exact', caseSensitive: false },
      inputFields: ['q'],
    },
    runs: ['r'],
    examples: Array.from({ length: n }, (_, i) => `e${i}`),
    candidates,
    scores: candidates.map((id) => column(parts.scores[id])),
    costs: candidates.map((id) => column(parts.costs?.[id])),
    latencies: candidates.map((id) => column(parts.latencies?.[id])),
    answers: candidates.map(() => new Int32Array(n)),
    failed: candidates.map((_, c) =>
      Uint8Array.from({ length: n }, (__, row) => (row < (parts.failures?.[c] ?? 0) ? 1 : 0)),
    ),
    groups,
    groupCount: new Set(groups).size,
    splits: new Int8Array(n).fill(-1),
    tags: parts.tags ?? {},
    signals: [],
    inputs: [],
    nominal: new Set(parts.nominal),
    models: {},
  };
}
