/** What a policy has to be compared with, on the same test rows. */
import type { Baseline, Estimate, OutcomeMatrix } from '../api/index.ts';
import { orderOf } from '../math/index.ts';
import { intervalOfKnown } from '../policy/index.ts';
import { mixGain, singlesOn } from './mix.ts';
import { nearestTexts } from './nearest-texts.ts';
import { gather, mean, type Outcomes } from './plan.ts';
import { shrunkTable } from './sources.ts';

export interface BaselineInput {
  matrix: OutcomeMatrix;
  kept: readonly number[];
  fit: Int32Array;
  test: Int32Array;
  /** The policy on the test rows: score, cost and which candidate was served, with the calls' key of each row. */
  policy: Outcomes & { attempts: string[][] };
}

/** Above this many comparisons of texts the kNN baseline learns from fewer fit rows. */
const maxComparisons = 4_000_000;

export function baselinesOf(given: BaselineInput): Baseline[] {
  const { matrix, kept, fit, test, policy } = given;
  const estimate = (values: Float64Array, kind: 'score' | 'amount'): Estimate =>
    intervalOfKnown(values, { rows: test, groups: matrix.groups, level: 0.95, kind });
  const make = (
    name: string,
    kind: Baseline['kind'],
    note: string,
    score: Float64Array,
    cost: Float64Array,
  ): Baseline => ({
    name,
    kind,
    score: estimate(score, 'score'),
    costUsd: estimate(cost, 'amount'),
    note,
  });
  const name = (c: number): string => matrix.candidates[c]!;
  const singles = singlesOn(matrix, kept, test);
  const baselines = kept.map((c) =>
    make(
      name(c),
      'single',
      `Every request to ${name(c)}.`,
      gather(matrix.scores[c]!, test),
      gather(matrix.costs[c]!, test),
    ),
  );

  const mix = mixGain(matrix, policy, singles);
  const [low, high] = mix.corners;
  baselines.push(
    make(
      'same-cost mix',
      'mix',
      low === high
        ? `At the policy's cost no mix of singles is better than ${name(low)} alone.`
        : `A coin that sends ${share(mix.share)} of requests to ${name(high)} and the rest to ${name(low)}, at the policy's cost.`,
      mix.score,
      mix.cost,
    ),
    hullBaseline(given, make),
    shuffledBaseline(given, make),
  );

  const ranked = (kind: Baseline['kind'], label: string, note: string, value: Float64Array | null): void => {
    if (value === null || low === high) return;
    const { score, cost } = rankedAtCost(matrix, test, [low, high], value, mean(policy.cost));
    baselines.push(
      make(
        label,
        kind,
        `${note} ${name(high)} gets them up to the policy's cost, ${name(low)} the rest.`,
        score,
        cost,
      ),
    );
  };
  const gain = matrix.scores[high]!.map((s, row) => s - matrix.scores[low]![row]!);
  ranked('length', 'prompt length', 'Requests ranked by their length.', lengthValue(given, gain));
  for (const [field, values] of Object.entries(matrix.tags)) {
    if (new Set(Array.from(fit, (row) => values[row])).size < 2) continue;
    const { table, overall } = shrunkTable(values, gain, fit);
    const value = Float64Array.from(test, (row) => table.get(values[row] ?? '') ?? overall);
    ranked(
      'group-prior',
      `group prior (${field})`,
      `Requests ranked by what ${field} gained on the fit rows.`,
      value,
    );
  }
  ranked(
    'knn',
    'kNN',
    'Requests ranked by what the 40 most similar fit texts gained.',
    knnValue(given, gain),
  );

  const oracle = oracleOutcomes(matrix, kept, test);
  baselines.push(
    make(
      'oracle',
      'oracle',
      'The best answer of each request, at the least cost: no policy can know it.',
      oracle.score,
      oracle.cost,
    ),
  );
  return baselines;
}

type Make = (
  name: string,
  kind: Baseline['kind'],
  note: string,
  score: Float64Array,
  cost: Float64Array,
) => Baseline;
const share = (x: number): string => `${(100 * x).toFixed(0)} %`;

/** What a mix of singles has to cost for the policy's score. */
function hullBaseline({ matrix, kept, test, policy }: BaselineInput, make: Make): Baseline {
  const { points, corners } = singlesOn(matrix, kept, test);
  const wanted = mean(policy.score);
  let at = corners.findIndex((i) => points[i]!.score >= wanted);
  const reached = at >= 0;
  if (!reached) at = corners.length - 1;
  const b = corners[at]!;
  const a = corners[Math.max(0, at - 1)]!;
  const rise = points[b]!.score - points[a]!.score;
  const w = reached && rise > 0 ? Math.max(0, (wanted - points[a]!.score) / rise) : 1;
  const blend = (columns: Float64Array[]): Float64Array =>
    Float64Array.from(test, (row) => (1 - w) * columns[kept[a]!]![row]! + w * columns[kept[b]!]![row]!);
  const note = reached
    ? "The cheapest random mix of singles with the policy's score."
    : `No mix of singles reaches the policy's score; ${matrix.candidates[kept[b]!]} comes nearest.`;
  return make('hull of singles', 'hull', note, blend(matrix.scores), blend(matrix.costs));
}

