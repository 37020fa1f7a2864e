import type { Policy, PolicyExported } from '../../api/index.ts';
import { decisionRecordSchema } from './decision-record.ts';
import { modelCard } from './model-card.ts';
import { approximated, type EvaluatorAssets, exactly, type Fidelity } from './target.ts';

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The policy itself with both evaluators and its tests: what decides here decides there. */
export function bundle(policy: Policy, assets: EvaluatorAssets): PolicyExported {
  const carried = 'is in policy.json for the program that makes the calls; the evaluator only decides';
  const fidelity: Fidelity[] = [
    exactly('signals', 'computed by the evaluator from the request, or read from its signals'),
    exactly('rules', 'the same evaluator, checked by vectors.json'),
    exactly('routes', 'attempts, acceptance, fallbacks and scope are decided step by step by next()'),
    ...policy.routes.map((route) =>
      exactly(`review:${route.id}`, `when all fail the evaluator answers all_failed:${route.onAllFail}`),
    ),
    approximated('timeouts and retries', carried),
  ];
  if (policy.rollout.mode !== 'active' || policy.rollout.percent < 100) {
    fidelity.push(approximated('rollout', carried));
  }
  if (policy.budget.perRequestUsd !== null || policy.budget.perDayUsd !== null) {
    fidelity.push(approximated('budget', carried));
  }
  if (policy.signals.some((signal) => signal.kind === 'agreement' && signal.scorer.kind === 'regex')) {
    fidelity.push(
      approximated(
        'regex agreement',
        'evaluator.py translates the pattern, and refuses one it cannot translate',
      ),
    );
  }
  return {
    files: [
      { name: 'policy.json', text: text(policy) },
      { name: 'vectors.json', text: text(policy.conformance) },
      { name: 'evaluator.js', text: assets.evaluatorJs },
      { name: 'evaluator.py', text: assets.evaluatorPy },
      { name: 'model-card.md', text: modelCard(policy) },
      { name: 'decision-record.schema.json', text: text(decisionRecordSchema) },
    ],
    fidelity,
  };
}
