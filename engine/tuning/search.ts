/** The search on the fit rows: every structure's exact sweep, what it costs within the tolerance, and which to take. */
import type { Family } from '../api/index.ts';
import { sweepThreshold, type ThresholdSweep } from '../math/index.ts';
import type { Desk } from './desk.ts';
import { ladderOf } from './ladder.ts';
import { mixGain } from './mix.ts';
import {
  gather,
  mean,
  outcomesOf,
  type Outcomes,
  type Plan,
  single,
  type Source,
  type Step,
} from './plan.ts';
import { front, thin } from './pareto.ts';
import { labelSource, textSource } from './sources.ts';
import { stackedSource } from './stacked.ts';

export interface Point {
  plan: Plan;
  score: number;
  cost: number;
  loss: number;
  /** The loss the certificate would have to accept, judged from the fit rows at the calibrating part's size. */
  bound: number;
  /** Standard deviation of a row's loss, with what the bound adds as lost. */
  spread: number;
}
export interface Structure {
  key: string;
  family: Family | null;
  signals: string[];
  candidates: number[];
  complexity: number;
  /** Its thresholds were picked on the fit rows. */
  swept: boolean;
  /** Safest first: dearest to cheapest along the Pareto front of cost and loss. */
  points: Point[];
  /** The same front in finer steps: what is tested one after the other stops later the smaller the steps. */
  path: Point[];
  /** The cheapest point expected to be certified. */
  best: Point | null;
  /** Standard errors by which `best` is above the same-cost mix on the fit rows. */
  advantage: number;
}
const maxPoints = 30;
const maxPath = 300;
const maxAgreement = 12;

/** Every structure, as thunks: the caller may report progress and stop between two. */
export function structuresOf(desk: Desk): (() => Structure | null)[] {
  const { ladder, signals, matrix, score, allowed } = desk;
  const jobs: (() => Structure | null)[] = [];
  const pairs: [number, number][] = [];
  ladder.forEach((a, i) => {
    for (const b of ladder.slice(i + 1)) if (score.get(b)! > score.get(a)!) pairs.push([a, b]);
  });
  const triples: [number, number, number][] = [];
  for (const [a, b] of pairs)
    for (const [b2, c] of pairs) if (b2 === b && triples.length < 40) triples.push([a, b, c]);
  const deep = desk.fit.length > 5000 ? triples.slice(0, 4) : triples;

  if (allowed.has('cascade')) {
    if (signals.agreement)
      for (const [a, b, c] of agreementTriples(desk)) jobs.push(() => agreement(desk, a, b, c));
    for (const [a, b] of pairs) {
      for (const source of signals.after.get(a) ?? [])
        jobs.push(() => chain(desk, [afterStep(a, source)], b, 0));
    }
    for (const [a, b, c] of deep) {
      for (const one of signals.after.get(a) ?? []) {
        for (const two of signals.after.get(b) ?? []) {
          jobs.push(() => chain(desk, [afterStep(a, one), afterStep(b, two)], c, 3));
        }
      }
    }
  }
  if (allowed.has('threshold')) {
    for (const source of signals.before) {
      for (const [a, b] of pairs) jobs.push(() => chain(desk, [beforeStep(a, source)], b, 0));
      for (const [a, b, c] of deep) {
        jobs.push(() => chain(desk, [beforeStep(a, source), beforeStep(b, source)], c, 3));
      }
    }
    const { text } = signals;
    if (text !== null) {
      for (const pair of towardsReference(desk, pairs).slice(0, 3)) {
        let learnt: Source | null = null;
        const up = (source: Source | null): Structure | null =>
          source === null
            ? null
            : chain(desk, [{ ...beforeStep(pair[0], source), ops: ['lte'] }], pair[1], 0);
        jobs.push(() => up((learnt = textSource(matrix, text, pair, desk))));
        if (signals.labels.length === 0) continue;
        jobs.push(() =>
          up(learnt && stackedSource(matrix, learnt, { text, labels: signals.labels, pair }, desk)),
        );
      }
    }
  }
  if (allowed.has('group-table')) {
    for (const label of signals.labels) {
      for (const pair of towardsReference(desk, pairs)) {
        jobs.push(() => {
          const source = labelSource(matrix, label, pair, desk);
          return chain(desk, [{ ...beforeStep(pair[0], source), ops: ['lte'] }], pair[1], 0);
        });
      }
    }
  }
  return jobs;
}

