/** The curve on the test rows: points with their bands, the sweep to drag along, and the metrics. */
import type { FitMetrics, FrontierPoint, OutcomeMatrix, Sweep } from '../api/index.ts';
import { bootstrapEstimates, deferralMetrics, hullArea } from '../math/index.ts';
import { intervalOfKnown } from '../policy/index.ts';
import { byExampleId } from './sources.ts';
import { oracleOutcomes } from './baselines.ts';
import {
  candidatesOf,
  gather,
  mean,
  outcomesOf,
  type Outcomes,
  type Plan,
  single,
  type Step,
} from './plan.ts';

const maxSweep = 200;
const histogramBins = 20;

export function frontierPoint(matrix: OutcomeMatrix, plan: Plan, rows: Int32Array): FrontierPoint {
  const outcomes = outcomesOf(plan, matrix, rows);
  const score = intervalOfKnown(outcomes.score, { rows, groups: matrix.groups, level: 0.95 });
  const counts = new Map<number, number>();
  for (const c of outcomes.served) counts.set(c, (counts.get(c) ?? 0) + 1);
  const outer = plan.steps[0];
  return {
    costUsd: mean(outcomes.cost),
    score: score.mean,
    lo: score.lo,
    hi: score.hi,
    n: rows.length,
    shares: Object.fromEntries(
      [...counts].sort((a, b) => a[0] - b[0]).map(([c, n]) => [matrix.candidates[c]!, n / rows.length]),
    ),
    threshold: outer === undefined || outer.kind === 'agree' ? null : outer.threshold,
  };
}

/** The plan's outermost threshold moved over the values seen on the test rows; null where there is none to move. */
export function sweepOf(
  matrix: OutcomeMatrix,
  plan: Plan,
  rows: Int32Array,
  chosen: boolean,
): { sweep: Sweep; plans: Plan[] } | null {
  const step = plan.steps[0];
  if (step === undefined || step.kind === 'agree' || step.source.labels !== undefined) return null;
  const values = gather(step.source.values, rows);
  const thresholds = thresholdsBetween(values, step.threshold);
  const plans = thresholds.map((threshold): Plan => ({
    ...plan,
    steps: [{ ...step, threshold }, ...plan.steps.slice(1)],
  }));
  const at = plans.map((moved) => outcomesOf(moved, matrix, rows));
  const escalated = ({ served }: Outcomes): number =>
    served.reduce((n, c) => n + (c === step.candidate ? 0 : 1), 0) / rows.length;
  return {
    plans,
    sweep: {
      signal: step.source.id,
      candidates: candidatesOf(plan).map((c) => matrix.candidates[c]!),
      threshold: Float64Array.from(thresholds),
      score: Float64Array.from(at, ({ score }) => mean(score)),
      costUsd: Float64Array.from(at, ({ cost }) => mean(cost)),
      escalated: Float64Array.from(at, escalated),
      chosen: chosen ? thresholds.indexOf(step.threshold) : -1,
      n: rows.length,
      histogram: histogramOf(values, gather(matrix.scores[step.candidate]!, rows)),
    },
  };
}

/** Below all, between neighbours, above all; thinned evenly; the chosen one always among them. Ascending. */
function thresholdsBetween(values: Float64Array, chosen: number): number[] {
  const distinct = [...new Set(values.filter((x) => !Number.isNaN(x)).sort())];
  const least = distinct[0] ?? chosen;
  const most = distinct.at(-1) ?? chosen;
  const margin = (most - least) / 100 || 1;
  const middles = distinct.slice(1).map((x, i) => distinct[i]! / 2 + x / 2);
  const all = [least - margin, ...middles, most + margin];
  const kept =
    all.length <= maxSweep
      ? all
      : Array.from({ length: maxSweep }, (_, k) => all[Math.round((k * (all.length - 1)) / (maxSweep - 1))]!);
  return [...new Set([...kept, chosen])].sort((a, b) => a - b);
}

function histogramOf(values: Float64Array, scores: Float64Array): Sweep['histogram'] {
  const known = [...values.keys()].filter((i) => !Number.isNaN(values[i]));
  if (known.length === 0) return [];
  const least = known.reduce((x, i) => Math.min(x, values[i]!), Infinity);
  const most = known.reduce((x, i) => Math.max(x, values[i]!), -Infinity);
  const bins = least === most ? 1 : histogramBins;
  const width = (most - least) / bins;
  const histogram = Array.from({ length: bins }, (_, k) => ({
    lo: least + k * width,
    hi: k === bins - 1 ? most : least + (k + 1) * width,
    right: 0,
    wrong: 0,
  }));
  for (const i of known) {
    const bin = histogram[width === 0 ? 0 : Math.min(bins - 1, Math.floor((values[i]! - least) / width))]!;
    if (scores[i]! >= 0.5) bin.right++;
    else bin.wrong++;
  }
  return histogram;
}

export interface MetricsInput {
  matrix: OutcomeMatrix;
  kept: readonly number[];
  test: Int32Array;
  /** What is on the curve besides the singles. */
  plans: readonly Plan[];
  seed: number;
}

const resamples = 400;
const maxCurve = 30;
const maxUnits = 400;

/**
 * Areas over the cost range of the singles, with 95 % intervals from a paired bootstrap over whole clusters (over
 * random blocks of them above 400: the intervals are then those of 400 units of equal size).
 */
