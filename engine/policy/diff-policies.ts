import type { Json, OutcomeMatrix, Policy, PolicyDiffed } from '../api/index.ts';
import { compilePolicy } from './evaluator.ts';
import { matrixRequests } from './matrix-requests.ts';

type Change = PolicyDiffed['changes'][number];
type Bump = PolicyDiffed['bump'];

/**
 * What changed from `a` to `b`, which version step that is, and, on recorded rows, which traffic moves.
 * Vectors and hash follow from the rest and are not compared. List items with ids are compared by id.
 */
export function diffPolicies(a: Policy, b: Policy, matrix: OutcomeMatrix | null): PolicyDiffed {
  const { conformance: _a, integrity: _ia, ...left } = a;
  const { conformance: _b, integrity: _ib, ...right } = b;
  const changes: Change[] = [];
  // Policies are JSON by their schema; optional keys hold no undefined once serialised.
  compare('', JSON.parse(JSON.stringify(left)) as Json, JSON.parse(JSON.stringify(right)) as Json, changes);
  const bumps = changes.map(({ path }) => bumpOf(path));
  const bump = (['major', 'minor', 'patch'] as const).find((step) => bumps.includes(step)) ?? 'none';
  return { changes, traffic: matrix === null ? null : trafficOf(a, b, matrix), bump };
}

function compare(path: string, a: Json | undefined, b: Json | undefined, changes: Change[]): void {
  if (a === b) return;
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const [left, right] = [entries(a), entries(b)];
  if (left === null || right === null || Array.isArray(a) !== Array.isArray(b)) {
    if (JSON.stringify(a) !== JSON.stringify(b)) changes.push({ path, a: a ?? null, b: b ?? null });
    return;
  }
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    compare(at(key), left.get(key), right.get(key), changes);
  }
  const common = (one: Map<string, Json>, other: Map<string, Json>): string[] =>
    [...one.keys()].filter((key) => other.has(key));
  const [order, reordered] = [common(left, right), common(right, left)];
  if (Array.isArray(a) && order.join('\n') !== reordered.join('\n')) {
    changes.push({ path: at('(order)'), a: order, b: reordered });
  }
}

/** Children by key: an object's by name, a list's by id where each item has its own, else by position. */
function entries(value: Json | undefined): Map<string, Json> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const ids = value.map((item) =>
    typeof item === 'object' && item !== null && !Array.isArray(item) && typeof item['id'] === 'string'
      ? item['id']
      : null,
  );
  const byId = ids.every((id) => id !== null) && new Set(ids).size === ids.length;
  return new Map(value.map((item, i) => [byId ? (ids[i] ?? '') : String(i), item]));
}

/** Major: signals or routes; minor: thresholds, models, prices; patch: text and evidence. */
function bumpOf(path: string): Bump {
  const threshold = /\.(?:value|gap(?:\.\d+)?)$/.test(path);
  switch (path.split('.')[0] ?? '') {
    case 'format':
    case 'signals':
      return 'major';
    case 'rules':
    case 'routes':
      return threshold ? 'minor' : 'major';
    case 'candidates':
    case 'budget':
    case 'rollout':
      return 'minor';
    default:
      return 'patch';
  }
}

function trafficOf(a: Policy, b: Policy, matrix: OutcomeMatrix): PolicyDiffed['traffic'] {
  const [before, after] = [compilePolicy(a), compilePolicy(b)];
  const [requestA, requestB] = [matrixRequests(a.signals, matrix), matrixRequests(b.signals, matrix)];
  const from = new Map<string, Map<string, number>>();
  let moved = 0;
  for (let row = 0; row < matrix.examples.length; row++) {
    const x = before.decide(requestA(row));
    const y = after.decide(requestB(row));
    const same = x.served === y.served && x.attempts.join('\n') === y.attempts.join('\n');
    if (!same) moved++;
    const key = x.served ?? '(none)';
    const to = from.get(key) ?? new Map<string, number>();
    to.set(y.served ?? '(none)', (to.get(y.served ?? '(none)') ?? 0) + 1);
    from.set(key, to);
  }
  const plain = [...from].map(([key, to]) => [key, Object.fromEntries(to)] as const);
  return { n: matrix.examples.length, moved, from: Object.fromEntries(plain) };
}
