/**
 * Upper confidence bound of the mean of n independent values in [0, 1], by the smaller of Hoeffding's p-value in its
 * relative-entropy form and Bentkus' (Bates, Angelopoulos, Lei, Malik, Jordan: Distribution-free, risk-controlling
 * prediction sets, JACM 68, 2021, proposition 5): min(e^{−n·KL(R̂, α)}, e·P(Bin(n, α) ≤ ⌈n·R̂⌉)). Valid at every n.
 */
import { logFactorials } from './log-factorials.ts';

export function hoeffdingBentkusBound(values: Float64Array, confidence: number): number {
  const n = values.length;
  if (n === 0) return 1;
  let sum = 0;
  for (const x of values) sum += x;
  const seen = sum / n;
  const delta = 1 - confidence;
  let from = seen;
  let to = 1;
  for (let step = 0; step < 40; step++) {
    const middle = (from + to) / 2;
    if (chance(seen, middle, n) <= delta) to = middle;
    else from = middle;
  }
  return to;
}

function chance(seen: number, alpha: number, n: number): number {
  if (seen >= alpha) return 1;
  const entropy =
    (seen > 0 ? seen * Math.log(seen / alpha) : 0) + (1 - seen) * Math.log((1 - seen) / (1 - alpha));
  return Math.min(Math.exp(-n * entropy), Math.E * binomialAtMost(Math.ceil(n * seen - 1e-9), n, alpha));
}

function binomialAtMost(k: number, n: number, p: number): number {
  const log = logFactorials(n);
  let total = 0;
  for (let j = 0; j <= k; j++) {
    total += Math.exp(log[n]! - log[j]! - log[n - j]! + j * Math.log(p) + (n - j) * Math.log1p(-p));
  }
  return total;
}
