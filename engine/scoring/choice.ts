const MAX_TEXT = 20_000;

/**
 * The letter of the option an answer settles on, A…; null where it settles on none or names several alike.
 * In this order: the answer is a letter alone; "answer is (B)" and the like, the last such; a boxed or bold letter, the
 * last; a letter that begins the answer as "B)" or "B."; the one option letter standing alone in capitals.
 */
export function choiceLetter(text: string, options: number): string | null {
  const last = String.fromCharCode(64 + options);
  const letter = `[A-${last}${last.toLowerCase() === 'z' ? 'a-z' : `a-${last.toLowerCase()}`}]`;
  const capital = `[A-${last}]`;
  const plain = text.slice(-MAX_TEXT).normalize('NFKC').replaceAll(/\s+/g, ' ').trim();
  const alone = new RegExp(`^[\\s("'*\\[{]*(${letter})[\\s)"'*\\]}.:]*$`).exec(plain);
  if (alone) return alone[1]!.toUpperCase();
  const stated = lastMatch(
    plain,
    new RegExp(
      `\\b(?:answer|option|choice|choose|pick|select)s?\\b(?:\\s+(?:is|would\\s+be|should\\s+be|must\\s+be|option|choice))*\\s*[:=]?\\s*[*_"'(\\[{$]*(?:\\\\boxed\\{|\\\\text\\{)*(?:(${capital})(?![\\p{L}\\p{N}'’])|([a-${last.toLowerCase()}])(?=[)\\]*."'}]))`,
      'giu',
    ),
    (match) => {
      // Case is ignored for the words only: "the answer is a fraction" names no option.
      const found = match[1] ?? match[2] ?? '';
      const at = match[0].lastIndexOf(found);
      const next = plain.charAt(match.index + match[0].length);
      const bare = found === found.toLowerCase() && !/[)\]*."'}]/.test(next);
      const article = found === 'A' && /^\s+\p{Ll}/u.test(plain.slice(match.index + at + 1));
      return bare || article ? null : found.toUpperCase();
    },
  );
  if (stated) return stated;
  const marked = lastMatch(
    plain,
    new RegExp(
      `(?:\\\\boxed\\{(?:\\\\text\\{)?\\(?|\\*\\*\\(?)(${capital})(?:\\)|\\}|\\*\\*|[.:]|\\s*$)`,
      'gu',
    ),
    (match) => match[1]!,
  );
  if (marked) return marked;
  const first = new RegExp(`^\\(?(${capital})[).:]`).exec(plain);
  if (first) return first[1]!;
  const named = new Set<string>();
  for (const match of plain.matchAll(
    new RegExp(`(?<![\\p{L}\\p{N}'’])(${capital})(?![\\p{L}\\p{N}'’])`, 'gu'),
  )) {
    // "A dog" and "I think" are words of English, not options.
    if (
      /^[AI]$/.test(match[1]!) &&
      /^\s+(?!(?:or|and|nor|is|was|because|since)\b)\p{Ll}/u.test(plain.slice(match.index + 1))
    )
      continue;
    named.add(match[1]!);
  }
  return named.size === 1 ? [...named][0]! : null;
}

function lastMatch(
  text: string,
  pattern: RegExp,
  read: (match: RegExpExecArray) => string | null,
): string | null {
  let last: string | null = null;
  for (const match of text.matchAll(pattern)) last = read(match) ?? last;
  return last;
}
