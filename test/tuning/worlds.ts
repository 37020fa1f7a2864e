/** Outcome matrices with a known truth, and the ways the tests turn them. */
import { FitInput, type FitResult, type OutcomeMatrix, type PolicyDraft } from '../../engine/api/index.ts';
import { seededRandom } from '../../engine/math/index.ts';
import { fitPolicy } from '../../engine/tuning/index.ts';

export interface CandidateParts {
  score: ArrayLike<number>;
  /** USD a row, or one price for all. */
  cost: ArrayLike<number> | number;
  latencyMs?: ArrayLike<number>;
  answer?: ArrayLike<number>;
  /** Rows whose call failed. */
  failed?: (row: number) => boolean;
  /** A number that comes with each answer. */
  confidence?: ArrayLike<number>;
}
export interface WorldParts {
  candidates: Record<string, CandidateParts>;
  groups?: ArrayLike<number>;
  splits?: ArrayLike<number>;
  examples?: string[];
  tags?: Record<string, (string | null)[]>;
  /** Numbers known before any call. */
  before?: Record<string, ArrayLike<number>>;
  texts?: string[];
}

/** What is not given is absent: no text, no tags, no answers, every row its own group. */
export function world(parts: WorldParts): OutcomeMatrix {
  const candidates = Object.keys(parts.candidates).toSorted();
  const own = candidates.map((id) => parts.candidates[id]!);
  const n = own[0]!.score.length;
  const column = (values: ArrayLike<number> | number | undefined): Float64Array =>
    typeof values === 'object' ? Float64Array.from(values) : new Float64Array(n).fill(values ?? NaN);
  const groups = Int32Array.from(parts.groups ?? Array.from({ length: n }, (_, i) => i));
  return {
    dataset: {
      name: 'world',
      hash: 'h',
      rows: n,
      scorer: { kind: 'exact', caseSensitive: false },
      inputFields: ['q'],
    },
    runs: ['r'],
    examples: parts.examples ?? Array.from({ length: n }, (_, i) => `e${i}`),
    candidates,
    scores: own.map(({ score }) => column(score)),
    costs: own.map(({ cost }) => column(cost)),
    latencies: own.map(({ latencyMs }) => column(latencyMs)),
    answers: own.map(({ answer }) => (answer ? Int32Array.from(answer) : new Int32Array(n).fill(-1))),
    failed: own.map(({ failed }) => Uint8Array.from({ length: n }, (_, row) => (failed?.(row) ? 1 : 0))),
    groups,
    groupCount: new Set(groups).size,
    splits: parts.splits ? Int8Array.from(parts.splits) : new Int8Array(n).fill(-1),
    tags: parts.tags ?? {},
    signals: [
      ...Object.entries(parts.before ?? {}).map(([id, values]) => ({
        id,
        when: 'before' as const,
        candidate: null,
        name: id,
        type: 'number' as const,
        values: column(values),
      })),
      ...candidates.flatMap((id, c) =>
        own[c]!.confidence === undefined
          ? []
          : [
              {
                id: `confidence(${id})`,
                when: 'after' as const,
                candidate: id,
                name: 'confidence',
                type: 'number' as const,
                values: column(own[c]!.confidence),
              },
            ],
      ),
    ],
    inputs: Array.from({ length: n }, (_, i) => (parts.texts ? { q: parts.texts[i]! } : {})),
    nominal: new Set(),
    models: {},
  };
}

/** n draws, each 1 with the probability of its row. */
export function draws(n: number, seed: number, chance: (row: number) => number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: n }, (_, i) => (random.next() < chance(i) ? 1 : 0));
}
export function uniforms(n: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: n }, () => random.next());
}

/** Small's confidence says how likely it is right (from 40 % to 100 %); large is right on 95 % at ten times the cost. */
export function informative(
  n: number,
  seed: number,
): WorldParts & { candidates: Record<string, CandidateParts> } {
  const confidence = uniforms(n, seed);
  return {
    candidates: {
      small: {
        score: draws(n, seed + 1000, (i) => Math.min(0.98, 0.4 + 1.2 * confidence[i]!)),
        cost: 0.001,
        confidence,
      },
      large: { score: draws(n, seed + 2000, () => 0.95), cost: 0.01 },
    },
  };
}

