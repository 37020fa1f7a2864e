/** What a fit found, in one plain sentence. */
import type { Certificate, Estimate, FitInput, OutcomeMatrix, Verdict } from '../api/index.ts';
import type { Plan, Step } from './plan.ts';

export const points = (x: number): string => `${Number((100 * x).toFixed(2))} point${x === 0.01 ? '' : 's'}`;
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
const short = (x: number): string => String(Number(x.toPrecision(4)));

export function describePlan(plan: Plan, matrix: OutcomeMatrix): string {
  const name = (c: number): string => matrix.candidates[c]!;
  const [first] = plan.steps;
  if (first === undefined) return `Send every request to ${name(plan.last)}`;
  const parts = plan.steps.map((step: Step, i): string => {
    const opening = i === 0 ? '' : 'else ';
    if (step.kind === 'agree') {
      return `${i === 0 ? 'Try' : 'else try'} ${name(step.pair[0])} and ${name(step.pair[1])}; where they agree serve that answer`;
    }
    const side = step.op === 'gte' ? 'at least' : 'at most';
    const test =
      step.source.labels === undefined
        ? `${step.source.id} is ${side} ${short(step.threshold)}`
        : `${step.source.id} is good`;
    return step.kind === 'after'
      ? `${i === 0 ? 'Try' : 'else try'} ${name(step.candidate)}; where ${test} serve its answer`
      : `${opening}${i === 0 ? 'Send' : 'send'} requests where ${test} to ${name(step.candidate)}`;
  });
  const rest = first.kind === 'before' ? `the rest to ${name(plan.last)}` : `else ask ${name(plan.last)}`;
  return `${parts.join('; ')}, ${rest}`;
}

export interface Told {
  verdict: Verdict;
  plan: Plan;
  matrix: OutcomeMatrix;
  input: FitInput;
  reference: string;
  score: Estimate;
  /** Share of the reference's cost; NaN where that costs nothing. */
  costShare: number;
  certificate: Certificate;
  /** Why it is one model, or why the ask could not be met. */
  reason: string;
  nominal: boolean;
  /** Examples without an outcome of every candidate. */
  leftOut: number;
}

export function sentenceOf(told: Told): string {
  const { verdict, plan, matrix, input, reference, score, costShare, certificate, reason, leftOut } = told;
  const figures = `${percent(score.mean)} (95 %: ${(100 * score.lo).toFixed(1)}–${(100 * score.hi).toFixed(1)}, n=${score.n})`;
  const itself = plan.steps.length === 0 && matrix.candidates[plan.last] === reference;
  const cost =
    itself || !Number.isFinite(costShare)
      ? ''
      : ` at ${(100 * costShare).toFixed(0)} % of ${reference}'s cost`;
  const promise =
    certificate.certified && !itself
      ? `; loss at most ${points(input.maxLoss)} certified at ${Number((100 * input.confidence).toFixed(1))} % confidence`
      : '';
  const why = verdict === 'route' || verdict === 'cascade' ? '' : ` ${reason}`;
  const without =
    leftOut === 0
      ? ''
      : `; ${leftOut} of ${matrix.examples.length} examples lack an outcome and are left out`;
  return `${describePlan(plan, matrix)}: ${figures}${cost}${promise}${told.nominal ? ' (nominal prices)' : ''}${without}.${why}`;
}
