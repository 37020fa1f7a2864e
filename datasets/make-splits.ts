/** Splits made on import: seeded, stratified by label; rows of a group, and rows that say the same, stay together. */
import { createHash } from 'node:crypto';
import type { Example, Split, SplitShares } from '../engine/api/index.ts';
import { assignSplits } from './assign-splits.ts';
import { inputText, normalised } from './checks/texts.ts';
import { asText } from './records.ts';

/** A label on fewer rows than this is too rare to be divided in proportion. */
const leastRows = 10;

export interface SplitMaker {
  add(example: Example): void;
  /** Of the rows in the order they were added. */
  splits(): Split[];
}

export function newSplitMaker({ seed, ...shares }: SplitShares): SplitMaker {
  const parents: number[] = [];
  const nodes = new Map<string, number>();
  const rows: { node: number; label: string }[] = [];
  const rowsOf = new Map<string, number>();
  const nodeOf = (name: string): number => {
    let node = nodes.get(name);
    if (node === undefined) {
      node = parents.length;
      parents.push(node);
      nodes.set(name, node);
    }
    return node;
  };
  const root = (node: number): number => {
    let at = node;
    while (parents[at] !== at) at = parents[at] = parents[parents[at]!]!;
    return at;
  };
  /** Smallest name of each cluster, so that the order of rows does not matter. */
  const names = (): Map<number, string> => {
    const smallest = new Map<number, string>();
    for (const [name, node] of nodes) {
      const known = smallest.get(root(node));
      if (known === undefined || name < known) smallest.set(root(node), name);
    }
    return smallest;
  };
  return {
    add({ input, group, expected }) {
      const text = createHash('sha1')
        .update(normalised(inputText(input)))
        .digest('base64url');
      const node = nodeOf(`i${text}`);
      if (group !== null) parents[root(nodeOf(`g${group}`))] = root(node);
      const label = expected === null ? '' : asText(expected);
      rows.push({ node, label });
      rowsOf.set(label, (rowsOf.get(label) ?? 0) + 1);
    },
    splits() {
      const keys = names();
      return assignSplits(
        rows.map(({ node, label }) => ({
          key: keys.get(root(node))!,
          stratum: rowsOf.get(label)! < leastRows ? '' : label,
        })),
        shares,
        seed,
      );
    },
  };
}
