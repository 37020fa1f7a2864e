/** MMLU with a signal learnt out of fold on all other rows: how few calls to the strong model a certificate leaves. */
import type { OutcomeMatrix } from '../../engine/api/index.ts';
import {
  deferralMetrics,
  lossUpperBound,
  type LossBound,
  seededRandom,
  shuffle,
} from '../../engine/math/index.ts';
import { labelSource, textSource } from '../../engine/tuning/sources.ts';
import { stackedSource } from '../../engine/tuning/stacked.ts';
import { textTable } from '../../engine/tuning/text-linear.ts';

/** The product's own estimators by five folds of whole groups, as columns known before any call. */
export function withLearntSignals(whole: OutcomeMatrix): OutcomeMatrix {
  const rows = Int32Array.from(whole.examples.keys());
  const pair: [number, number] = [
    whole.candidates.indexOf('mixtral-8x7b'),
    whole.candidates.indexOf('gpt-4'),
  ];
  const labels = Object.entries(whole.tags).map(([field, values]) => ({ field, values }));
  const table = textTable(
    whole.inputs.map(({ q }) => (typeof q === 'string' ? q : null)),
    rows,
  );
  if (table === null) throw new Error('too many rows to learn from');
  const at = { rows, fit: rows };
  const text = textSource(whole, table, pair, at);
  const stacked = text && stackedSource(whole, text, { text: table, labels, pair }, at);
  const subject = labelSource(whole, labels[0]!, pair, at);
  const columns = { subject: subject.fold, text: text?.fold, stacked: stacked?.fold };
  const signals = Object.entries(columns).flatMap(([id, values]): OutcomeMatrix['signals'] =>
    values === undefined ? [] : [{ id, when: 'before', candidate: null, name: id, type: 'number', values }],
  );
  for (const { id, values } of signals) {
    if (!(values instanceof Float64Array)) continue;
    const { apgr, cpt50, cpt80 } = deferralMetrics(whole.scores[pair[0]]!, whole.scores[pair[1]]!, values);
    console.log(
      `  ${id}: APGR ${apgr.toFixed(4)}, CPT50 ${(100 * cpt50).toFixed(1)} %, CPT80 ${(100 * cpt80).toFixed(1)} %`,
    );
  }
  return { ...whole, signals, tags: {}, inputs: whole.inputs.map(() => ({})) };
}

const methods: LossBound[] = ['paired', 'student', 'betting', 'hoeffding-bentkus', 'normal'];
const steps = 100;

/** One fixed sequence of thresholds, the same for every bound: who certifies how far, and how often wrongly. */
export function compareBounds(
  whole: OutcomeMatrix,
  {
    sizes,
    draws,
    maxLoss,
    confidence,
  }: { sizes: number[]; draws: number; maxLoss: number; confidence: number },
): void {
  const values = whole.signals.find(({ id }) => id === 'stacked')?.values;
  if (!(values instanceof Float64Array)) return;
  const weak = whole.scores[whole.candidates.indexOf('mixtral-8x7b')]!;
  const strong = whole.scores[whole.candidates.indexOf('gpt-4')]!;
  const sorted = values.toSorted();
  const n = values.length;
  const path = Array.from({ length: steps }, (_, k) => sorted[Math.floor(((k + 1) / steps) * n) - 1]!);
  const lossAt = (row: number, threshold: number): number =>
    values[row]! <= threshold ? strong[row]! - weak[row]! : 0;
  for (const size of sizes) {
    for (const method of methods) {
      let sent = 0;
      let broken = 0;
      for (let seed = 1; seed <= draws; seed++) {
        const order = Int32Array.from(values.keys());
        shuffle(order, seededRandom(seed));
        const rows = order.subarray(0, size);
        let kept = -Infinity;
        for (const threshold of path) {
          const losses = Float64Array.from(rows, (row) => lossAt(row, threshold));
          if (lossUpperBound(losses, confidence, { method }) > maxLoss) break;
          kept = threshold;
        }
        const rest = order.subarray(size);
        let loss = 0;
        let up = 0;
        for (const row of rest) {
          loss += lossAt(row, kept);
          if (values[row]! > kept) up++;
        }
        sent += up / rest.length / draws;
        if (loss / rest.length > maxLoss) broken++;
      }
      console.log(
        `  ${method.padEnd(18)} n=${String(size).padStart(4)}  to the strong ${(100 * sent).toFixed(1)} %  broken ${((100 * broken) / draws).toFixed(1)} %`,
      );
    }
  }
}
