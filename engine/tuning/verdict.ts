/** From the chosen structure to a verdict, on rows that did not choose it. */
import type { Certificate, FitResult, Verdict } from '../api/index.ts';
import { normalQuantile, rowsWithoutLoss } from '../math/index.ts';
import { type Calibration, certificateMethods, type Tested, testPlan, testSequence } from './certify.ts';
import { beatsMix, gainAlong, type MixGain, mixGain, singlesOn } from './mix.ts';
import { thin } from './pareto.ts';
import { gather, mean, outcomesOf, type Plan, single } from './plan.ts';
import type { Desk } from './desk.ts';
import { meetsAsk, p95, type Point, type Structure } from './search.ts';
import { points as inPoints } from './sentence.ts';
import type { Split } from './split.ts';

export interface Outcome {
  verdict: Verdict;
  plan: Plan;
  certificate: Certificate;
  structure: Structure | null;
  needed: FitResult['needed'];
  reason: string;
}

/** `holes`: why missing outcomes leave nothing to promise, or null. */
export function decide(desk: Desk, chosen: Structure | null, split: Split, holes: string | null): Outcome {
  const { matrix, input, reference, kept, cost, score } = desk;
  const rows = split.calibrate;
  const n = rows.length;
  const rivals = input.reference === 'best' ? kept : [reference];
  const at = { rows, reference, rivals, input, bound: desk.bound, largestCluster: desk.largestCluster };
  const certificateMethod = certificateMethods[desk.bound];
  const units = new Set(Array.from(rows, (row) => matrix.groups[row])).size;
  const name = (c: number): string => matrix.candidates[c]!;
  const ownPart = chosen === null ? 1 : ownShare;
  const own = testPlan(matrix, single(reference), atPart(at, ownPart));
  const certificate = (certified: boolean, method: string, bound: number | null): Certificate => ({
    maxLoss: input.maxLoss,
    confidence: input.confidence,
    certified,
    n,
    method,
    bound: bound === null || !Number.isFinite(bound) ? null : bound,
  });
  const stay = (
    verdict: 'single' | 'insufficient-data',
    reason: string,
    needed: FitResult['needed'] = null,
  ): Outcome => ({
    verdict,
    plan: single(reference),
    certificate:
      verdict === 'single'
        ? certificate(true, own.bound === 0 ? 'the reference itself is served' : certificateMethod, own.bound)
        : certificate(false, certificateMethod, needed?.nearest?.bound ?? null),
    structure: chosen,
    needed,
    reason,
  });
  const refuse = (reason: string, nearest: Tested | null, more: number | null): Outcome =>
    stay('insufficient-data', reason, {
      rows: more,
      reason,
      nearest:
        nearest === null ? null : { score: nearest.score, costUsd: nearest.cost, bound: nearest.bound },
    });

  if (holes !== null) return refuse(holes, null, null);
  const cheaper = kept.filter((c) => c !== reference && cost.get(c)! < cost.get(reference)!);
  const refuseOwn = (why: string, nearest: Tested): Outcome => {
    const total = own.bound > input.maxLoss ? rowsNeeded(desk, own, { split, part: ownPart }) : null;
    const more = total === null ? '' : ` About ${total} examples in all would tell.`;
    return refuse(`${why}${more}`, nearest, total);
  };
  const limits = (tested: Tested): string | null => brokenLimit(desk, tested, rows);
  // The reference's own promise is a second chance to err beside the path: it has a part of the error allowed, which the
  // path inherits once that promise holds (Bretz et al. 2009). Under a floor it missed on the fit rows it is no answer.
  const reachesFloor = input.minScore === undefined || score.get(reference)! >= input.minScore;
  const ownPassed = own.passed && reachesFloor;
  const pathPart = ownPassed || !reachesFloor ? 1 : 1 - ownPart;
  const sequence = chosen === null ? [] : testSequence(matrix, pathOf(desk, chosen), atPart(at, pathPart));
  const certified = sequence.findLast(({ passed }) => passed) ?? null;
  const nearest = sequence.find(({ passed }) => !passed) ?? null;

  if (cheaper.length === 0) {
    const broken = ownPassed ? limits(own) : unfit(desk, own, units);
    if (broken !== null) return refuseOwn(broken, own);
    return stay(
      'single',
      `${name(reference)} is the best and no candidate is cheaper: there is nothing to route.`,
    );
  }

  if (certified !== null && chosen !== null) {
    const broken = limits(certified);
    if (broken !== null) return refuse(broken, certified, null);
    const bound = certificate(true, certificateMethod, certified.bound);
    if (certified.plan.steps.length === 0) {
      const reason = `${name(certified.plan.last)} alone is within ${inPoints(input.maxLoss)} of ${name(reference)}.`;
      return {
        verdict: 'single',
        plan: certified.plan,
        certificate: bound,
        structure: chosen,
        needed: null,
        reason,
      };
    }
    const singles = singlesOn(matrix, kept, rows);
    const gainOf = ({ plan }: { plan: Plan }): MixGain =>
      mixGain(matrix, outcomesOf(plan, matrix, rows), singles);
    const along = gainAlong(thin(pathOf(desk, chosen), gainsAlong).map(gainOf));
    if (gainOf(certified).gain > 0 && beatsMix(along, input.confidence)) {
      const verdict = chosen.family === 'cascade' ? 'cascade' : 'route';
      return {
        verdict,
        plan: certified.plan,
        certificate: bound,
        structure: chosen,
        needed: null,
        reason: '',
      };
    }
  }

  const least = leastRows(desk);
  if (units < least) {
    const total = Math.ceil((least * (split.fit.length + n + split.test.length)) / Math.max(1, units));
    const why = `With ${units < n ? `${units} independent groups of rows` : `${n} rows`} to calibrate on, no loss of ${inPoints(input.maxLoss)} can be certified; it takes about ${total} examples in all.`;
    return refuse(why, nearest ?? certified, total);
  }
  const ownBroken = ownPassed ? limits(own) : unfit(desk, own, units);
  if (ownBroken !== null) return refuseOwn(ownBroken, bestTested(desk, sequence, own));
  if (certified === null && nearest !== null && chosen !== null && promises(desk, nearest, rows)) {
    const total = rowsNeeded(desk, nearest, { split, part: pathPart });
    const more = total === null ? '' : ` About ${total} examples in all would do.`;
    const why = `A policy at ${(100 * (nearest.cost / cost.get(reference)!)).toFixed(0)} % of the cost looks within ${inPoints(input.maxLoss)}, but ${n} rows cannot certify it.${more}`;
    return refuse(why, nearest, total);
  }
  const dominated = cheaper.every((c) => score.get(c)! <= score.get(reference)!);
  return stay(
    'single',
    `No policy within ${inPoints(input.maxLoss)} beats a random mix of single models by more than noise${dominated ? '' : ' at a lower cost'}: ${name(reference)} alone is the honest answer.`,
  );
}

