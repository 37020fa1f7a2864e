/** What the frontier chart draws, from a fit. Costs are per thousand examples here. */
import type { FitResult } from '../../engine/api/index.ts';

export type MarkKind = 'Single' | 'Policy' | 'Same-cost mix' | 'Oracle' | 'Other baseline';
export interface FrontierMark {
  name: string;
  kind: MarkKind;
  cost: number;
  score: number;
}
export interface CurvePoint {
  cost: number;
  score: number;
}

export function marksOf(fit: FitResult): FrontierMark[] {
  const kinds: Partial<Record<FitResult['baselines'][number]['kind'], MarkKind>> = {
    single: 'Single',
    mix: 'Same-cost mix',
    oracle: 'Oracle',
  };
  const baselines = fit.baselines
    .filter((baseline) => baseline.kind !== 'hull')
    .map((baseline): FrontierMark => ({
      name: baseline.name,
      kind: kinds[baseline.kind] ?? 'Other baseline',
      cost: baseline.costUsd.mean * 1000,
      score: baseline.score.mean,
    }));
  const policy: FrontierMark = {
    name: 'policy',
    kind: 'Policy',
    cost: fit.test.costUsd.mean * 1000,
    score: fit.test.score.mean,
  };
  return [...baselines, policy].filter((mark) => Number.isFinite(mark.cost) && Number.isFinite(mark.score));
}

/** Back to front: where baselines share a place, the ones the verdict is read against lie on top. */
const backToFront: MarkKind[] = ['Other baseline', 'Oracle', 'Single', 'Same-cost mix', 'Policy'];
export function drawingOrder(marks: FrontierMark[]): FrontierMark[] {
  return marks.toSorted((a, b) => backToFront.indexOf(a.kind) - backToFront.indexOf(b.kind));
}

/**
 * The upper convex hull of the singles: what mixing them at random reaches. Straight in cost, so curved on a
 * log axis: each segment is sampled. Andrew's monotone chain.
 */
export function hullCurve(singles: CurvePoint[], samples = 16): CurvePoint[] {
  const sorted = singles.toSorted((a, b) => a.cost - b.cost || b.score - a.score);
  const hull: CurvePoint[] = [];
  for (const point of sorted) {
    const top = hull.at(-1);
    // A dearer single that is no better bends nothing: from there on the hull is flat.
    if (top !== undefined && point.score <= top.score) continue;
    while (hull.length >= 2) {
      const [a, b] = hull.slice(-2) as [CurvePoint, CurvePoint];
      const under =
        (b.score - a.score) * (point.cost - a.cost) <= (point.score - a.score) * (b.cost - a.cost);
      if (!under) break;
      hull.pop();
    }
    hull.push(point);
  }
  return hull.flatMap((point, index) => {
    const next = hull[index + 1];
    if (next === undefined) return [point];
    return Array.from({ length: samples }, (_, step) => {
      const share = step / samples;
      return {
        cost: point.cost + share * (next.cost - point.cost),
        score: point.score + share * (next.score - point.score),
      };
    });
  });
}

/** 1, 2, 5, 10… between two costs: what a log axis is read by. */
export function costTicks(costs: number[]): number[] {
  const positive = costs.filter((cost) => cost > 0);
  if (positive.length === 0) return [0];
  const [least, most] = [Math.min(...positive) / 1.6, Math.max(...positive) * 1.6];
  const decades = Math.log10(most / least);
  const steps = decades > 4 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++) {
    for (const step of steps) ticks.push(Number((step * 10 ** power).toPrecision(1)));
  }
  return ticks.filter((tick) => tick >= least && tick <= most);
}

/** Where in the drawn width a cost lies, 0 to 1, on a log axis. */
export function placeOnLog(cost: number, costs: number[]): number {
  const positive = costs.filter((one) => one > 0);
  const [least, most] = [Math.log(Math.min(...positive)), Math.log(Math.max(...positive))];
  return cost <= 0 || most === least ? 0 : (Math.log(cost) - least) / (most - least);
}

/** Log where every cost is above zero; a free candidate has no place on a log axis. */
export function costScale(costs: number[]): 'log' | 'symlog' {
  return costs.every((cost) => cost > 0) ? 'log' : 'symlog';
}
