import { setImmediate } from 'node:timers/promises';
import {
  type Family,
  type FitInput,
  type FitResult,
  type OutcomeMatrix,
  type PolicyDraft,
  type PolicyReplayed,
  type Warning,
  WorkbenchError,
} from '../api/index.ts';
import { largestCluster } from '../math/index.ts';
import { countFailures, replayPolicy, signalProfiles, summariseReplay } from '../policy/index.ts';
import { baselinesOf } from './baselines.ts';
import { checkCandidates } from './checks.ts';
import { policyCandidates, rulesOf } from './draft.ts';
import { frontierPoint, metricsOf, sweepOf } from './frontier.ts';
import { checkLeftOut, failedCallsWarning } from './left-out.ts';
import { gather, mean, type Plan, single } from './plan.ts';
import { choose } from './choose.ts';
import { type Desk, openDesk } from './desk.ts';
import { type Structure, singlesStructure, structuresOf } from './search.ts';
import { sentenceOf } from './sentence.ts';
import { collectSignals } from './collect-signals.ts';
import { pairedRows, type Split, splitHash, splitRows, straddlingGroups } from './split.ts';
import { decide, type Outcome } from './verdict.ts';

export interface FitContext {
  signal: AbortSignal;
  progress(stage: string, done: number, total: number): void;
  /** ISO time the policy is dated with. */
  now: string;
}

const leastRows = 10;

/**
 * Searches for the cheapest policy whose loss of score against the reference can be certified.
 *
 * Chosen on the fit rows, tested on the calibrating rows, shown on the test rows, where the figures are the replay of
 * the draft itself. The same seed gives the same fit whatever the order of rows and candidates. A refusal is a
 * result (`single`, `insufficient-data`), not an error.
 *
 * @throws WorkbenchError fit.no_paired_rows, fit.cost_unknown, candidate.unknown, input.invalid (unknown signal),
 * unsupported (family), cancelled.
 */
export async function fitPolicy(
  recorded: OutcomeMatrix,
  input: FitInput,
  ctx: FitContext,
): Promise<{ result: Omit<FitResult, 'fit' | 'policy'>; draft: PolicyDraft }> {
  refuseFamilies(input.families);
  ctx.progress('check', 0, 1);
  const { kept, warnings } = checkCandidates(recorded, input);
  const matrix = countFailures(recorded);
  warnings.push(...failedCallsWarning(recorded, kept));
  const rows = pairedRows(matrix, kept);
  const leftOut = matrix.examples.length - rows.length;
  if (rows.length < leastRows) throw noPairedRows(matrix, kept, rows.length);
  const groups = new Set(Array.from(rows, (row) => matrix.groups[row])).size;
  if (groups < leastRows) throw tooFewGroups(rows.length, groups);
  const holes = checkLeftOut(matrix, kept, rows);
  warnings.push(...holes.warnings);
  const split = splitRows(matrix, rows, input.seed);
  const straddling = straddlingGroups(matrix, split);
  if (straddling > 0) warnings.push(straddlingWarning(straddling));
  const reference =
    input.reference === 'best'
      ? bestSingle(matrix, kept, split.fit)
      : matrix.candidates.indexOf(input.reference);
  const signals = collectSignals(matrix, { kept, rows, fit: split.fit }, input);
  warnings.push(...signals.warnings);
  const desk = openDesk({
    matrix,
    kept,
    reference,
    fit: split.fit,
    rows,
    calibrate: split.calibrate.length,
    largestCluster: largestCluster(matrix.groups),
    signals,
    input,
  });
  const structures = await searchAll(desk, ctx);
  ctx.progress('calibrate', 0, 1);
  const chosen = choose(desk, structures);
  const outcome = decide(desk, chosen, split, holes.reason);
  await breathe(ctx);
  ctx.progress('test', 0, 1);
  const report = new Report(desk, split, structures, outcome, ctx);
  const built = report.build(warnings, leftOut);
  ctx.progress('test', 1, 1);
  return built;
}

async function searchAll(desk: Desk, ctx: FitContext): Promise<Structure[]> {
  const structures = [singlesStructure(desk)];
  const jobs = structuresOf(desk);
  let last = performance.now();
  for (const [i, job] of jobs.entries()) {
    const found = job();
    if (found !== null && found.points.length > 0) structures.push(found);
    if (performance.now() - last < 50) continue;
    ctx.progress('search', i + 1, jobs.length);
    await breathe(ctx);
    last = performance.now();
  }
  await breathe(ctx);
  ctx.progress('search', jobs.length, jobs.length);
  return structures;
}

/** Lets a cancellation arrive. */
async function breathe({ signal }: FitContext): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw new WorkbenchError('cancelled', 'The fit was cancelled.');
}

