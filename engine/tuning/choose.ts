/** Which structure to calibrate: the one that promises most, once both tests have been put to it. */
import { normalCdf, studentOneSided, worstUnits } from '../math/index.ts';
import { mixGain } from './mix.ts';
import { outcomesOf } from './plan.ts';
import type { Desk } from './desk.ts';
import { meetsAsk, type Point, type Structure } from './search.ts';

/** Promises this near are the same: then the simpler structure wins. */
const samePromise = 0.97;
/** Standard errors by which the best point of a sweep is taken to look better than it is, for having been picked. */
const sweepOptimism = 1;
/** Rows a test of means needs. */
const leastUnits = 30;

/**
 * Cheapest on the fit rows is not best: among many structures the cheapest is the one that was luckiest there, and
 * what was luck falls at the tests. So each is judged by its expected saving: share of the reference's cost saved ×
 * chance that the calibrating rows certify the tolerance × chance that they find it above the same-cost mix. Both
 * chances are predictive: they carry the noise of the fit rows as well as that of the calibrating rows.
 */
export function choose(desk: Desk, structures: readonly Structure[]): Structure | null {
  const judged = structures
    .map((structure) => ({ structure, promise: promiseOf(desk, structure) }))
    .filter(({ promise }) => promise > 0);
  const most = Math.max(...judged.map(({ promise }) => promise));
  const near = judged
    .filter(({ promise }) => promise >= most * samePromise)
    .toSorted(
      (x, y) =>
        x.structure.complexity - y.structure.complexity ||
        y.promise - x.promise ||
        (x.structure.key < y.structure.key ? -1 : 1),
    );
  return near[0]?.structure ?? null;
}

function promiseOf(desk: Desk, structure: Structure): number {
  let most = 0;
  for (const point of structure.points) {
    if (!meetsAsk(desk, point, false)) continue;
    const saving = (1 - point.cost / desk.cost.get(desk.reference)!) * chanceToHold(desk, point);
    if (!(saving > most)) continue;
    most = Math.max(most, saving * chanceToPay(desk, structure, point));
  }
  return most;
}

/** That the loss is certified on the calibrating rows. */
function chanceToHold({ fit, calibrate, worst, z, input }: Desk, { loss, spread }: Point): number {
  const room = input.maxLoss - loss - worst / (calibrate + 1);
  const here = spread / Math.sqrt(fit.length);
  const there = spread / Math.sqrt(Math.max(1, calibrate));
  return normalCdf((room - z * there) / Math.hypot(here, there));
}

/** That the calibrating rows put it above the same-cost mix. A single is its own mix and is not asked. */
function chanceToPay(desk: Desk, { family, swept }: Structure, { plan }: Point): number {
  if (family === null) return 1;
  const { gain, deviation, units } = mixGain(
    desk.matrix,
    outcomesOf(plan, desk.matrix, desk.fit, true),
    desk.singles,
  );
  if (units < leastUnits) return 0;
  if (deviation === 0) return gain > 0 ? 1 : 0;
  const here = deviation / Math.sqrt(units);
  const there = deviation / Math.sqrt(Math.max(1, (desk.calibrate * units) / desk.fit.length));
  const believed = gain - (swept ? sweepOptimism * here : 0);
  const { confidence } = desk.input;
  // As the test there reckons: with some units lost that may not have been met yet.
  const size = Math.max(1, (desk.calibrate * units) / desk.fit.length);
  const lost = worstUnits(confidence);
  const spread = Math.sqrt((deviation * deviation * size + lost) / size / size);
  const needed = studentOneSided(confidence, units - 1) * spread + lost / size;
  return normalCdf((believed - needed) / Math.hypot(here, there));
}
