import { stringify } from 'yaml';
import { type FailureClass, type Policy, type PolicyExported, WorkbenchError } from '../../api/index.ts';
import {
  approximated,
  type EvaluatorAssets,
  exactly,
  type Fidelity,
  finalCandidate,
  lostInGateways,
  type Route,
} from './target.ts';

const tiers = ['SIMPLE', 'MEDIUM', 'COMPLEX', 'REASONING'] as const;
const routerName = 'kneepoint';

/**
 * Configuration for LiteLLM's proxy: its complexity router with our evaluator as the custom classifier.
 * Each route is a model group of its own, so that fallbacks belong to the route and keep its scope.
 */
export function litellm(policy: Policy, assets: EvaluatorAssets): PolicyExported {
  if (policy.routes.length > tiers.length) {
    throw new WorkbenchError(
      'unsupported',
      `LiteLLM's classifier chooses among ${tiers.length} tiers, and the policy has ${policy.routes.length} routes.`,
      { hint: 'Export the bundle, and let the caller name the model group.' },
    );
  }
  const fidelity: Fidelity[] = [
    ...lostInGateways(policy, 'LiteLLM'),
    exactly('rules', 'decided by evaluator.py in the classifier plugin'),
    approximated(
      'signals',
      'read from metadata.kneepoint {input, signals}; without it every text field is the last user message',
    ),
    approximated('classifier', 'an exception or a timeout of the plugin goes to the last rule’s route'),
  ];
  const groupOf = new Map(policy.routes.map((route) => [route.id, `route-${route.id}`]));
  const standIns = new Set(policy.routes.flatMap((route) => fallbackList(route)));
  const defaultGroup = groupOf.get(policy.rules.at(-1)?.route ?? '') ?? '';
  const config = {
    model_list: [
      ...policy.routes.map((route) => ({
        model_name: groupOf.get(route.id),
        litellm_params: parameters(finalCandidate(route), policy, fidelity),
      })),
      ...[...standIns].map((id) => ({
        model_name: `candidate-${id}`,
        litellm_params: parameters(id, policy, fidelity),
      })),
      {
        model_name: routerName,
        litellm_params: {
          model: 'auto_router/complexity_router',
          complexity_router_default_model: defaultGroup,
          complexity_router_config: {
            classifier_type: 'custom',
            classifier_plugin: 'policy_plugin.classifier',
            classifier_plugin_timeout_ms: 1000,
            classifier_fallback: 'default_model',
            default_model: defaultGroup,
            tiers: Object.fromEntries(
              tiers.map((tier, i) => [tier, groupOf.get(policy.routes[i]?.id ?? '') ?? defaultGroup]),
            ),
          },
        },
      },
    ],
    router_settings: {
      num_retries: Math.max(...policy.routes.map((route) => route.attempts.at(-1)?.retries ?? 0)),
      timeout: Math.max(...policy.routes.map((route) => route.attempts.at(-1)?.timeoutMs ?? 0)) / 1000,
      fallbacks: routerFallbacks(policy, groupOf, fidelity),
    },
  };
  const tierOf = Object.fromEntries(policy.routes.map(({ id }, i) => [id, tiers[i]]));
  return {
    files: [
      { name: 'config.yaml', text: stringify(config) },
      { name: 'policy_plugin.py', text: plugin(tierOf) },
      { name: 'evaluator.py', text: assets.evaluatorPy },
      { name: 'policy.json', text: `${JSON.stringify(policy, null, 2)}\n` },
    ],
    fidelity,
  };
}

function fallbackList(route: Route): string[] {
  const reachable = Object.values(route.fallbacks).flat();
  return [...new Set(reachable)].filter(
    (id) => id !== finalCandidate(route) && (route.scope === null || route.scope.includes(id)),
  );
}

function routerFallbacks(
  policy: Policy,
  groupOf: ReadonlyMap<string, string>,
  fidelity: Fidelity[],
): Record<string, string[]>[] {
  const lists = policy.routes.map((route) => ({ route, list: fallbackList(route) }));
  for (const { route, list } of lists) {
    if (route.scope !== null) {
      fidelity.push(
        exactly(`scope:${route.id}`, 'the route is its own model group, with stand-ins of its scope only'),
      );
    }
    if (list.length === 0) continue;
    const classes = Object.keys(route.fallbacks) as FailureClass[];
    fidelity.push(
      approximated(`fallback:${route.id}`, `tried on any failure, not only on ${classes.join(', ')}`),
    );
  }
  // Some versions look a chain up under the router's own name (BerriAI/litellm#38832): what stands there serves every
  // route, so it may only hold what every route's scope allows.
  const scopes = policy.routes.flatMap(({ scope }) => (scope === null ? [] : [scope]));
  const shared = [...new Set(lists.flatMap(({ list }) => list))].filter((id) =>
    scopes.every((scope) => scope.includes(id)),
  );
  const named = (list: readonly string[]): string[] => list.map((id) => `candidate-${id}`);
  return [
    ...lists
      .filter(({ list }) => list.length > 0)
      .map(({ route, list }) => ({ [groupOf.get(route.id) ?? '']: named(list) })),
    ...(shared.length > 0 ? [{ [routerName]: named(shared) }] : []),
  ];
}

function parameters(id: string, policy: Policy, fidelity: Fidelity[]): Record<string, unknown> {
  const candidate = policy.candidates.find((c) => c.id === id);
  const known = candidate?.provider && candidate.model;
  if (!known && !fidelity.some(({ element }) => element === `candidate:${id}`)) {
    fidelity.push(
      approximated(`candidate:${id}`, 'its provider or model is not known: fill in what says FILL-IN'),
    );
  }
  return { ...candidate?.parameters, model: known ? `${candidate.provider}/${candidate.model}` : 'FILL-IN' };
}

function plugin(tierOf: Record<string, string | undefined>): string {
  return `"""LiteLLM classifier plugin: the route of policy.json, as a tier. Generated; keep beside evaluator.py."""

import json
import os

from evaluator import compile_policy

_TIERS = json.loads(${JSON.stringify(JSON.stringify(tierOf))})
_HERE = os.path.dirname(os.path.abspath(__file__))


def _last_user_text(messages):
    for message in reversed(messages or []):
        if message.get("role") != "user":
            continue
        content = message.get("content")
        if isinstance(content, list):
            content = "\\n".join(p.get("text", "") for p in content if isinstance(p, dict) and p.get("type") == "text")
        return content if isinstance(content, str) else ""
    return ""


class PolicyClassifier:
    def __init__(self):
        with open(os.path.join(_HERE, "policy.json"), encoding="utf-8") as file:
            policy = json.load(file)
        self._policy = compile_policy(policy)
        self._fields = [field for signal in policy["signals"] for field in signal.get("of", [])]

    async def classify(self, context):
        given = (getattr(context, "metadata", None) or {}).get("kneepoint") or {}
        messages = getattr(context, "structured_messages", None) or getattr(context, "raw_messages", None)
        given_input = given.get("input") or dict.fromkeys(self._fields, _last_user_text(messages))
        request = {"id": "request", "input": given_input, "signals": given.get("signals") or {}}
        decision = self._policy.decide(request)
        # None declines: the router then uses its default model.
        return _TIERS.get(decision["route"])


classifier = PolicyClassifier()
`;
}
