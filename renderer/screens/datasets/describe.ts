import { count } from '../../ui/format.ts';

/** `fit 600 · test 200`; `not split` where no row has a split. */
export function describeSplits(splits: Record<string, number>): string {
  const named = Object.entries(splits).filter(([name, rows]) => name !== 'none' && rows > 0);
  if (named.length === 0) return 'not split';
  const none = splits['none'] ?? 0;
  return [...named, ...(none > 0 ? [['without', none] as const] : [])]
    .map(([name, rows]) => `${name} ${count(rows)}`)
    .join(' · ');
}