const towardsReference = (desk: Desk, pairs: [number, number][]): [number, number][] =>
  pairs.filter(([, strong]) => strong === desk.reference);

interface OpenStep {
  kind: 'before' | 'after';
  candidate: number;
  source: Source;
  ops: readonly ('gte' | 'lte')[];
}
const both = ['gte', 'lte'] as const;
const afterStep = (candidate: number, source: Source): OpenStep => ({
  kind: 'after',
  candidate,
  source,
  ops: source.labels === undefined ? both : ['gte'],
});
const beforeStep = (candidate: number, source: Source): OpenStep => ({
  kind: 'before',
  candidate,
  source,
  ops: both,
});

/** All candidates as singles, the reference first: the family of not routing at all. */
export function singlesStructure(desk: Desk): Structure {
  const points = desk.kept
    .filter((c) => c !== desk.reference)
    .map((c) => pointOf(desk, single(c)))
    .filter(({ cost }) => cost < desk.cost.get(desk.reference)!);
  return structure(
    desk,
    { key: 'single', family: null, signals: [], candidates: [], complexity: 0, swept: false },
    points,
  );
}

/** Pairs of cheap candidates whose agreement is believed; the third is asked where they differ. */
function agreementTriples(desk: Desk): [number, number, number][] {
  const { matrix, kept, singles, reference, cost, score, fit } = desk;
  const pool = ladderOf(matrix, kept, singles, reference, maxAgreement).filter((c) =>
    fit.some((row) => matrix.answers[c]![row]! >= 0),
  );
  const triples: [number, number, number][] = [];
  const lasts = desk.ladder.filter(
    (c) => c === reference || score.get(c)! >= score.get(reference)! - desk.input.maxLoss,
  );
  pool.forEach((a, i) => {
    for (const b of pool.slice(i + 1)) {
      for (const c of lasts) {
        if (c === a || c === b || cost.get(a)! + cost.get(b)! >= cost.get(c)!) continue;
        triples.push([a, b, c]);
      }
    }
  });
  return triples;
}

function agreement(desk: Desk, a: number, b: number, c: number): Structure {
  const ends = c === desk.reference ? [...rivalEnds(desk), c] : [c];
  const points = ends
    .filter((end) => end !== a && end !== b)
    .map((last) => pointOf(desk, { steps: [{ kind: 'agree', pair: [a, b] }], last }));
  const names = [a, b, c].map((m) => desk.matrix.candidates[m]!);
  return structure(
    desk,
    {
      key: `agreement ${JSON.stringify(names)}`,
      family: 'cascade',
      signals: [agreementId(names[0]!, names[1]!)],
      candidates: [a, b, c],
      complexity: 1,
      swept: false,
    },
    points,
    points,
  );
}

/**
 * A dearer single that the fit rows do not tell from the reference. The promise is against the best of both, and the
 * cheaper one may only have been lucky: what ends in the dearer one is tested first.
 */
function rivalEnds({ input, kept, reference, cost, score, z, matrix, fit, referenceScore }: Desk): number[] {
  if (input.reference !== 'best') return [];
  const near = kept.filter((c) => {
    if (c === reference || !(cost.get(c)! > cost.get(reference)!)) return false;
    const lead = referenceScore.map((s, i) => s - matrix.scores[c]![fit[i]!]!);
    const centre = mean(lead);
    const deviation = Math.sqrt(mean(lead.map((x) => (x - centre) ** 2)));
    return centre <= (z * deviation) / Math.sqrt(fit.length);
  });
  const best = (x: number, y: number): number =>
    score.get(y)! - score.get(x)! ||
    cost.get(x)! - cost.get(y)! ||
    (matrix.candidates[x]! < matrix.candidates[y]! ? -1 : 1);
  return near.toSorted(best).slice(0, 1);
}
export const agreementId = (a: string, b: string): string => `agreement(${a}, ${b})`;

