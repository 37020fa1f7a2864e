/** Longest common subsequences and edit distances. */

/** Length of the longest common subsequence; O(a·b) time, O(b) memory. */
export function commonSubsequence<T>(a: readonly T[], b: readonly T[]): number {
  const row = new Int32Array(b.length + 1);
  for (const item of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j]!;
      row[j] = item === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]!);
      diagonal = above;
    }
  }
  return row[b.length]!;
}

/** Levenshtein's distance: insertions, deletions and substitutions, each 1. O(a·b) time, O(b) memory. */
export function editDistance<T>(a: readonly T[], b: readonly T[]): number {
  let from = 0;
  let endA = a.length;
  let endB = b.length;
  while (from < endA && from < endB && a[from] === b[from]) from++;
  while (endA > from && endB > from && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const width = endB - from;
  const row = Int32Array.from({ length: width + 1 }, (_, j) => j);
  for (let i = from; i < endA; i++) {
    let diagonal = row[0]!;
    row[0] = i - from + 1;
    for (let j = 1; j <= width; j++) {
      const above = row[j]!;
      const replaced = diagonal + (a[i] === b[from + j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, above + 1, row[j - 1]! + 1);
      diagonal = above;
    }
  }
  return row[width]!;
}
