/** The one grammar of templates here: `{{reference}}`, and `\{{` for the two brackets themselves. */

export interface SlotProblem {
  /** Characters from the start of the template. */
  offset: number;
  /** As written; `{{` where it is not closed. */
  slot: string;
  unclosed: boolean;
}
export interface Slots<R> {
  references: R[];
  /** Literals around the slots: one more than references. */
  literals: string[];
  problems: SlotProblem[];
}

const slot = /\\\{\{|\{\{([^{}]*)\}\}|\{\{/g;

/** `parse` reads what stands in a slot, trimmed; null where that is no reference. Values are never read as templates. */
export function scanSlots<R>(text: string, parse: (inside: string) => R | null): Slots<R> {
  const problems: SlotProblem[] = [];
  const references: R[] = [];
  const literals: string[] = [];
  let literal = '';
  let from = 0;
  for (const match of text.matchAll(slot)) {
    literal += text.slice(from, match.index);
    from = match.index + match[0].length;
    if (match[0] === '\\{{') {
      literal += '{{';
      continue;
    }
    const reference = match[1] === undefined ? null : parse(match[1].trim());
    if (reference !== null) {
      references.push(reference);
      literals.push(literal);
      literal = '';
      continue;
    }
    literal += match[0];
    problems.push({ offset: match.index, slot: match[0], unclosed: match[1] === undefined });
  }
  literals.push(literal + text.slice(from));
  return { references, literals, problems };
}
