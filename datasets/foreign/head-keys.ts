/** The keys of the two outermost levels of a JSON document of which only the beginning is there. */

export interface HeadKeys {
  top: ReadonlySet<string>;
  under(key: string): ReadonlySet<string>;
}

const nothing: ReadonlySet<string> = new Set();

/** A scan, not a parser: what is malformed ends it, and the keys seen so far are the answer. */
export function keysOf(text: string): HeadKeys {
  const top = new Set<string>();
  const below = new Map<string, Set<string>>();
  let depth = 0;
  let parent = '';
  let last = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      const end = closing(text, i);
      last = text.slice(i + 1, end);
      i = end;
    } else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    else if (char === ':' && depth === 1) {
      top.add(last);
      parent = last;
    } else if (char === ':' && depth === 2) {
      const keys = below.get(parent) ?? new Set();
      below.set(parent, keys.add(last));
    }
  }
  return { top, under: (key) => below.get(key) ?? nothing };
}

function closing(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}
