import { orderOf } from './order.ts';

/** Probability that a right row's value exceeds a wrong row's, ties counting half; NaN where one kind is absent. */
export function auroc(values: Float64Array, right: ArrayLike<number>): number {
  const order = orderOf(values);
  let positives = 0;
  let ranks = 0;
  for (let i = 0; i < order.length;) {
    let j = i;
    let here = 0;
    for (; j < order.length && values[order[j]!] === values[order[i]!]; j++)
      if (right[order[j]!]! > 0) here++;
    ranks += here * ((i + 1 + j) / 2);
    positives += here;
    i = j;
  }
  const negatives = order.length - positives;
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}