/** A chain of thresholds, the outer one swept exactly for each of a few settings of the inner ones. */
function chain(desk: Desk, open: OpenStep[], last: number, extra: number): Structure | null {
  const points = chainPoints(desk, open, last);
  const sources = [...new Map(open.map(({ source }) => [source.id, source])).values()];
  const candidates = [...open.map(({ candidate }) => candidate), last];
  return structure(
    desk,
    {
      key: JSON.stringify([
        open.map((s) => [s.kind, s.source.id]),
        candidates.map((c) => desk.matrix.candidates[c]),
      ]),
      family: open[0]!.kind === 'after' ? 'cascade' : open[0]!.source.family,
      signals: sources.map(({ id }) => id),
      candidates,
      complexity: Math.max(...sources.map(({ complexity }) => complexity)) + extra,
      swept: true,
    },
    points,
  );
}

function chainPoints(desk: Desk, open: OpenStep[], last: number): Point[] {
  const [step, ...inner] = open as [OpenStep, ...OpenStep[]];
  const ends: Plan[] =
    inner.length === 0
      ? [single(last)]
      : thin(front(chainPoints(desk, inner, last)), 8).map(({ plan }) => plan);
  return ends.flatMap((end) => {
    const otherwise = outcomesOf(end, desk.matrix, desk.fit, true);
    return step.ops
      .filter((op) => {
        const below = end.steps[0];
        // One signal read twice before any call: bands of one direction only.
        return step.kind !== 'before' || below === undefined || below.kind !== 'before' || below.op === op;
      })
      .flatMap((op) => sweptPoints(desk, step, op, end, otherwise));
  });
}

function sweptPoints(desk: Desk, step: OpenStep, op: 'gte' | 'lte', end: Plan, otherwise: Outcomes): Point[] {
  const { matrix, fit, referenceScore } = desk;
  const values = gather(step.source.fold ?? step.source.values, fit);
  const keptCost = gather(matrix.costs[step.candidate]!, fit);
  // A cascade pays for the answer it turns down.
  const elseCost = step.kind === 'after' ? otherwise.cost.map((c, i) => c + keptCost[i]!) : otherwise.cost;
  const sweep = sweepThreshold(values, op, {
    keptScore: gather(matrix.scores[step.candidate]!, fit),
    keptCost,
    elseScore: otherwise.score,
    elseCost,
    referenceScore,
  });
  const ceiling = desk.cost.get(desk.reference)! * fit.length;
  const points: Point[] = [];
  for (let k = 1; k < sweep.kept.length; k++) {
    // Keeping every row is a single (before), or a cascade that never escalates (after): both are elsewhere.
    if (sweep.kept[k] === fit.length || !(sweep.cost[k]! < ceiling)) continue;
    points.push(
      pointFrom(desk, sweep, k, () => ({
        steps: [
          {
            kind: step.kind,
            candidate: step.candidate,
            source: step.source,
            op,
            threshold: sweep.threshold[k]!,
            gap: [sweep.gapLo[k]!, sweep.gapHi[k]!],
          } satisfies Step,
          ...end.steps,
        ],
        last: end.last,
      })),
    );
  }
  return points;
}

function pointFrom(desk: Desk, sweep: ThresholdSweep, k: number, plan: () => Plan): Point {
  const n = sweep.n;
  let made: Plan | null = null;
  return {
    get plan() {
      return (made ??= plan());
    },
    score: sweep.score[k]! / n,
    cost: sweep.cost[k]! / n,
    loss: sweep.loss[k]! / n,
    ...expectedBound(desk, n, sweep.loss[k]!, sweep.lossSquares[k]!),
  };
}

