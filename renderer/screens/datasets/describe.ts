import { count } from '../../ui/format.ts';

const usual = ['fit', 'calibrate', 'test', 'none'];
/** The splits as they are used one after the other. */
export const inOrder = (splits: string[]): string[] =>
  splits.toSorted((a, b) => usual.indexOf(a) - usual.indexOf(b));

/** `fit 600 · test 200`; `not split` where no row has a split. */
export function describeSplits(splits: Record<string, number>): string {
  const used = inOrder(Object.keys(splits)).filter((name) => (splits[name] ?? 0) > 0);
  if (used.every((name) => name === 'none')) return 'not split';
  return used.map((name) => `${name === 'none' ? 'without' : name} ${count(splits[name] ?? 0)}`).join(' · ');
}
