/** Gates for CI: what a candidate may not lose against the baseline, judged by intervals and not by means. */
import {
  type ComparedCandidate,
  type ComparedPair,
  type GateResult,
  type LatencyQuantile,
  WorkbenchError,
} from '../api/index.ts';

type Metric = 'score' | 'cost' | LatencyQuantile;
export interface Gate {
  text: string;
  metric: Metric;
  /** +1: fails on a rise, −1: on a drop. */
  sign: 1 | -1;
  amount: number;
  unit: 'points' | 'percent' | 'usdPerThousand' | 'ms';
  /** Within one value of a tag, or (null) within each. */
  within: { tag: string; value: string | null } | null;
}

const form =
  /^(?:(score|cost)|latency\s+(p50|p95|p99)|(p50|p95|p99)\s+latency)\s+(drop|rise)\s*>\s*(\$?)\s*(\d+(?:\.\d+)?)\s*(pt|points?|%|\$|usd|ms|s)?(?:\s+in\s+(?:each\s+(\S.*)|([^=\s][^=]*?)\s*=\s*(\S.*)))?$/i;
const unitsOf = {
  score: { pt: 'points', point: 'points', points: 'points', '%': 'percent' },
  cost: { $: 'usdPerThousand', usd: 'usdPerThousand', '': 'usdPerThousand', '%': 'percent' },
  latency: { ms: 'ms', s: 'ms', '%': 'percent' },
} as const satisfies Record<string, Record<string, Gate['unit']>>;

/**
 * `score drop > 1pt`, `score drop > 2%` (of the baseline's score), `cost rise > 10%`, `cost rise > $0.5` per thousand
 * requests (or `0.5usd`), `p95 latency rise > 10%`, `p50 latency rise > 200ms`; each may end in `in topic=billing` or
 * `in each topic`. @throws WorkbenchError input.invalid
 */
export function parseGate(text: string): Gate {
  const [, plain, before, after, direction, dollar, amount, written = '', each, tag, value] =
    form.exec(text.trim()) ?? [];
  const metric = (plain ?? before ?? after)?.toLowerCase() as Metric | undefined;
  const said = (dollar === '$' ? `$${written}` : written).toLowerCase();
  const units: Record<string, Gate['unit']> =
    metric === 'score' || metric === 'cost' ? unitsOf[metric] : unitsOf.latency;
  const unit = Object.hasOwn(units, said) ? units[said] : undefined;
  if (metric === undefined || unit === undefined) {
    throw new WorkbenchError('input.invalid', `"${text.slice(0, 100)}" is not a gate.`, {
      hint: 'Say `score drop > 1pt`, `score drop > 2%`, `cost rise > 10%`, `cost rise > $0.5` (per thousand requests), `p95 latency rise > 10%` or `p50 latency rise > 200ms`; add `in each TAG` or `in TAG=VALUE`.',
    });
  }
  const name = each ?? tag;
  return {
    text: text.trim(),
    metric,
    sign: direction!.toLowerCase() === 'rise' ? 1 : -1,
    amount: Number(amount) * (said === 's' ? 1000 : 1),
    unit,
    within: name === undefined ? null : { tag: name, value: value ?? null },
  };
}

/** What a gate is judged on: all rows, or one value of a tag. */
export interface Judged {
  candidates: ComparedCandidate[];
  pairs: Omit<ComparedPair, 'verdict' | 'test' | 'detectable' | 'rowsNeeded'>[];
  slice: GateResult['slice'];
}

/**
 * Each gate against each pair. `failed` only where the whole interval lies beyond the limit; `undecided` where the mean
 * does, or the interval reaches over it: more rows would tell. A percentage of score or cost is of the baseline's own
 * mean, taken as known; one of a latency is of the ratio, whose interval is resampled.
 */
export function judgeGates({ candidates, pairs, slice }: Judged, gates: readonly Gate[]): GateResult[] {
  return pairs.flatMap((pair) =>
    gates.map((gate): GateResult => {
      const base = candidates.find(({ id }) => id === pair.b);
      const { change, limit, scale } = measured(gate, pair, base);
      const unknown = change === null || Number.isNaN(limit);
      const [mean, lo, hi] = unknown
        ? [NaN, NaN, NaN]
        : gate.sign === 1
          ? [change.mean, change.lo, change.hi]
          : [-change.mean, -change.hi, -change.lo];
      const status = lo > limit ? 'failed' : hi <= limit ? 'passed' : unknown ? 'unknown' : 'undecided';
      return {
        gate: gate.text,
        candidate: pair.a,
        baseline: pair.b,
        slice,
        status,
        change: mean * scale,
        lo: lo * scale,
        hi: hi * scale,
        limit: limit * scale,
        n: change?.n ?? 0,
      };
    }),
  );
}

/** `scale` turns shares back into the metric's own unit. */
function measured(
  { metric, amount, unit }: Gate,
  pair: Judged['pairs'][number],
  base: ComparedCandidate | undefined,
): { change: { mean: number; lo: number; hi: number; n: number } | null; limit: number; scale: number } {
  if (metric === 'score' || metric === 'cost') {
    const own = metric === 'score' ? base?.score.mean : base?.costUsd?.mean;
    const limit =
      unit === 'points' ? amount / 100 : unit === 'percent' ? (amount / 100) * (own ?? NaN) : amount / 1000;
    return { change: metric === 'score' ? pair.delta : pair.deltaCostUsd, limit, scale: 1 };
  }
  const change = pair.deltaLatencyMs?.[metric] ?? null;
  if (unit !== 'percent') return { change, limit: amount, scale: 1 };
  const relative = change?.relative ?? null;
  return {
    change: change && relative && { ...relative, n: change.n },
    limit: amount / 100,
    scale: base?.latencyMs?.[metric] ?? NaN,
  };
}
