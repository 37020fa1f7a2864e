/** The known names most like a wrong one, best first: fewest edits (Levenshtein), prefixes before the rest. */
export function nearNames(name: string, known: string[], most = 3): string[] {
  const wanted = name.toLowerCase();
  const scored = known.map((candidate) => ({
    candidate,
    distance: distance(wanted, candidate.toLowerCase()),
  }));
  return scored
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length * 0.4))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

function distance(a: string, b: string): number {
  // Names come from files: a hostile one must not cost its square.
  if (Math.abs(a.length - b.length) > 40) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
