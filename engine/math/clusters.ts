/** Rows of each cluster as sizes, with the cluster of each row renumbered 0…count−1 in order of appearance. */
export interface Clusters {
  count: number;
  /** Length n. */
  of: Int32Array;
  /** Rows a cluster, length count. */
  sizes: Int32Array;
}

/** Any non-negative ids, dense or not. Throws RangeError for a wrong length or a negative id. */
export function denseClusters(groups: Int32Array, n: number): Clusters {
  if (groups.length !== n) throw new RangeError(`${groups.length} cluster ids for ${n} rows.`);
  let max = -1;
  for (let i = 0; i < n; i++) {
    const id = groups[i]!;
    if (id < 0) throw new RangeError(`Cluster id ${id} at row ${i} is negative.`);
    if (id > max) max = id;
  }
  const of = new Int32Array(n);
  const sizes = new Int32Array(n);
  let count = 0;
  // A table where ids are about dense, a Map where a subset left them sparse.
  const table = max < 8 * n + 1024 ? new Int32Array(max + 1).fill(-1) : null;
  const sparse = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const id = groups[i]!;
    let cluster = table ? table[id]! : (sparse.get(id) ?? -1);
    if (cluster < 0) {
      cluster = count++;
      if (table) table[id] = cluster;
      else sparse.set(id, cluster);
    }
    of[i] = cluster;
    sizes[cluster]!++;
  }
  return { count, of, sizes: sizes.slice(0, count) };
}

/** Rows of the largest cluster; 0 where there are none. */
export const largestCluster = (groups: Int32Array): number =>
  denseClusters(groups, groups.length).sizes.reduce((most, size) => Math.max(most, size), 0);
