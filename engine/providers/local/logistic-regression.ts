/**
 * L2-regularised multinomial logistic regression by L-BFGS (Nocedal & Wright, Numerical Optimization, 2006, alg. 7.5).
 * Minimises mean log loss + l2/2 · |W|² (bias not penalised). Deterministic.
 */
import { minimise } from './l-bfgs.ts';

export interface LabelledVectors {
  /** Row-major: rows × dimensions. */
  vectors: Float64Array;
  /** Label index of each row. */
  truth: Int32Array;
  dimensions: number;
  classes: number;
}
/** Weights: classes × (dimensions + 1), the bias last. */
export type Weights = Float64Array;

export async function fitLogistic(
  data: LabelledVectors,
  l2: number,
  pause: () => Promise<void> | undefined,
): Promise<Weights> {
  const start = new Float64Array(data.classes * (data.dimensions + 1));
  return await minimise(start, (at, gradient) => lossAndGradient(data, l2, { at, gradient, pause }));
}

/** Writes the gradient and returns the loss. */
export async function lossAndGradient(
  { vectors, truth, dimensions, classes }: LabelledVectors,
  l2: number,
  { at, gradient, pause }: { at: Weights; gradient: Float64Array; pause: () => Promise<void> | undefined },
): Promise<number> {
  const n = truth.length;
  const width = dimensions + 1;
  const probabilities = new Float64Array(classes);
  gradient.fill(0);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    await pause();
    const x = vectors.subarray(i * dimensions, (i + 1) * dimensions);
    probabilitiesOf(x, at, probabilities);
    const right = truth[i] ?? 0;
    loss -= Math.log(Math.max(probabilities[right] ?? 0, 1e-300)) / n;
    for (let c = 0; c < classes; c++) {
      const error = ((probabilities[c] ?? 0) - (c === right ? 1 : 0)) / n;
      const from = c * width;
      for (let d = 0; d < dimensions; d++)
        gradient[from + d] = (gradient[from + d] ?? 0) + error * (x[d] ?? 0);
      gradient[from + dimensions] = (gradient[from + dimensions] ?? 0) + error;
    }
  }
  for (let c = 0; c < classes; c++) {
    for (let d = 0; d < dimensions; d++) {
      const weight = at[c * width + d] ?? 0;
      loss += (l2 / 2) * weight * weight;
      gradient[c * width + d] = (gradient[c * width + d] ?? 0) + l2 * weight;
    }
  }
  return loss;
}

/** Softmax of the linear scores of `x`, written into `into` (length: classes). */
export function probabilitiesOf(x: ArrayLike<number>, weights: Weights, into: Float64Array): void {
  const width = x.length + 1;
  let max = -Infinity;
  for (let c = 0; c < into.length; c++) {
    const from = c * width;
    let score = weights[from + x.length] ?? 0;
    for (let d = 0; d < x.length; d++) score += (weights[from + d] ?? 0) * (x[d] ?? 0);
    into[c] = score;
    if (score > max) max = score;
  }
  let sum = 0;
  for (let c = 0; c < into.length; c++) sum += into[c] = Math.exp((into[c] ?? 0) - max);
  for (let c = 0; c < into.length; c++) into[c] = (into[c] ?? 0) / sum;
}
