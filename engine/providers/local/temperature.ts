/**
 * Temperature scaling (Guo et al., "On calibration of modern neural networks", ICML 2017) with a length exponent:
 * p = softmax(score / (temperature × mass^exponent)). Naive Bayes counts every word as fresh evidence, so its raw
 * posterior of a long text is 1 to the last bit; dividing by a power of the length undoes that. The order of the
 * labels, and so the answer, does not change.
 */
export interface Temperature {
  temperature: number;
  exponent: number;
}
/** Scores of one held-out row: one a label; `truth` is the index of the right one, -1 where no label is. */
export interface HeldOutRow {
  scores: Float64Array;
  mass: number;
  truth: number;
}

const exponents = [0, 0.25, 0.5, 0.75, 1];

/**
 * Least log loss over a grid, with Platt's smoothed targets (1 − 1/(n+2)): without errors among the held-out rows
 * plain log loss would drive the temperature to 0. Without rows: temperature 1 per unit of mass.
 */
export function fitTemperature(rows: HeldOutRow[]): Temperature {
  let best: Temperature = { temperature: 1, exponent: 1 };
  if (rows.length === 0) return best;
  let bestLoss = Infinity;
  for (const exponent of exponents) {
    for (let step = -24; step <= 40; step++) {
      const temperature = 2 ** (step / 4);
      const loss = logLoss(rows, { temperature, exponent });
      if (loss < bestLoss) {
        bestLoss = loss;
        best = { temperature, exponent };
      }
    }
  }
  return best;
}

function logLoss(rows: HeldOutRow[], setting: Temperature): number {
  const miss = 1 / (rows.length + 2);
  let loss = 0;
  for (const { scores, mass, truth } of rows) {
    const scale = 1 / (setting.temperature * Math.max(mass, 1) ** setting.exponent);
    const max = maximum(scores);
    let sum = 0;
    let mean = 0;
    for (const score of scores) {
      sum += Math.exp((score - max) * scale);
      mean += ((score - max) * scale) / scores.length;
    }
    const logSum = Math.log(sum);
    // The smoothed target: 1 − miss on the truth, the rest spread evenly; all of it evenly where no label is right.
    const share = truth < 0 ? 1 : miss;
    const hit = truth < 0 ? 0 : ((scores[truth] ?? 0) - max) * scale;
    loss += logSum - (1 - share) * hit - share * mean;
  }
  return loss;
}

/** Index of the largest score (the first of ties) and its calibrated probability. */
export function topLabel(
  scores: Float64Array,
  mass: number,
  { temperature, exponent }: Temperature,
): { index: number; probability: number } {
  const scale = 1 / (temperature * Math.max(mass, 1) ** exponent);
  let index = 0;
  for (let c = 1; c < scores.length; c++) if ((scores[c] ?? 0) > (scores[index] ?? 0)) index = c;
  const max = scores[index] ?? 0;
  let sum = 0;
  for (const score of scores) sum += Math.exp((score - max) * scale);
  return { index, probability: 1 / sum };
}

function maximum(scores: Float64Array): number {
  let max = -Infinity;
  for (const score of scores) if (score > max) max = score;
  return max;
}
