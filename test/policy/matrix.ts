import type { OutcomeMatrix } from '../../engine/api/index.ts';
import { seededRandom } from '../../engine/math/index.ts';

/** Outcomes of small, medium and large: dearer is better; answers agree more often when both are right. */
export function outcomes(n: number, seed = 1): OutcomeMatrix {
  const random = seededRandom(seed);
  const candidates = ['large', 'medium', 'small'];
  const right = [0.95, 0.85, 0.8];
  const column = (make: (row: number) => number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => make(i));
  const hard = column(() => random.next());
  const scores = right.map((p) => column((i) => (random.next() < p - 0.3 * (hard[i]! - 0.5) ? 1 : 0)));
  return {
    dataset: {
      name: 'd',
      hash: 'h',
      rows: n,
      scorer: { kind: 'exact', caseSensitive: false },
      inputFields: ['q'],
    },
    runs: ['run'],
    examples: Array.from({ length: n }, (_, i) => `e${i}`),
    candidates,
    scores,
    costs: [0.01, 0.002, 0.001].map((cost) => column(() => cost * (1 + random.next()))),
    latencies: [900, 400, 200].map((ms) => column(() => ms * (1 + random.next()))),
    answers: scores.map((score, c) => Int32Array.from(score, (s) => (s === 1 ? 0 : 1 + c * random.int(3)))),
    failed: [0, 1, 2].map(() => new Uint8Array(n)),
    groups: Int32Array.from({ length: n }, (_, i) => i >> 1),
    groupCount: Math.ceil(n / 2),
    splits: new Int8Array(n).fill(-1),
    tags: {
      subject: Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 'math' : i % 3 === 1 ? 'law' : null)),
    },
    signals: [
      {
        id: 'score',
        when: 'before',
        candidate: null,
        name: 'score',
        type: 'number',
        values: hard.map((h) => 1 - h),
      },
      {
        id: 'confidence(small)',
        when: 'after',
        candidate: 'small',
        name: 'confidence',
        type: 'number',
        values: column((i) => (i % 50 === 0 ? NaN : random.next())),
      },
    ],
    inputs: Array.from({ length: n }, (_, i) => ({
      q: 'word '.repeat(1 + (i % 60)),
      pii: i % 10 === 0 ? 'yes' : 'no',
    })),
    nominal: new Set(),
    models: {},
  };
}
