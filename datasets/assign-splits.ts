/** Seeded splits: whole groups, every stratum in proportion, independent of row order. */
import { createHash } from 'node:crypto';
import type { Split } from '../engine/api/index.ts';

interface Row {
  /** Rows with the same key stay together: a group, or the hash of a duplicated input. */
  key: string;
  /** Usually the label; a group takes the stratum of its smallest member. */
  stratum: string;
}

/** Shares need not sum to 1; they are taken in proportion. */
export function assignSplits(rows: Row[], shares: Record<Split, number>, seed: number): Split[] {
  const strata = new Map<string, Set<string>>();
  const stratumOf = new Map<string, string>();
  for (const { key, stratum } of rows) {
    const known = stratumOf.get(key);
    if (known === undefined || stratum < known) stratumOf.set(key, stratum);
  }
  for (const [key, stratum] of stratumOf) {
    const keys = strata.get(stratum) ?? new Set();
    keys.add(key);
    strata.set(stratum, keys);
  }
  const total = shares.fit + shares.calibrate + shares.test;
  const splitOf = new Map<string, Split>();
  for (const keys of strata.values()) {
    const ordered = [...keys]
      .map((key) => ({ key, rank: rankOf(key, seed) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
    const fit = Math.round((ordered.length * shares.fit) / total);
    const calibrate = Math.round((ordered.length * (shares.fit + shares.calibrate)) / total);
    for (const [i, { key }] of ordered.entries())
      splitOf.set(key, i < fit ? 'fit' : i < calibrate ? 'calibrate' : 'test');
  }
  return rows.map(({ key }) => splitOf.get(key) ?? 'fit');
}

const rankOf = (key: string, seed: number): string =>
  createHash('sha256').update(`${seed}|${key}`).digest('hex');
