/** Logistic regression on hashed n-grams, learnt on the fit rows with the very features the evaluator computes. */
import { sigmoid, textFeatures, type TextFeatures } from '../policy/index.ts';

export interface TextTable {
  buckets: number;
  /** By matrix row; undefined where the row has no text. */
  features: (TextFeatures | undefined)[];
}

const buckets = 1 << 16;
/** Long texts are cut for learning by nothing: the evaluator reads them whole. Rows are capped instead. */
const maxRows = 20_000;
const epochs = 12;
/** With the buckets chosen by the out-of-fold APGR on MMLU and GSM8K among .15, .05 and .03: docs/fit.md. */
const firstRate = 0.05;
const ridge = 2e-3;

export function textTable(text: readonly (string | null)[], rows: Int32Array): TextTable | null {
  if (rows.length > maxRows) return null;
  const features: (TextFeatures | undefined)[] = [];
  for (const row of rows) {
    const own = text[row];
    if (typeof own === 'string') features[row] = textFeatures(own, buckets);
  }
  return { buckets, features };
}

export interface TextLinear {
  intercept: number;
  /** Sorted by bucket. */
  weights: [number, number][];
  numeric: { logChars: number; logWords: number };
  value(row: number): number;
}

/**
 * Fits P = sigmoid(intercept + w·tf + numeric) to targets in [0, 1] by cross-entropy with a ridge, AdaGrad over the
 * rows in a fixed order. Weights are rounded to 5 digits before any value is read, so that the exported policy
 * computes the same ones.
 */
export function learnTextLinear(
  text: TextTable,
  rows: Int32Array,
  target: (row: number) => number,
): TextLinear {
  const used = rows.filter((row) => text.features[row] !== undefined);
  const w = new Float64Array(text.buckets);
  const g = new Float64Array(text.buckets).fill(1e-2);
  const centre = standard(used, text);
  let bias = 0;
  let biasG = 1e-2;
  const numeric = [0, 0];
  const numericG = [1e-2, 1e-2];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = firstRate / (1 + epoch / 4);
    for (let i = 0; i < used.length; i++) {
      // A stride coprime to the length visits every row once, in an order unlike the dataset's.
      const row = used[(i * 7919 + epoch * 31) % used.length]!;
      const f = text.features[row]!;
      const x = [
        (f.logChars - centre.chars) / centre.charsScale,
        (f.logWords - centre.words) / centre.wordsScale,
      ];
      let z = bias + numeric[0]! * x[0]! + numeric[1]! * x[1]!;
      for (let k = 0; k < f.buckets.length; k++) z += w[f.buckets[k]!]! * f.tf[k]!;
      const error = 1 / (1 + Math.exp(-z)) - target(row);
      biasG += error * error;
      bias -= (rate * error) / Math.sqrt(biasG);
      for (let k = 0; k < 2; k++) {
        const step = error * x[k]! + ridge * numeric[k]!;
        numericG[k]! += step * step;
        numeric[k]! -= (rate * step) / Math.sqrt(numericG[k]!);
      }
      for (let k = 0; k < f.buckets.length; k++) {
        const bucket = f.buckets[k]!;
        const step = error * f.tf[k]! + ridge * w[bucket]!;
        g[bucket]! += step * step;
        w[bucket]! -= (rate * step) / Math.sqrt(g[bucket]!);
      }
    }
  }
  const round = (x: number): number => Number(x.toPrecision(5));
  const logChars = round(numeric[0]! / centre.charsScale);
  const logWords = round(numeric[1]! / centre.wordsScale);
  const intercept = round(bias - logChars * centre.chars - logWords * centre.words);
  const weights: [number, number][] = [];
  for (let bucket = 0; bucket < w.length; bucket++) {
    w[bucket] = Math.abs(w[bucket]!) < 1e-4 ? 0 : round(w[bucket]!);
    if (w[bucket] !== 0) weights.push([bucket, w[bucket]!]);
  }
  return {
    intercept,
    weights,
    numeric: { logChars, logWords },
    value: (row) => {
      const f = text.features[row];
      if (f === undefined) return NaN;
      let z = intercept;
      for (let k = 0; k < f.buckets.length; k++) {
        const weight = w[f.buckets[k]!]!;
        if (weight !== 0) z += weight * f.tf[k]!;
      }
      z += logChars * f.logChars;
      z += logWords * f.logWords;
      return sigmoid(z);
    },
  };
}

function standard(
  rows: Int32Array,
  text: TextTable,
): { chars: number; words: number; charsScale: number; wordsScale: number } {
  const moments = (pick: (f: TextFeatures) => number): [number, number] => {
    let sum = 0;
    let squares = 0;
    for (const row of rows) sum += pick(text.features[row]!);
    const mean = rows.length === 0 ? 0 : sum / rows.length;
    for (const row of rows) squares += (pick(text.features[row]!) - mean) ** 2;
    const deviation = Math.sqrt(squares / Math.max(1, rows.length));
    // Texts all of one length differ by rounding alone: no scale to divide by.
    return [mean, deviation > 1e-9 ? deviation : 1];
  };
  const [chars, charsScale] = moments((f) => f.logChars);
  const [words, wordsScale] = moments((f) => f.logWords);
  return { chars, words, charsScale, wordsScale };
}