function refuseFamilies(families: readonly Family[] | undefined): void {
  const missing = (families ?? []).filter((family) => family === 'argmax' || family === 'cascade-route');
  if (missing.length === 0) return;
  throw new WorkbenchError('unsupported', `Fits do not search the family ${missing.join(' or ')} yet.`, {
    hint: 'Leave it out: threshold, group-table and cascade are searched.',
    details: { families: missing },
  });
}

function noPairedRows(matrix: OutcomeMatrix, kept: readonly number[], n: number): WorkbenchError {
  return new WorkbenchError(
    'fit.no_paired_rows',
    `Only ${n} examples have a score and a cost for each of the ${kept.length} candidates.`,
    {
      hint: 'Fit fewer candidates, or run the missing outcomes.',
      details: { candidates: kept.map((c) => matrix.candidates[c]), rows: n },
    },
  );
}

function tooFewGroups(rows: number, groups: number): WorkbenchError {
  return new WorkbenchError(
    'fit.no_paired_rows',
    `The ${rows} rows form only ${groups} independent ${groups === 1 ? 'group' : 'groups'}; a fit needs ${leastRows} to divide.`,
    {
      hint: 'Rows of one group are never separated. Group by something finer, or add examples.',
      details: { rows, groups },
    },
  );
}

const straddlingWarning = (count: number): Warning => ({
  code: 'fit.groups_straddle_splits',
  message: `${count} groups have rows in more than one of the dataset's own parts: what is shown on the test rows may look better than it is.`,
  count,
  examples: [],
});

/** Highest score on the rows; ties to the cheaper, then to the first by id. */
function bestSingle(matrix: OutcomeMatrix, kept: readonly number[], rows: Int32Array): number {
  const ranked = kept.map((c) => ({
    c,
    score: mean(gather(matrix.scores[c]!, rows)),
    cost: mean(gather(matrix.costs[c]!, rows)),
    id: matrix.candidates[c]!,
  }));
  ranked.sort((a, b) => b.score - a.score || a.cost - b.cost || (a.id < b.id ? -1 : 1));
  return ranked[0]!.c;
}

const signalsOf = (plan: Plan, chosen: Structure | null): string[] =>
  plan.steps.length === 0 ? [] : (chosen?.signals ?? []);

/** Everything shown, from the outcome of the search. */
class Report {
  readonly #desk: Desk;
  readonly #split: Split;
  readonly #structures: Structure[];
  readonly #outcome: Outcome;
  readonly #ctx: FitContext;

  constructor(desk: Desk, split: Split, structures: Structure[], outcome: Outcome, ctx: FitContext) {
    this.#desk = desk;
    this.#split = split;
    this.#structures = structures;
    this.#outcome = outcome;
    this.#ctx = ctx;
  }

  build(
    warnings: Warning[],
    leftOut: number,
  ): { result: Omit<FitResult, 'fit' | 'policy'>; draft: PolicyDraft } {
    const { matrix, kept, input, reference } = this.#desk;
    const { fit, calibrate, test } = this.#split;
    const { plan, verdict, certificate, structure, needed } = this.#outcome;
    const rows = { fit: fit.length, calibrate: calibrate.length, test: test.length, leftOut };
    const referenceId = matrix.candidates[reference]!;
    const nominal = kept.some((c) => matrix.nominal.has(matrix.candidates[c]!));
    const draft = this.#draft(rows, referenceId, nominal);
    const replay = replayPolicy(draft, matrix, test);
    const summary = summariseReplay(draft, matrix, replay);
    const told = {
      verdict,
      plan,
      matrix,
      input,
      reference: referenceId,
      certificate,
      nominal,
      reason: this.#outcome.reason,
      leftOut,
    };
    const costShare = summary.costUsd.mean / (summary.reference?.costUsd.mean ?? NaN);
    const sentence = sentenceOf({ ...told, score: summary.score, costShare });
    const baselines = baselinesOf({ matrix, kept, fit, test: replay.rows, policy: replay });
    if (plan.steps.length > 0) warnings.push(...beatenWarnings(summary, baselines));
    const shown = plan.steps.length > 0 ? plan : this.#bestPlan();
    const moved = shown === null ? null : sweepOf(matrix, shown, test, shown === plan);
    const curve = [
      ...(moved?.plans ?? []),
      ...(shown === null ? [] : [shown]),
      ...(structure?.points.map((p) => p.plan) ?? []),
    ];
    const frontier = [...kept.map(single), ...curve]
      .slice(0, 500)
      .map((each) => frontierPoint(matrix, each, test))
      .sort((a, b) => a.costUsd - b.costUsd || a.score - b.score);
    const metrics = metricsOf({ matrix, kept, test, plans: curve, seed: input.seed });
    Object.assign(draft.evidence, {
      sentence,
      score: summary.score,
      costUsd: summary.costUsd,
      lossVsReference: summary.lossVsReference,
      shares: summary.shares,
      baselines: baselines.map(({ name, score, costUsd }) => ({ name, score, costUsd })),
      signalProfile: signalProfiles(draft, matrix, fit),
    } satisfies Partial<PolicyDraft['evidence']>);
    return {
      draft,
      result: {
        run: matrix.runs,
        dataset: matrix.dataset.name,
        created: this.#ctx.now,
        seed: input.seed,
        verdict,
        family: plan.steps.length === 0 ? null : (structure?.family ?? null),
        signals: signalsOf(plan, structure),
        reference: referenceId,
        rows,
        certificate,
        test: {
          score: summary.score,
          costUsd: summary.costUsd,
          shares: summary.shares,
          lossVsReference: summary.lossVsReference ?? { ...summary.score, mean: 0, lo: 0, hi: 0 },
          latencyMs: summary.latencyMs,
        },
        baselines,
        frontier,
        metrics,
        sweep: moved?.sweep ?? null,
        tried: this.#tried(),
        needed,
        nominalPrices: nominal,
        warnings,
        sentence,
      },
    };
  }