const gainsAlong = 20;
/** A clear best single keeps its promise at this part of the error, and then the path loses nothing. */
const ownShare = 0.2;

/** At a part of the error allowed. */
const atPart = (at: Calibration, part: number): Calibration => ({
  ...at,
  input: { ...at.input, confidence: 1 - part * (1 - at.input.confidence) },
});

/** What to test, safest first. With a floor above the reference's own score, from the best-scoring policy on. */
function pathOf(desk: Desk, chosen: Structure): Point[] {
  const { input, score, reference } = desk;
  const path = chosen.path.filter((point) => chosen.path.length === 1 || point.loss <= input.maxLoss);
  const useful =
    input.maxP95Ms === undefined
      ? path
      : path.filter((point) =>
          meetsAsk({ ...desk, input: { ...input, maxLoss: 1, minScore: undefined } }, point, false),
        );
  if (input.minScore === undefined || score.get(reference)! >= input.minScore) return useful;
  const top = useful.reduce((best, point, i) => (point.score > (useful[best]?.score ?? -1) ? i : best), 0);
  return useful.slice(top);
}

function brokenLimit({ input, matrix }: Desk, tested: Tested, rows: Int32Array): string | null {
  if (input.maxCostUsd !== undefined && tested.cost > input.maxCostUsd) {
    return `Nothing within the tolerance costs at most $${input.maxCostUsd} a request; the nearest costs $${tested.cost.toPrecision(3)}.`;
  }
  if (input.maxP95Ms !== undefined) {
    const slow = p95(outcomesOf(tested.plan, matrix, rows).latency);
    if (slow > input.maxP95Ms) {
      const nearest = Number.isFinite(slow)
        ? `the nearest takes ${slow.toFixed(0)} ms`
        : 'no latency is known';
      return `Nothing within the tolerance answers 95 % of requests in ${input.maxP95Ms} ms; ${nearest}.`;
    }
  }
  return null;
}