export type Fitted = { result: Omit<FitResult, 'fit' | 'policy'>; draft: PolicyDraft };
export function fit(matrix: OutcomeMatrix, ask: Partial<FitInput> & { maxLoss: number }): Promise<Fitted> {
  return fitPolicy(matrix, FitInput.parse({ runs: ['r'], ...ask }), {
    signal: new AbortController().signal,
    progress: () => {},
    now: '2026-01-01T00:00:00.000Z',
  });
}

/** Most hits that a true rate of `rate` gives in n draws, but for one time in a thousand (exact binomial). */
export function mostHits(n: number, rate: number): number {
  let chance = (1 - rate) ** n;
  let cumulated = chance;
  let k = 0;
  while (cumulated < 0.999 && k < n) {
    k++;
    chance *= ((n - k + 1) / k) * (rate / (1 - rate));
    cumulated += chance;
  }
  return k;
}

/** A matrix with its rows in another order. */
export function permuted(matrix: OutcomeMatrix, order: readonly number[]): OutcomeMatrix {
  const numbers = (values: Float64Array): Float64Array => Float64Array.from(order, (row) => values[row]!);
  const labels = (values: (string | null)[]): (string | null)[] => order.map((row) => values[row] ?? null);
  const ints = (values: Int32Array): Int32Array => Int32Array.from(order, (row) => values[row]!);
  return {
    ...matrix,
    examples: order.map((row) => matrix.examples[row]!),
    scores: matrix.scores.map(numbers),
    costs: matrix.costs.map(numbers),
    latencies: matrix.latencies.map(numbers),
    answers: matrix.answers.map(ints),
    groups: ints(matrix.groups),
    splits: Int8Array.from(order, (row) => matrix.splits[row]!),
    tags: Object.fromEntries(Object.entries(matrix.tags).map(([tag, values]) => [tag, labels(values)])),
    signals: matrix.signals.map((signal) => ({
      ...signal,
      values: signal.values instanceof Float64Array ? numbers(signal.values) : labels(signal.values),
    })),
    inputs: order.map((row) => matrix.inputs[row]!),
  };
}

const words = ['sum', 'proof', 'prime', 'verse', 'rhyme', 'poem', 'why', 'how'];

/** Three candidates, every kind of signal, costs a row, groups of one to three rows. */
export function rich(seed: number): OutcomeMatrix {
  const n = 600;
  const parts = informative(n, seed);
  const random = seededRandom(seed + 1);
  const small = parts.candidates['small']!;
  const medium = draws(n, seed + 2, (i) => (small.score[i] === 1 ? 0.97 : 0.4));
  const costs = (usd: number, from: number): Float64Array => uniforms(n, from).map((x) => usd * (1 + x));
  const answer = (score: ArrayLike<number>): number[] =>
    Array.from({ length: n }, (_, i) => (score[i] === 1 ? 0 : 1 + random.int(4)));
  const large: CandidateParts = parts.candidates['large']!;
  return world({
    candidates: {
      small: {
        ...small,
        cost: costs(0.001, seed + 3),
        answer: answer(small.score),
        latencyMs: costs(100, 7),
      },
      medium: {
        score: medium,
        cost: costs(0.002, seed + 4),
        answer: answer(medium),
        latencyMs: costs(300, 8),
      },
      large: { ...large, cost: costs(0.01, seed + 5), answer: answer(large.score), latencyMs: costs(900, 9) },
    },
    groups: Array.from({ length: n }, (_, i) => (i % 7 === 0 ? i : i - (i % 3 === 0 ? 0 : 1))),
    tags: { subject: Array.from({ length: n }, () => (random.int(2) ? 'maths' : 'verse')) },
    before: { difficulty: small.confidence!.valueOf() as Float64Array },
    texts: Array.from({ length: n }, () =>
      Array.from({ length: 3 + random.int(9) }, () => words[random.int(8)]).join(' '),
    ),
  });
}