  #draft(rows: FitResult['rows'], reference: string, nominalPrices: boolean): PolicyDraft {
    const { matrix, kept, input } = this.#desk;
    const { plan, verdict, certificate } = this.#outcome;
    return {
      format: 'kneepoint-policy/1',
      version: '1.0.0',
      name: input.name ?? `${matrix.dataset.name} policy`,
      created: this.#ctx.now,
      candidates: policyCandidates(matrix, kept),
      ...rulesOf(plan, matrix),
      budget: { perRequestUsd: null, perDayUsd: null },
      rollout: {
        mode: 'active',
        percent: 100,
        salt: `${matrix.dataset.name}-${input.seed}`,
        stickyKey: 'id',
      },
      evidence: {
        verdict,
        sentence: '',
        reference,
        dataset: { name: matrix.dataset.name, hash: matrix.dataset.hash, rows: matrix.dataset.rows },
        run: matrix.runs,
        seed: input.seed,
        rows,
        splitHash: splitHash(matrix, this.#split),
        score: null,
        costUsd: null,
        lossVsReference: null,
        shares: {},
        certificate,
        baselines: [],
        signalProfile: {},
        validUntil: null,
        nominalPrices,
      },
    };
  }

  /** What to show on the curve where no policy was chosen: the one nearest to paying. */
  #bestPlan(): Plan | null {
    const { structure } = this.#outcome;
    if (structure !== null && structure.family !== null)
      return (structure.best ?? structure.points.at(-1))?.plan ?? null;
    const ranked = this.#structures
      .filter(({ family, advantage }) => family !== null && !Number.isNaN(advantage))
      .toSorted((a, b) => b.advantage - a.advantage || (a.key < b.key ? -1 : 1));
    const [first] = ranked;
    return first === undefined ? null : ((first.best ?? first.points.at(-1))?.plan ?? null);
  }

  #tried(): FitResult['tried'] {
    const { matrix, input } = this.#desk;
    const rank = (s: Structure): number => s.best?.cost ?? Infinity;
    return this.#structures
      .filter((s): s is Structure & { family: Family } => s.family !== null && s.points.length > 0)
      .toSorted((a, b) => rank(a) - rank(b) || b.advantage - a.advantage || (a.key < b.key ? -1 : 1))
      .slice(0, 100)
      .map((s) => {
        const point = s.best ?? s.points.find(({ loss }) => loss <= input.maxLoss) ?? s.points[0]!;
        const note =
          s.best === null
            ? 'on the fit rows nothing cheaper is expected to hold the tolerance'
            : s.advantage >= 1
              ? 'expected to hold the tolerance, above the same-cost mix'
              : 'expected to hold the tolerance, not clearly above the same-cost mix';
        return {
          family: s.family,
          signals: s.signals,
          candidates: s.candidates.map((c) => matrix.candidates[c]!),
          score: point.score,
          costUsd: point.cost,
          note,
        };
      });
  }
}

function beatenWarnings(summary: PolicyReplayed, baselines: FitResult['baselines']): Warning[] {
  const beaten = baselines.filter(
    ({ kind, score }) =>
      (kind === 'length' || kind === 'group-prior' || kind === 'knn') && score.mean >= summary.score.mean,
  );
  return beaten.map(({ name, score }) => ({
    code: 'fit.beaten_by_baseline',
    message: `On the test rows ${name} does as well at the same cost: ${(100 * score.mean).toFixed(1)} % against ${(100 * summary.score.mean).toFixed(1)} %.`,
    count: 1,
    examples: [name],
  }));
}
