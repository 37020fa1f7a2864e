/** The known name nearest to what was written, or null where none is near enough to be a slip of the hand. */
export function nearest(written: string, known: Iterable<string>): string | null {
  const wanted = written.toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const name of known) {
    const distance = editDistance(wanted, name.toLowerCase(), least);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

/** "Did you mean …?" where a name is near, else the list of what is known. */
export function suggestion(written: string, known: string[], noun: string): string {
  const near = nearest(written, known);
  if (near !== null) return `Did you mean \`${near}\`?`;
  if (known.length === 0) return `There is no ${noun} to choose from.`;
  const shown = known.slice(0, 12).map((name) => `\`${name}\``);
  return `Known ${noun}s: ${shown.join(', ')}${known.length > 12 ? ` and ${known.length - 12} more` : ''}.`;
}

/** Optimal string alignment distance (a swap of neighbours costs 1); `limit` or more is reported as `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, before[j - 2]! + 1);
      }
      next.push(least);
    }
    before = row;
    row = next;
  }
  return Math.min(limit, row[b.length]!);
}