/** The policy's decisions dealt to rows at random: in expectation, every row gets each decision by its share. */
function shuffledBaseline({ matrix, test, policy }: BaselineInput, make: Make): Baseline {
  const decisions = new Map<string, { attempts: number[]; served: number; count: number }>();
  policy.attempts.forEach((attempts, i) => {
    const served = policy.served[i]!;
    const key = JSON.stringify([attempts, served]);
    const known = decisions.get(key);
    if (known !== undefined) known.count++;
    else
      decisions.set(key, { attempts: attempts.map((id) => matrix.candidates.indexOf(id)), served, count: 1 });
  });
  const score = new Float64Array(test.length);
  const cost = new Float64Array(test.length);
  for (const { attempts, served, count } of decisions.values()) {
    const weight = count / policy.attempts.length;
    for (let i = 0; i < test.length; i++) {
      score[i]! += weight * matrix.scores[served]![test[i]!]!;
      for (const c of attempts) cost[i]! += weight * matrix.costs[c]![test[i]!]!;
    }
  }
  const note =
    "The policy's own decisions, dealt to requests at random: what its signal is worth is the difference.";
  return make('shuffled decisions', 'shuffled', note, score, cost);
}

/** Rows of higher value to the strong one until the cost is reached; the last block of ties by its share. */
export function rankedAtCost(
  matrix: OutcomeMatrix,
  rows: Int32Array,
  [cheap, strong]: [number, number],
  value: Float64Array,
  cost: number,
): { score: Float64Array; cost: Float64Array } {
  const out = { score: gather(matrix.scores[cheap]!, rows), cost: gather(matrix.costs[cheap]!, rows) };
  const strongScore = gather(matrix.scores[strong]!, rows);
  const strongCost = gather(matrix.costs[strong]!, rows);
  const known = value.map((x) => (Number.isNaN(x) ? Infinity : x));
  const order = orderOf(known).reverse();
  let budget = cost * rows.length - out.cost.reduce((sum, c) => sum + c, 0);
  for (let i = 0; i < order.length && budget > 0;) {
    let j = i;
    let extra = 0;
    for (; j < order.length && known[order[j]!] === known[order[i]!]; j++) {
      extra += strongCost[order[j]!]! - out.cost[order[j]!]!;
    }
    const w = extra <= budget ? 1 : budget / extra;
    for (; i < j; i++) {
      const at = order[i]!;
      out.score[at] = (1 - w) * out.score[at]! + w * strongScore[at]!;
      out.cost[at] = (1 - w) * out.cost[at]! + w * strongCost[at]!;
    }
    budget -= extra;
  }
  return out;
}

function textsOf(matrix: OutcomeMatrix, rows: Int32Array): string[] {
  return Array.from(rows, (row) => {
    const input = matrix.inputs[row] ?? {};
    return matrix.dataset.inputFields
      .map((field) => (Object.hasOwn(input, field) ? input[field] : null))
      .filter((value) => typeof value === 'string')
      .join('\n');
  });
}

/** Longer first or shorter first, whichever gained on the fit rows. */
function lengthValue({ matrix, fit, test }: BaselineInput, gain: Float64Array): Float64Array | null {
  const lengths = (rows: Int32Array): Float64Array =>
    Float64Array.from(textsOf(matrix, rows), (text) => text.length);
  const own = lengths(fit);
  const others = lengths(test);
  if (others.every((x) => x === others[0])) return null;
  const centre = mean(own);
  let slope = 0;
  own.forEach((x, i) => (slope += (Math.log1p(x) - Math.log1p(centre)) * gain[fit[i]!]!));
  return slope >= 0 ? others : others.map((x) => -x);
}

function knnValue({ matrix, fit, test }: BaselineInput, gain: Float64Array): Float64Array | null {
  const most = Math.max(200, Math.floor(maxComparisons / Math.max(1, test.length)));
  const stride = Math.max(1, Math.ceil(fit.length / most));
  const learnt = fit.filter((_, i) => i % stride === 0);
  const texts = textsOf(matrix, learnt);
  if (texts.every((text) => text === texts[0])) return null;
  const model = nearestTexts(texts, gather(gain, learnt), 40);
  const known = new Map<string, number>();
  return Float64Array.from(textsOf(matrix, test), (text) => {
    let value = known.get(text);
    if (value === undefined) known.set(text, (value = model.predict(text)));
    return value;
  });
}

/** Best score, then least cost. */
export function oracleOutcomes(
  matrix: OutcomeMatrix,
  kept: readonly number[],
  rows: Int32Array,
): { score: Float64Array; cost: Float64Array } {
  const score = new Float64Array(rows.length).fill(-1);
  const cost = new Float64Array(rows.length).fill(Infinity);
  for (let i = 0; i < rows.length; i++) {
    for (const c of kept) {
      const s = matrix.scores[c]![rows[i]!]!;
      const x = matrix.costs[c]![rows[i]!]!;
      if (s > score[i]! || (s === score[i]! && x < cost[i]!)) {
        score[i] = s;
        cost[i] = x;
      }
    }
  }
  return { score, cost };
}
