/** A found plan as the policy that does exactly that. */
import {
  agreementOf,
  type Condition,
  type OutcomeMatrix,
  type Policy,
  type PolicyDraft,
  type PolicyRoute,
  type PolicySignal,
} from '../api/index.ts';
import type { Plan, Step, Threshold } from './plan.ts';
import { agreementId } from './search.ts';

type Rules = Pick<PolicyDraft, 'signals' | 'rules' | 'routes'>;
const timeoutMs = 60_000;
const retries = 2;

export function rulesOf(plan: Plan, matrix: OutcomeMatrix): Rules {
  const name = (candidate: number): string => matrix.candidates[candidate]!;
  const first = plan.steps[0];
  if (first === undefined) {
    const last = name(plan.last);
    return { signals: [], rules: [always(last)], routes: [route(last, [attempt(last, 'always')])] };
  }
  return first.kind === 'before' ? routingRules(plan, name) : cascadeRules(plan, matrix, name);
}

function routingRules(plan: Plan, name: (candidate: number) => string): Rules {
  const last = name(plan.last);
  const signals = new Map<string, PolicySignal>();
  const rules: PolicyDraft['rules'] = [];
  const routes = new Map<string, PolicyRoute>();
  for (const step of plan.steps) {
    if (step.kind !== 'before') continue;
    // A request without the signal goes where the hard ones go.
    signals.set(step.source.id, step.source.make({ route: last }));
    const to = name(step.candidate);
    rules.push({ id: `to ${to}`, when: condition(step), route: to });
    routes.set(to, route(to, [attempt(to, 'always')]));
  }
  routes.set(last, route(last, [attempt(last, 'always')]));
  return { signals: [...signals.values()], rules: [...rules, always(last)], routes: [...routes.values()] };
}

function cascadeRules(plan: Plan, matrix: OutcomeMatrix, name: (candidate: number) => string): Rules {
  const signals = new Map<string, PolicySignal>();
  const attempts = plan.steps.flatMap((step: Step): PolicyRoute['attempts'] => {
    if (step.kind === 'agree') {
      const [a, b] = [name(step.pair[0]), name(step.pair[1])];
      const id = agreementId(a, b);
      signals.set(id, {
        id,
        version: 1,
        kind: 'agreement',
        when: 'after',
        candidates: [a, b],
        scorer: agreementOf(matrix.dataset.scorer),
        onMissing: { reject: true },
      });
      return [attempt(a, 'never'), attempt(b, { op: 'eq', signal: id, value: true })];
    }
    signals.set(step.source.id, step.source.make({ reject: true }));
    return [attempt(name(step.candidate), condition(step))];
  });
  return {
    signals: [...signals.values()],
    rules: [always('cascade')],
    routes: [route('cascade', [...attempts, attempt(name(plan.last), 'always')])],
  };
}

const always = (to: string): PolicyDraft['rules'][number] => ({ id: 'always', when: 'always', route: to });
const attempt = (
  candidate: string,
  accept: PolicyRoute['attempts'][number]['accept'],
): PolicyRoute['attempts'][number] => ({ candidate, accept, timeoutMs, retries });
const route = (id: string, attempts: PolicyRoute['attempts']): PolicyRoute => ({
  id,
  attempts,
  fallbacks: {},
  scope: null,
  onAllFail: 'error',
});

function condition({ source, op, threshold, gap }: Threshold): Condition {
  if (source.labels === undefined) return { op, signal: source.id, value: threshold, gap };
  const passes = (value: number): boolean => (op === 'gte' ? value >= threshold : value <= threshold);
  const values = [...source.labels].filter(([, value]) => passes(value)).map(([label]) => label);
  return { op: 'in', signal: source.id, values };
}

export function policyCandidates(matrix: OutcomeMatrix, kept: readonly number[]): Policy['candidates'] {
  return kept.map((c) => {
    const id = matrix.candidates[c]!;
    const model = Object.hasOwn(matrix.models, id) ? matrix.models[id] : undefined;
    const priced = model !== undefined && (model.inputPerMTok !== null || model.outputPerMTok !== null);
    return {
      id,
      provider: model?.provider ?? null,
      model: model?.model ?? null,
      parameters: model?.parameters ?? {},
      price: priced
        ? {
            inputPerMTok: model.inputPerMTok,
            outputPerMTok: model.outputPerMTok,
            nominal: matrix.nominal.has(id),
            date: model.priceDate,
            hash: model.priceHash,
          }
        : null,
    };
  });
}