/** Why even the reference alone cannot be promised. */
function unfit({ input, matrix, reference }: Desk, own: Tested, units: number): string {
  if (own.bound > input.maxLoss)
    return `Which single is best is not known: ${matrix.candidates[reference]} was best on the fit rows, but ${units} calibrating ${units === 1 ? 'unit' : 'units'} leave room for a loss of ${inPoints(own.bound)} against another.`;
  const asked = `${(100 * (input.minScore ?? 0)).toFixed(1)} %`;
  return `A score of ${asked} cannot be certified: the lower bound of ${matrix.candidates[reference]}, the reference, is ${(100 * own.floor).toFixed(1)} %.`;
}

const bestTested = (_: Desk, sequence: Tested[], own: Tested): Tested =>
  sequence.reduce((best, tested) => (tested.score > best.score ? tested : best), own);

/** Fewest rows on which not one loss would certify the tolerance; 30 where none is tolerated. */
const leastRows = ({ input: { maxLoss, confidence }, bound }: Desk): number =>
  maxLoss < 1e-5 ? 30 : Math.max(30, rowsWithoutLoss(maxLoss, confidence, bound));

/** Not certified, but worth more rows: above the mix by more than noise, and its loss within the tolerance. */
function promises(desk: Desk, tested: Tested, rows: Int32Array): boolean {
  if (tested.loss > desk.input.maxLoss || tested.plan.steps.length === 0) {
    return tested.plan.steps.length === 0 && tested.loss <= desk.input.maxLoss;
  }
  const gain = mixGain(
    desk.matrix,
    outcomesOf(tested.plan, desk.matrix, rows),
    singlesOn(desk.matrix, desk.kept, rows),
  );
  return beatsMix(gain, desk.input.confidence);
}

/** At which size the bound would meet the tolerance, if the loss and its spread stay as seen. */
function rowsNeeded(
  desk: Desk,
  tested: Tested,
  { split, part }: { split: Split; part: number },
): number | null {
  const { matrix, input } = desk;
  const z = Math.max(0, normalQuantile(1 - part * (1 - input.confidence)));
  const rows = split.calibrate;
  const rivalScore = gather(matrix.scores[tested.against.rival]!, rows);
  const loss = outcomesOf(tested.plan, matrix, rows).score.map((s, i) => rivalScore[i]! - s);
  const room = input.maxLoss - Math.max(0, tested.against.loss);
  if (room <= 1e-6) return null;
  const centre = mean(loss);
  const deviation = Math.sqrt(mean(loss.map((d) => (d - centre) ** 2)));
  // Where room·n = z·s·√n + the rows the bound adds as lost.
  const root = (z * deviation + Math.sqrt((z * deviation) ** 2 + 4 * room * desk.worst)) / (2 * room);
  const calibrate = Math.max(leastRows(desk), Math.ceil(root ** 2));
  const total = split.fit.length + rows.length + split.test.length;
  return Math.ceil((Math.max(calibrate, rows.length + 1) * total) / rows.length);
}
