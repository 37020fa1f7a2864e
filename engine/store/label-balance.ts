import type { DatasetShown, LabelBalance } from '../api/index.ts';

const KEPT = 50;

export interface LabelCounts {
  add(label: string, split: string | null): void;
  summary(): Pick<DatasetShown, 'labels' | 'labelCount' | 'balance'>;
}

/** How often each expected answer occurs, whole and by split. */
export function countLabels(): LabelCounts {
  const labels = new Map<string, { count: number; splits: Map<string, number> }>();
  return {
    add(label, split) {
      let known = labels.get(label);
      if (known === undefined) labels.set(label, (known = { count: 0, splits: new Map() }));
      known.count++;
      const part = split ?? 'none';
      known.splits.set(part, (known.splits.get(part) ?? 0) + 1);
    },
    summary() {
      const ordered = [...labels]
        .map(([label, { count, splits }]) => ({ label, count, splits }))
        .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1));
      return {
        labels: ordered
          .slice(0, KEPT)
          .map(({ label, count, splits }) => ({ label, count, splits: Object.fromEntries(splits) })),
        labelCount: ordered.length,
        balance: balanceOf(ordered),
      };
    },
  };
}

/** Evenness after Pielou 1966: Shannon's entropy over that of labels all as frequent. */
function balanceOf(ordered: { label: string; count: number }[]): LabelBalance | null {
  const [largest] = ordered;
  const rarest = ordered.at(-1);
  if (largest === undefined || rarest === undefined) return null;
  let labelled = 0;
  for (const { count } of ordered) labelled += count;
  let entropy = 0;
  for (const { count } of ordered) entropy -= (count / labelled) * Math.log(count / labelled);
  const named = ({ label, count }: { label: string; count: number }) => ({ label, count });
  return {
    labelled,
    largest: named(largest),
    rarest: named(rarest),
    evenness: ordered.length === 1 ? 1 : entropy / Math.log(ordered.length),
  };
}