export function metricsOf({ matrix, kept, test, plans, seed }: MetricsInput): FitMetrics {
  const stride = Math.max(1, Math.ceil(plans.length / maxCurve));
  const curve = plans.filter((_, i) => i % stride === 0).map((plan) => outcomesOf(plan, matrix, test));
  const singles = kept.map((c) => outcomesOf(single(c), matrix, test));
  const oracle = oracleCurve(matrix, kept, test);
  const columns = [...singles, ...curve, ...oracle];
  const units = unitsOf(matrix, test);
  const sums = columns.map(({ score, cost }) => [sumBy(score, units), sumBy(cost, units)] as const);
  const figures = (weights: Int32Array): number[] => {
    let rows = 0;
    for (let u = 0; u < units.count; u++) rows += weights[u]! * units.sizes[u]!;
    const points = sums.map(([score, cost]) => {
      let s = 0;
      let c = 0;
      for (let u = 0; u < units.count; u++) {
        s += weights[u]! * score[u]!;
        c += weights[u]! * cost[u]!;
      }
      return { score: s / rows, cost: c / rows };
    });
    const alone = points.slice(0, singles.length);
    const mixed = points.slice(0, singles.length + curve.length);
    const from = Math.min(...alone.map(({ cost }) => cost));
    const to = Math.max(...alone.map(({ cost }) => cost));
    return [
      hullArea(mixed, from, to),
      hullArea(alone, from, to),
      hullArea(points, from, to),
      Math.max(...mixed.map(({ score }) => score)),
    ];
  };
  const estimates = bootstrapEstimates(units.count, figures, { seed, level: 0.95, resamples });
  const [auc, hullAuc, oracleAuc, peak] = estimates.map((e) => ({ ...e, n: test.length }));
  const bestSingle = Math.max(...singles.map(({ score }) => mean(score)));
  const reaching = [...singles, ...curve].filter(({ score }) => mean(score) >= bestSingle - 1e-12);
  return {
    auc: auc!.mean,
    hullAuc: hullAuc!.mean,
    oracleAuc: oracleAuc!.mean,
    qnc: reaching.length === 0 ? null : Math.min(...reaching.map(({ cost }) => mean(cost))),
    peak: peak!.mean,
    ...twoCandidates(matrix, kept, test, plans),
    intervals: { auc: auc!, hullAuc: hullAuc!, oracleAuc: oracleAuc!, peak: peak! },
  };
}

/** RouteLLM's figures: two candidates and one number to rank by, known before or after the cheap one's answer. */
function twoCandidates(
  matrix: OutcomeMatrix,
  kept: readonly number[],
  test: Int32Array,
  plans: readonly Plan[],
): Partial<Pick<FitMetrics, 'apgr' | 'cpt50' | 'cpt80'>> {
  const plan = plans.find(({ steps }) => steps.length === 1);
  const step: Step | undefined = plan?.steps[0];
  if (kept.length !== 2 || plan === undefined || step === undefined || step.kind === 'agree') return {};
  const sign = step.op === 'gte' ? -1 : 1;
  const value = gather(step.source.values, test).map((x) => (Number.isNaN(x) ? Infinity : sign * x));
  const { apgr, cpt50, cpt80 } = deferralMetrics(
    gather(matrix.scores[step.candidate]!, test),
    gather(matrix.scores[plan.last]!, test),
    value,
  );
  const known = Object.entries({ apgr, cpt50, cpt80 }).filter(([, x]) => Number.isFinite(x));
  return Object.fromEntries(known);
}

/** Each row's best answer at a price per unit of cost, for prices from none to all. */
function oracleCurve(
  matrix: OutcomeMatrix,
  kept: readonly number[],
  rows: Int32Array,
): { score: Float64Array; cost: Float64Array }[] {
  const dearest = Math.max(...kept.map((c) => mean(gather(matrix.costs[c]!, rows))), 1e-12);
  const prices = [0.01, 0.1, 0.3, 1, 3, 10, 100].map((x) => x / dearest);
  const priced = prices.map((price) => {
    const out = { score: new Float64Array(rows.length), cost: new Float64Array(rows.length) };
    rows.forEach((row, i) => {
      let best = -Infinity;
      for (const c of kept) {
        const worth = matrix.scores[c]![row]! - price * matrix.costs[c]![row]!;
        if (worth <= best) continue;
        best = worth;
        out.score[i] = matrix.scores[c]![row]!;
        out.cost[i] = matrix.costs[c]![row]!;
      }
    });
    return out;
  });
  return [oracleOutcomes(matrix, kept, rows), ...priced];
}

interface Units {
  count: number;
  of: Int32Array;
  sizes: Int32Array;
}
function unitsOf(matrix: OutcomeMatrix, rows: Int32Array): Units {
  // Clusters are numbered by their first example id, so that a resample is the same whatever the order of rows.
  const named = new Map<number, number>();
  for (const row of byExampleId(matrix, rows)) {
    const group = matrix.groups[row]!;
    if (!named.has(group)) named.set(group, named.size);
  }
  const count = Math.min(maxUnits, named.size);
  const of = Int32Array.from(rows, (row) => named.get(matrix.groups[row]!)! % maxUnits);
  const sizes = new Int32Array(count);
  for (const unit of of) sizes[unit]!++;
  return { count, of, sizes };
}

function sumBy(values: Float64Array, { count, of }: Units): Float64Array {
  const sums = new Float64Array(count);
  for (let i = 0; i < values.length; i++) sums[of[i]!]! += values[i]!;
  return sums;
}
