/** Several rankings as one: reciprocal rank fusion (Cormack, Clarke & Büttcher, SIGIR 2009). */
export interface Ranked {
  /** Position of the passage in the index. */
  at: number;
  /** Higher is better; only comparable within one ranking. */
  score: number;
}

/** The constant of the paper: it keeps a first place in one ranking from deciding alone. */
const DAMPING = 60;

/** Each list best first; score Σ 1 / (60 + rank). Ties by the order of the passages. */
export function fuse(rankings: readonly Ranked[][], k: number): Ranked[] {
  const scores = new Map<number, number>();
  for (const ranking of rankings) {
    for (const [index, { at }] of ranking.entries()) {
      scores.set(at, (scores.get(at) ?? 0) + 1 / (DAMPING + index + 1));
    }
  }
  return [...scores]
    .map(([at, score]) => ({ at, score }))
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, k);
}
