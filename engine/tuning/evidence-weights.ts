/** How much to believe two scores of the same thing: logistic regression with three coefficients. */
import { sigmoid } from '../policy/index.ts';

/** Logits of the two, and what came true, in [0, 1]. */
export interface Evidence {
  labels: number;
  text: number;
  target: number;
}
export interface EvidenceWeights {
  base: number;
  labels: number;
  text: number;
}

const ridge = 1;
const rounds = 25;

export function logit(p: number): number {
  const inside = Math.min(1 - 1e-9, Math.max(1e-9, p));
  return Math.log(inside / (1 - inside));
}

/** By Newton's method with a ridge of one row on the two weights, neither below 0 (a score that misleads is left out). */
export function weigh(rows: readonly Evidence[]): EvidenceWeights {
  const both = descend(rows, [true, true]);
  if (both.labels >= 0 && both.text >= 0) return both;
  const alone = descend(rows, [both.labels >= 0, both.text >= 0]);
  return { base: alone.base, labels: Math.max(0, alone.labels), text: Math.max(0, alone.text) };
}

function descend(rows: readonly Evidence[], use: [boolean, boolean]): EvidenceWeights {
  const w = [0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    const g = [0, ridge * w[1]!, ridge * w[2]!];
    const h = [
      [1e-9, 0, 0],
      [0, ridge, 0],
      [0, 0, ridge],
    ];
    for (const row of rows) {
      const x = [1, use[0] ? row.labels : 0, use[1] ? row.text : 0];
      const p = sigmoid(w[0]! + w[1]! * x[1]! + w[2]! * x[2]!);
      for (let i = 0; i < 3; i++) {
        g[i]! += (p - row.target) * x[i]!;
        for (let j = 0; j < 3; j++) h[i]![j]! += p * (1 - p) * x[i]! * x[j]!;
      }
    }
    const step = solve(h, g);
    for (let i = 0; i < 3; i++) w[i]! -= step[i]!;
    if (step.every((x) => Math.abs(x) < 1e-9)) break;
  }
  return { base: w[0]!, labels: w[1]!, text: w[2]! };
}

/** Gaussian elimination; the matrix is positive definite. */
function solve(given: number[][], right: number[]): number[] {
  const a = given.map((row, i) => [...row, right[i]!]);
  for (let i = 0; i < a.length; i++) {
    for (let k = i + 1; k < a.length; k++) {
      const by = a[k]![i]! / a[i]![i]!;
      for (let j = i; j <= a.length; j++) a[k]![j]! -= by * a[i]![j]!;
    }
  }
  const x = right.map(() => 0);
  for (let i = a.length - 1; i >= 0; i--) {
    let sum = a[i]![a.length]!;
    for (let j = i + 1; j < a.length; j++) sum -= a[i]![j]! * x[j]!;
    x[i] = sum / a[i]![i]!;
  }
  return x;
}
