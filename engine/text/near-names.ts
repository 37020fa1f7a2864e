import leven from 'leven';

/** The known names most like a mistyped one, best first: those it begins or is part of, and those a few edits away. */
export function nearNames(written: string, known: Iterable<string>, most = 3): string[] {
  const wanted = written.toLowerCase();
  const part = wanted.length >= 3;
  const near = [...known]
    .map((name) => {
      const lower = name.toLowerCase();
      // Names come from files: the limit keeps a hostile one from costing its square.
      const limit = Math.min(20, Math.max(1, Math.floor(Math.min(wanted.length, lower.length) / 3)) + 1);
      const edits = leven(wanted, lower, { maxDistance: limit });
      const near = edits < limit || (part && lower.includes(wanted));
      return { name, near, edits: edits < limit ? edits : limit + lower.length - wanted.length };
    })
    .filter(({ near }) => near)
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1));
  // Beside a slip of one letter nobody needs to read what is three letters away.
  const far = 2 * (near[0]?.edits ?? 0);
  return near
    .filter(({ edits }) => edits <= far)
    .slice(0, most)
    .map(({ name }) => name);
}

/** A hint for an unknown name: "Did you mean …?" where some are near, else what there is, a dozen at most. */
export function nearNamesHint(written: string, known: readonly string[], noun: string): string {
  const near = nearNames(written, known);
  const quoted = (names: readonly string[]): string[] => names.map((name) => `\`${name}\``);
  if (near.length > 0) return `Did you mean ${quoted(near).join(' or ')}?`;
  if (known.length === 0) return `There is no ${noun} to choose from.`;
  const more = known.length > 12 ? ` and ${known.length - 12} more` : '';
  return `Known ${noun}s: ${quoted(known.slice(0, 12)).join(', ')}${more}.`;
}
