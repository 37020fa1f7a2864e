import type { PolicyDraft, PolicySignal } from '../api/index.ts';
import { seededRandom } from '../math/index.ts';
import { comparisonsOf, conditionsOf, valueTypeOf } from './conditions.ts';
import { nextDown, nextUp } from './doubles.ts';

export type Probe = number | string | boolean | null;
/** Signal values by signal id; a signal that is not there is missing. */
export type Context = Map<string, Probe>;

export const foreignLabel = 'naïve·数学·İ';
const maxContexts = 400;
const maxLabels = 12;

/** The values worth trying for a signal: in groups that lie on the two sides of one comparison, and all of them. */
export function probesOf(signal: PolicySignal, policy: PolicyDraft): { groups: Probe[][]; all: Probe[] } {
  const comparisons = conditionsOf(policy)
    .flatMap(({ condition }) => comparisonsOf(condition))
    .filter((comparison) => comparison.signal === signal.id);
  const groups = readsLabel(signal)
    ? [[...Object.keys(signal.table).slice(0, maxLabels), foreignLabel]]
    : comparisons.map((comparison): Probe[] => {
        if (comparison.op === 'in') return [...comparison.values, beside(comparison.values[0] ?? 0)];
        if (typeof comparison.value === 'number') {
          const t = comparison.value;
          return [t, nextDown(t), nextUp(t), t - 1, t + 1].filter(Number.isFinite);
        }
        return [comparison.value, beside(comparison.value)];
      });
  const fallback: Record<string, Probe[]> = {
    number: [0, 1],
    label: ['a', foreignLabel],
    boolean: [true, false],
  };
  const all = [...new Set([...groups.flat(), ...(fallback[valueTypeOf(signal)] ?? [])])];
  return { groups, all: readsLabel(signal) ? [...new Set(groups.flat())] : all };
}

/** A table under its own field's name reads the label there: a number given under that name is none. */
function readsLabel(signal: PolicySignal): signal is Extract<PolicySignal, { kind: 'table' }> {
  return signal.kind === 'table' && signal.id === signal.field;
}

const beside = (value: number | string | boolean): Probe =>
  typeof value === 'boolean'
    ? !value
    : typeof value === 'number'
      ? nextUp(value)
      : `${value} ${foreignLabel}`;

export function unusableValues(signal: PolicySignal): Probe[] {
  const wrong: Record<string, Probe[]> = {
    number: ['0.9abc', '1', true],
    label: [7, false],
    boolean: ['true', 1, 0],
  };
  return [
    null,
    NaN,
    Infinity,
    -Infinity,
    ...(wrong[readsLabel(signal) ? 'label' : valueTypeOf(signal)] ?? []),
  ];
}

/** Every combination of the signals' probes where they are few, else a seeded sample of them. Never empty. */
export function contextsOf(probes: ReadonlyMap<string, { all: readonly Probe[] }>): Context[] {
  const signals = [...probes].map(([id, { all }]) => ({ id, all }));
  const total = signals.reduce((product, { all }) => product * Math.max(1, all.length), 1);
  const random = seededRandom(1);
  return Array.from({ length: Math.min(total, maxContexts) }, (_, n) => {
    let rest = n;
    const context: Context = new Map();
    for (const { id, all } of signals) {
      const at = total <= maxContexts ? rest % all.length : random.int(all.length);
      rest = Math.floor(rest / all.length);
      context.set(id, all[at] ?? null);
    }
    return context;
  });
}
