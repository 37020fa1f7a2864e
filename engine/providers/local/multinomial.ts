/**
 * Multinomial naive Bayes with additive smoothing over hashed features (Manning, Raghavan & Schütze,
 * Introduction to Information Retrieval, 2008, ch. 13). Counts are damped to log2(1 + count), after Rennie et al.,
 * "Tackling the poor assumptions of naive Bayes text classifiers", ICML 2003.
 */
import type { Features } from './hashed-features.ts';

export interface Multinomial {
  labels: string[];
  /** Log joint of every label into `into` (length: labels). Returns the mass of features read. */
  score(features: Features, into: Float64Array): number;
}
export interface MultinomialTrainer {
  add(features: Features, label: number): void;
  finish(): Multinomial;
}

const damped = Float64Array.from({ length: 64 }, (_, count) => Math.log2(1 + count));
const damp = (count: number): number => damped[count] ?? Math.log2(1 + count);

/** Only buckets that occur are stored: labels × seen buckets numbers, however large the space is. */
export function multinomialTrainer(labels: string[], buckets: number, alpha: number): MultinomialTrainer {
  const classes = labels.length;
  const rowOf = new Int32Array(buckets).fill(-1);
  let weights = new Float32Array(1024 * classes);
  let rows = 0;
  const mass = new Float64Array(classes);
  const documents = new Float64Array(classes);

  return {
    add(features, label) {
      documents[label] = (documents[label] ?? 0) + 1;
      for (let i = 0; i < features.size; i++) {
        const bucket = features.bucket[i] ?? 0;
        let row = rowOf[bucket] ?? -1;
        if (row < 0) {
          row = rows++;
          rowOf[bucket] = row;
          if (rows * classes > weights.length) {
            const larger = new Float32Array(weights.length * 2);
            larger.set(weights);
            weights = larger;
          }
        }
        const value = damp(features.count[i] ?? 0);
        const at = row * classes + label;
        weights[at] = (weights[at] ?? 0) + value;
        mass[label] = (mass[label] ?? 0) + value;
      }
    },
    finish() {
      const total = documents.reduce((sum, n) => sum + n, 0);
      const prior = documents.map((n) => Math.log((n + 1) / (total + classes)));
      const denominator = mass.map((m) => Math.log(m + alpha * buckets));
      const unseen = denominator.map((d) => Math.log(alpha) - d);
      const logs = new Float32Array(rows * classes);
      for (let i = 0; i < logs.length; i++) {
        logs[i] = Math.log((weights[i] ?? 0) + alpha) - (denominator[i % classes] ?? 0);
      }
      return { labels, score: scorer(rowOf, logs, { prior, unseen }) };
    },
  };
}

function scorer(
  rowOf: Int32Array,
  logs: Float32Array,
  { prior, unseen }: { prior: Float64Array; unseen: Float64Array },
): Multinomial['score'] {
  const classes = prior.length;
  return (features, into) => {
    let read = 0;
    into.set(prior);
    for (let i = 0; i < features.size; i++) {
      const value = damp(features.count[i] ?? 0);
      const row = rowOf[features.bucket[i] ?? 0] ?? -1;
      const from = row * classes;
      read += value;
      for (let c = 0; c < classes; c++) {
        into[c] = (into[c] ?? 0) + value * ((row < 0 ? unseen[c] : logs[from + c]) ?? 0);
      }
    }
    return read;
  };
}
