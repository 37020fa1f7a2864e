import type { Condition, FailureClass, Json, Policy, PolicyExported } from '../../api/index.ts';
import {
  approximated,
  dropped,
  exactly,
  type Fidelity,
  finalCandidate,
  lostInGateways,
  type Route,
} from './target.ts';

type JsonObject = { [key: string]: Json };

/** Portkey falls back on HTTP status; failures that answer 200 cannot be told. */
const statuses: Partial<Record<FailureClass, number[]>> = {
  rate_limited: [429],
  overloaded: [503, 529],
  server_error: [500, 502, 504],
  timeout: [408],
  auth: [401, 403],
  bad_request: [400],
  context_overflow: [413],
};
const maxHeaderBytes = 16_000;
const flipped = { gt: 'lte', gte: 'lt', lt: 'gte', lte: 'gt' } as const;

/**
 * A conditional configuration for Portkey's gateway, one key an object because keys beside $or and $and are ignored.
 * The caller computes the signals (with the bundle's evaluator) and sends them as metadata.
 */
export function portkey(policy: Policy): PolicyExported {
  const keys = metadataKeys(policy);
  const fidelity: Fidelity[] = [...lostInGateways(policy, 'Portkey')];
  for (const signal of policy.signals) {
    if (signal.when === 'after') continue;
    const key = keys.get(signal.id) ?? signal.id;
    const note =
      'value' in signal.onMissing
        ? `, and ${JSON.stringify(signal.onMissing.value)} where it is missing`
        : '';
    fidelity.push(
      approximated(`signal:${signal.id}`, `the caller computes it and sends it as metadata.${key}${note}`),
    );
    if ('route' in signal.onMissing && signal.onMissing.route !== policy.rules.at(-1)?.route) {
      const scoped = policy.routes.some(
        ({ id, scope }) => 'route' in signal.onMissing && id === signal.onMissing.route && scope !== null,
      );
      fidelity.push(
        dropped(
          `missing:${signal.id}`,
          'a missing value is false, so the request goes on to later rules',
          scoped,
        ),
      );
    }
  }
  const nodes = new Map(policy.routes.map((route) => [route.id, routeNode(route, policy, fidelity)]));
  const last = policy.rules.length - 1;
  const conditions = policy.rules.slice(0, last).map(({ id, when, route }): JsonObject => {
    fidelity.push(exactly(`rule:${id}`, 'first match wins, numbers compared as numbers'));
    return { query: query(when === 'always' ? alwaysTrue(policy, keys) : when, keys, false), then: route }; // oxlint-disable-line unicorn/no-thenable -- the gateway's own key
  });
  const config: JsonObject = {
    strategy: { mode: 'conditional', conditions, default: policy.rules[last]?.route ?? '' },
    targets: [...nodes].map(([name, node]) => ({ name, ...node })),
  };
  const text = ascii(JSON.stringify(config));
  if (text.length > maxHeaderBytes) {
    fidelity.push(
      approximated('size', `${text.length} bytes do not fit a header: save it as a config on the gateway`),
    );
  }
  return { files: [{ name: 'portkey.json', text: `${ascii(JSON.stringify(config, null, 2))}\n` }], fidelity };
}

/** A query sees metadata.KEY, two levels deep, so a key holds no dot. */
function metadataKeys(policy: Policy): Map<string, string> {
  const keys = new Map<string, string>();
  for (const { id } of policy.signals) {
    const base = id.replace(/[^A-Za-z0-9_-]/g, '_');
    let key = base;
    for (let n = 2; [...keys.values()].includes(key); n++) key = `${base}_${n}`;
    keys.set(id, key);
  }
  return keys;
}

/** Rules after an `always` are never reached; a query that any metadata satisfies keeps their order. */
function alwaysTrue(policy: Policy, keys: Map<string, string>): Condition {
  const signal = policy.signals[0]?.id ?? [...keys.keys()][0] ?? 'none';
  return { op: 'not', of: { op: 'in', signal, values: ['\u0000never'] } };
}

/** Portkey has no $not: it is pushed down to the comparisons. */
function query(condition: Condition, keys: Map<string, string>, negated: boolean): JsonObject {
  switch (condition.op) {
    case 'and':
    case 'or': {
      const join = (condition.op === 'and') === negated ? '$or' : '$and';
      return { [join]: condition.of.map((part) => query(part, keys, negated)) };
    }
    case 'not':
      return query(condition.of, keys, !negated);
    case 'eq':
    case 'in':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const field = `metadata.${keys.get(condition.signal) ?? condition.signal}`;
      if (condition.op === 'in') return { [field]: { [negated ? '$nin' : '$in']: condition.values } };
      if (condition.op === 'eq') return { [field]: { [negated ? '$ne' : '$eq']: condition.value } };
      return { [field]: { [`$${negated ? flipped[condition.op] : condition.op}`]: condition.value } };
    }
  }
}

function routeNode(route: Route, policy: Policy, fidelity: Fidelity[]): JsonObject {
  const primary = finalCandidate(route);
  const last = route.attempts.at(-1);
  let node = candidateNode(primary, policy, fidelity, last);
  const reachable = (id: string): boolean => route.scope === null || route.scope.includes(id);
  for (const [failure, list] of Object.entries(route.fallbacks) as [FailureClass, string[]][]) {
    const standIns = list.filter((id) => reachable(id) && id !== primary);
    if (standIns.length === 0) continue;
    const codes = statuses[failure];
    if (codes === undefined) {
      fidelity.push(dropped(`fallback:${route.id}:${failure}`, 'this failure has no HTTP status of its own'));
      continue;
    }
    node = {
      strategy: { mode: 'fallback', on_status_codes: codes },
      targets: [node, ...standIns.map((id) => candidateNode(id, policy, fidelity, last))],
    };
    fidelity.push(
      approximated(
        `fallback:${route.id}:${failure}`,
        `on HTTP ${codes.join(', ')}; a stand-in's own failure may reach an outer list`,
      ),
    );
  }
  if (route.scope !== null) {
    fidelity.push(exactly(`scope:${route.id}`, 'no target of this route lies outside its scope'));
  }
  return node;
}

function candidateNode(
  id: string,
  policy: Policy,
  fidelity: Fidelity[],
  attempt: Route['attempts'][number] | undefined,
): JsonObject {
  const candidate = policy.candidates.find((c) => c.id === id);
  if (!candidate?.provider || !candidate.model) {
    const element = `candidate:${id}`;
    if (!fidelity.some((f) => f.element === element)) {
      fidelity.push(
        approximated(element, 'its provider or model is not known: fill in the fields that say FILL-IN'),
      );
    }
  }
  return {
    provider: candidate?.provider ?? 'FILL-IN',
    override_params: { ...candidate?.parameters, model: candidate?.model ?? 'FILL-IN' },
    ...(attempt === undefined
      ? {}
      : { request_timeout: attempt.timeoutMs, retry: { attempts: Math.min(5, attempt.retries) } }),
  };
}

/** The configuration travels in an ASCII header. */
const ascii = (text: string): string =>
  text.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
