import type { OutcomeMatrix, Policy, PolicyDraft, PolicyDrifted, PolicySignal } from '../api/index.ts';
import { quantiles } from '../math/index.ts';
import { valueTypeOf } from './conditions.ts';
import { compilePolicy, type SignalValue } from './evaluator.ts';
import { matrixRequests } from './matrix-requests.ts';

/** Above this the population stability index is commonly read as a shift that needs a look. */
const psiThreshold = 0.2;
/** A number with no more values than this is profiled value by value: its deciles would fall between them. */
const maxDistinct = 50;
type Profile = Policy['evidence']['signalProfile'][string];

/**
 * The distribution of each signal on the given rows, for `evidence.signalProfile`: the nine inner decile edges of a
 * number, the shares of each value of a label, a truth value, or a number that takes few values (≤ 50).
 * Signals without a usable value there are left out.
 */
export function signalProfiles(
  policy: Pick<PolicyDraft, 'signals' | 'rules' | 'routes'>,
  matrix: OutcomeMatrix,
  rows: Int32Array | null,
): Record<string, Profile> {
  const values = signalValues(policy, matrix, rows);
  const profiles = policy.signals.flatMap((signal): [string, Profile][] => {
    const known = values.get(signal.id) ?? [];
    if (known.length === 0) return [];
    if (valueTypeOf(signal) !== 'number' || new Set(known).size <= maxDistinct) {
      return [[signal.id, shares(known.map(String))]];
    }
    const deciles = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    return [[signal.id, [...quantiles(Float64Array.from(known, Number), deciles)]]];
  });
  return Object.fromEntries(profiles);
}

/**
 * Compares signals and routes on recorded rows with the fit's, without labels, by the population stability index
 * PSI = Σ (now − then)·ln(now/then), shares smoothed by half a row so that an empty bin stays finite.
 * Where decile edges are equal (ties) nobody knows how much lies on which side: such edges bound no bin.
 */
export function driftPolicy(policy: Policy, matrix: OutcomeMatrix): PolicyDrifted {
  const values = signalValues(policy, matrix, null);
  const signals = policy.signals.flatMap((signal): PolicyDrifted['signals'] => {
    const then = policy.evidence.signalProfile[signal.id];
    if (then === undefined) return [];
    const known = values.get(signal.id) ?? [];
    const [expected, observed] = Array.isArray(then) ? binned(then, known) : labelled(then, known);
    const value = stability(expected, observed);
    const kind = valueTypeOf(signal) === 'number' ? 'number' : 'label';
    const drifted = value > psiThreshold || known.length === 0;
    return [
      { id: signal.id, kind, statistic: 'psi', value, threshold: psiThreshold, drifted, n: known.length },
    ];
  });
  const routes = routeShares(policy, matrix);
  const routePsi = stability(
    routes.map(({ fit }) => fit),
    routes.map(({ now }) => now * matrix.examples.length),
  );
  return {
    n: matrix.examples.length,
    signals,
    routes,
    drifted: signals.some(({ drifted }) => drifted) || routePsi > psiThreshold,
  };
}

function signalValues(
  policy: Pick<PolicyDraft, 'signals' | 'rules' | 'routes'>,
  matrix: OutcomeMatrix,
  rows: Int32Array | null,
): Map<string, SignalValue[]> {
  const compiled = compilePolicy(policy);
  const requestOf = matrixRequests(policy.signals, matrix);
  const values = new Map(policy.signals.map(({ id }: PolicySignal) => [id, [] as SignalValue[]]));
  const total = rows?.length ?? matrix.examples.length;
  for (let i = 0; i < total; i++) {
    const request = requestOf(rows?.[i] ?? i);
    policy.signals.forEach(({ id }, at) => {
      const value = compiled.signalValue(at, request);
      if (value !== undefined) values.get(id)?.push(value);
    });
  }
  return values;
}

/** Expected shares and observed counts in the bins (−∞, e1], (e1, e2], … (ek, ∞). */
function binned(edges: readonly number[], values: readonly SignalValue[]): [number[], number[]] {
  const sorted = [...edges].sort((a, b) => a - b);
  const kept = sorted.map((edge, i) => ({ edge, below: (i + 1) / (sorted.length + 1) }));
  const unique = kept.filter(({ edge }, i) => edge !== sorted[i - 1] && edge !== sorted[i + 1]);
  const upper = unique.map(({ edge }) => edge);
  const below = unique.map((bin) => bin.below);
  const expected = [...below, 1].map((share, i) => share - (i === 0 ? 0 : (below[i - 1] ?? 0)));
  const observed = expected.map(() => 0);
  for (const value of values) {
    const at = upper.findIndex((edge) => Number(value) <= edge);
    const bin = at < 0 ? upper.length : at;
    observed[bin] = (observed[bin] ?? 0) + 1;
  }
  return [expected, observed];
}

function labelled(then: Record<string, number>, values: readonly SignalValue[]): [number[], number[]] {
  const now = new Map<string, number>();
  for (const value of values) now.set(String(value), (now.get(String(value)) ?? 0) + 1);
  const labels = [...new Set([...Object.keys(then), ...now.keys()])];
  return [
    labels.map((label) => (Object.hasOwn(then, label) ? (then[label] ?? 0) : 0)),
    labels.map((label) => now.get(label) ?? 0),
  ];
}

function stability(expected: readonly number[], observed: readonly number[]): number {
  const n = observed.reduce((sum, count) => sum + count, 0);
  const smooth = (count: number): number => (count + 0.5) / (n + 0.5 * observed.length);
  return expected.reduce((sum, share, i) => {
    const then = smooth(share * n);
    const now = smooth(observed[i] ?? 0);
    return sum + (now - then) * Math.log(now / then);
  }, 0);
}

function shares(labels: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Object.fromEntries([...counts].map(([label, count]) => [label, count / labels.length]));
}

/** Shares by what the evidence counts: candidates served, or routes where it names those. */
function routeShares(policy: Policy, matrix: OutcomeMatrix): PolicyDrifted['routes'] {
  const compiled = compilePolicy(policy);
  const requestOf = matrixRequests(policy.signals, matrix);
  const fit = policy.evidence.shares;
  const candidates = new Set(policy.candidates.map(({ id }) => id));
  const byCandidate = Object.keys(fit).every((id) => candidates.has(id));
  const labels = matrix.examples.map((_, row) => {
    const decision = compiled.decide(requestOf(row));
    return (byCandidate ? decision.served : decision.route) ?? '(none)';
  });
  const now = shares(labels);
  return [...new Set([...Object.keys(fit), ...Object.keys(now)])].map((id) => ({
    id,
    fit: fit[id] ?? 0,
    now: now[id] ?? 0,
  }));
}
