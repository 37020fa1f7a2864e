/** Gates for CI: what a candidate may not lose against the baseline, judged by intervals and not by means. */
import { type Compared, type GateResult, WorkbenchError } from '../api/index.ts';

interface Gate {
  text: string;
  metric: 'score' | 'cost';
  /** +1: fails on a rise, −1: on a drop. */
  sign: 1 | -1;
  amount: number;
  unit: 'points' | 'percent' | 'usdPerThousand';
}

const form = /^(score|cost)\s+(drop|rise)\s*>\s*(\d+(?:\.\d+)?)\s*(pt|points?|%|\$|usd)?$/i;

/**
 * `score drop > 1pt`, `score drop > 2%` (of the baseline's score), `cost rise > 10%`, `cost rise > $0.5` per thousand
 * requests (or `0.5usd`). @throws WorkbenchError input.invalid
 */
export function parseGate(text: string): Gate {
  const found = form.exec(text.trim().replace(/\$\s*(\d+(?:\.\d+)?)$/, '$1$$'));
  const unit = found?.[4]?.toLowerCase() ?? '';
  const metric = found?.[1]?.toLowerCase();
  const wrongUnit =
    metric === 'score' ? unit === '$' || unit === 'usd' || unit === '' : /^(pt|point|$)/.test(unit);
  if (found === null || wrongUnit || (metric !== 'score' && metric !== 'cost')) {
    throw new WorkbenchError('input.invalid', `"${text.slice(0, 100)}" is not a gate.`, {
      hint: 'Say `score drop > 1pt`, `score drop > 2%`, `cost rise > 10%` or `cost rise > $0.5` (per thousand requests).',
    });
  }
  return {
    text: text.trim(),
    metric,
    sign: found[2]!.toLowerCase() === 'rise' ? 1 : -1,
    amount: Number(found[3]),
    unit: unit === '%' ? 'percent' : metric === 'score' ? 'points' : 'usdPerThousand',
  };
}

/**
 * Each gate against each candidate paired with the baseline. `failed` only where the whole interval lies beyond the
 * limit; `undecided` where the mean does, or the interval reaches over it: more rows would tell. A percentage is of
 * the baseline's own mean, taken as known.
 */
export function judgeGates(compared: Omit<Compared, 'gates'>, gates: readonly Gate[]): GateResult[] {
  const base = compared.candidates.find(({ id }) => id === compared.baseline);
  return compared.pairs
    .filter(({ b }) => b === compared.baseline)
    .flatMap((pair) =>
      gates.map(({ text, metric, sign, amount, unit }): GateResult => {
        const delta = metric === 'score' ? pair.delta : pair.deltaCostUsd;
        const own = metric === 'score' ? base?.score.mean : base?.costUsd?.mean;
        const limit =
          unit === 'points'
            ? amount / 100
            : unit === 'percent'
              ? (amount / 100) * (own ?? NaN)
              : amount / 1000;
        const unknown = delta === null || Number.isNaN(limit);
        const [mean, lo, hi] = unknown
          ? [NaN, NaN, NaN]
          : sign === 1
            ? [delta.mean, delta.lo, delta.hi]
            : [-delta.mean, -delta.hi, -delta.lo];
        const status = lo > limit ? 'failed' : hi <= limit ? 'passed' : unknown ? 'unknown' : 'undecided';
        return {
          gate: text,
          candidate: pair.a,
          baseline: pair.b,
          status,
          change: mean,
          lo,
          hi,
          limit,
          n: delta?.n ?? 0,
        };
      }),
    );
}
