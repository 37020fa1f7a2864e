import type { Policy, PolicyExported } from '../../api/index.ts';

/** Texts of the two evaluators, as they ship: supplied by the composition root. */
export interface EvaluatorAssets {
  evaluatorJs: string;
  evaluatorPy: string;
}
export type Fidelity = PolicyExported['fidelity'][number];
export type Candidate = Policy['candidates'][number];
export type Route = Policy['routes'][number];

export const exactly = (element: string, reason: string): Fidelity => ({
  element,
  status: 'exact',
  reason,
  safety: false,
});
export const approximated = (element: string, reason: string): Fidelity => ({
  element,
  status: 'approximated',
  reason,
  safety: false,
});
export const dropped = (element: string, reason: string, safety = false): Fidelity => ({
  element,
  status: 'dropped',
  reason,
  safety,
});

/** What a gateway can do of a route: call the one candidate that is always accepted, and its stand-ins. */
export function finalCandidate(route: Route): string {
  return route.attempts.at(-1)?.candidate ?? '';
}

/** Elements no gateway configuration holds; each is named so that a person can accept its loss. */
export function lostInGateways(policy: Policy, gateway: string): Fidelity[] {
  const lost: Fidelity[] = [];
  for (const signal of policy.signals) {
    if (signal.when === 'before' && 'reject' in signal.onMissing) {
      lost.push(
        dropped(
          `reject:${signal.id}`,
          `${gateway} does not refuse a request whose "${signal.id}" is missing: refuse it before it is sent`,
          true,
        ),
      );
    }
  }
  for (const route of policy.routes) {
    if (route.onAllFail === 'review') {
      lost.push(
        dropped(`review:${route.id}`, `${gateway} hands no failed request to people: its caller must`, true),
      );
    }
    if (route.attempts.length > 1) {
      lost.push(
        dropped(
          `cascade:${route.id}`,
          `${gateway} does not test an answer before serving it: only ${finalCandidate(route)} is called, at its cost`,
        ),
      );
    }
  }
  if (policy.rollout.mode !== 'active' || policy.rollout.percent < 100) {
    lost.push(dropped('rollout', `${gateway} has no sticky rollout: all traffic is routed`));
  }
  if (policy.budget.perRequestUsd !== null || policy.budget.perDayUsd !== null) {
    lost.push(dropped('budget', 'set the budget where the keys are issued'));
  }
  return lost;
}
