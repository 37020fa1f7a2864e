/** How good a ranking is, given which items are relevant (Järvelin & Kekäläinen, TOIS 2002, for nDCG). */

/** Share of the relevant items among the first k; NaN where none is relevant. */
export function recallAt(ranking: readonly string[], relevant: ReadonlySet<string>, k: number): number {
  const found = new Set(ranking.slice(0, k).filter((id) => relevant.has(id)));
  return relevant.size === 0 ? NaN : found.size / relevant.size;
}

/** 1 / rank of the first relevant item; 0 where none was found, NaN where none is relevant. */
export function reciprocalRank(ranking: readonly string[], relevant: ReadonlySet<string>): number {
  if (relevant.size === 0) return NaN;
  const at = ranking.findIndex((id) => relevant.has(id));
  return at < 0 ? 0 : 1 / (at + 1);
}

/**
 * Discounted cumulated gain of the first k over that of the best order, gains as given (not exponentiated), discount
 * log2(rank + 1). An item named twice counts once. NaN where nothing has a gain.
 */
export function ndcgAt(ranking: readonly string[], gains: ReadonlyMap<string, number>, k: number): number {
  const discounted = (values: readonly number[]): number =>
    values.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
  const seen = new Set<string>();
  const found = ranking.slice(0, k).map((id) => {
    if (seen.has(id)) return 0;
    seen.add(id);
    return gains.get(id) ?? 0;
  });
  const best = discounted(
    [...gains.values()]
      .filter((gain) => gain > 0)
      .sort((a, b) => b - a)
      .slice(0, k),
  );
  return best === 0 ? NaN : discounted(found) / best;
}