export function pointOf(desk: Desk, plan: Plan): Point {
  const { score, cost } = outcomesOf(plan, desk.matrix, desk.fit, true);
  let loss = 0;
  let squares = 0;
  score.forEach((s, i) => {
    const d = desk.referenceScore[i]! - s;
    loss += d;
    squares += d * d;
  });
  const n = score.length;
  return {
    plan,
    score: mean(score),
    cost: mean(cost),
    loss: loss / n,
    ...expectedBound(desk, n, loss, squares),
  };
}

/** Mean loss plus z standard errors at the calibrating part's size, with what the bound adds as lost. */
function expectedBound(
  desk: Desk,
  n: number,
  loss: number,
  squares: number,
): Pick<Point, 'bound' | 'spread'> {
  const { worst } = desk;
  const average = (loss + worst) / (n + 1);
  const variance = Math.max(0, (squares + worst * worst) / (n + 1) - average * average);
  const spread = Math.sqrt(variance);
  const bound =
    loss / n + worst / (desk.calibrate + 1) + (desk.z * spread) / Math.sqrt(Math.max(1, desk.calibrate));
  return { bound, spread };
}

export function meetsAsk(desk: Desk, point: Point, margin: boolean): boolean {
  const { input, matrix, fit, calibrate, z } = desk;
  if (!((margin ? point.bound : point.loss) <= input.maxLoss)) return false;
  if (input.minScore !== undefined) {
    const slack = margin ? z * Math.sqrt((point.score * (1 - point.score)) / Math.max(1, calibrate)) : 0;
    if (point.score - slack < input.minScore) return false;
  }
  return (
    input.maxP95Ms === undefined || p95(outcomesOf(point.plan, matrix, fit, true).latency) <= input.maxP95Ms
  );
}

/** NaN-free latencies' 95th percentile (nearest rank); Infinity where none is known. */
export function p95(latencies: Float64Array): number {
  const known = latencies.filter((x) => !Number.isNaN(x)).sort();
  return known.length === 0 ? Infinity : known[Math.ceil(0.95 * known.length) - 1]!;
}

function structure(
  desk: Desk,
  head: Omit<Structure, 'points' | 'path' | 'best' | 'advantage'>,
  points: Point[],
  /** Tested in this order; without it, along the front of cost and loss. */
  sequence?: Point[],
): Structure {
  const best = cheapest(desk, points);
  const path = front(points);
  const kept = thin(path, maxPoints);
  if (best !== null && !kept.includes(best)) kept.push(best);
  const safestFirst = (a: Point, b: Point): number => b.cost - a.cost || a.loss - b.loss;
  kept.sort(safestFirst);
  const fine = sequence ?? thin(path, maxPath).toSorted(safestFirst);
  const found = { ...head, points: kept, path: fine, best, advantage: NaN };
  const judged = best ?? kept.filter(({ loss }) => loss <= desk.input.maxLoss).at(-1);
  if (judged !== undefined && head.family !== null) found.advantage = advantageOf(desk, judged.plan);
  return found;
}

export function advantageOf(desk: Desk, plan: Plan): number {
  const gain = mixGain(desk.matrix, outcomesOf(plan, desk.matrix, desk.fit, true), desk.singles);
  if (gain.deviation === 0) return gain.gain > 0 ? Infinity : 0;
  return (gain.gain * Math.sqrt(gain.units)) / gain.deviation;
}

function cheapest(desk: Desk, points: Point[]): Point | null {
  const order = points
    .filter(({ bound }) => bound <= desk.input.maxLoss)
    .sort((a, b) => a.cost - b.cost || a.loss - b.loss);
  // Latency is costly to judge: only the cheapest few are.
  return order.slice(0, 200).find((point) => meetsAsk(desk, point, true)) ?? null;
}
