/**
 * Repeats of one question to one candidate as one outcome: what asking it once is expected to score, cost and take.
 * Rows are examples, not repetitions: counting each repeat as a row would claim more evidence than there is
 * (Miller 2024, arXiv 2411.00640).
 */
import type { Outcome } from '../../engine/api/index.ts';

/** `outcomes`: at least one, of one example and candidate, in the order of the table. */
export function reduceEpochs(outcomes: Outcome[]): Outcome {
  const answered = outcomes.filter(({ error }) => error === null);
  const [first] = answered.length > 0 ? answered : outcomes;
  if (first === undefined) throw new Error('no repeat to reduce');
  if (outcomes.length === 1) return first;
  const scored = answered.filter(({ score }) => score !== null);
  const mean = (of: (outcome: Outcome) => number | null, among: Outcome[]): number | null => {
    const values = among.map(of).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const costs = outcomes.map(({ costUsd }) => costUsd);
  return {
    ...first,
    score: mean(({ score }) => score, scored),
    // One unknown cost makes the mean unknown: leaving it out would call it average.
    costUsd: costs.includes(null) ? null : mean(({ costUsd }) => costUsd, outcomes),
    latencyMs: mean(({ latencyMs }) => latencyMs, answered),
    inputTokens: mean(({ inputTokens }) => inputTokens, answered),
    outputTokens: mean(({ outputTokens }) => outputTokens, answered),
    signals: Object.fromEntries(
      Object.entries(first.signals).map(([name, value]) => [
        name,
        typeof value === 'number'
          ? mean(({ signals }) => (typeof signals[name] === 'number' ? signals[name] : null), answered)
          : value,
      ]),
    ),
  };
}
