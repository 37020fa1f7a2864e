/**
 * The policy evaluator: one file, no import, pure ES2022 once its types are erased. It ships to production.
 * evaluator.py beside it does the same, bit for bit: exp and log are spelt out because libraries differ in the last bit.
 */

export type ScorerShape =
  | { kind: 'exact' | 'contains'; caseSensitive?: boolean }
  | { kind: 'regex'; pattern: string; flags?: string }
  | { kind: 'numeric' }
  | { kind: 'json-field'; path: string; as?: 'exact' | 'numeric' };

const blanks = /[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+/g;
const regexes = new Map<string, RegExp>();
const maxRegexText = 10_000;
const maxJsonStarts = 200;
const maxJsonDepth = 200;

function fold(text: string, caseSensitive: boolean): string | null {
  const plain = text.normalize('NFKC').replace(blanks, ' ').trim();
  if (plain === '') return null;
  // Upper then lower joins ß with ss and ς with σ, which lower case alone keeps apart.
  return caseSensitive ? plain : plain.toUpperCase().toLowerCase();
}

/** Shortest decimal that reads back as the same double; null for NaN and infinities; −0 is 0. */
function shortest(value: number): string | null {
  return Number.isFinite(value) ? String(value === 0 ? 0 : value) : null;
}

const unsigned =
  /(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?/g;

function lastNumber(text: string): string | null {
  const plain = text.normalize('NFKC').replaceAll('\u2212', '-');
  let digits = '';
  let start = -1;
  for (const match of plain.matchAll(unsigned)) {
    digits = match[0];
    start = match.index;
  }
  if (start < 0) return null;
  let at = start - 1;
  while (at >= 0 && /[\p{Sc} ]/u.test(plain.charAt(at)) && start - at <= 2) at--;
  const currency = at < start - 1 && /\p{Sc}/u.test(plain.slice(at + 1, start));
  if (at < start - 1 && !currency) at = start - 1;
  // A minus after a letter, digit or closing bracket joins words or subtracts: "GPT-4", "10-5".
  const negative =
    at >= 0 && plain.charAt(at) === '-' && !(at > 0 && /[\p{L}\p{N})\]%]/u.test(plain.charAt(at - 1)));
  return shortest(Number((negative ? '-' : '') + digits.replaceAll(',', '')));
}

function balancedEnd(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 123 || c === 91) {
      if (++depth > maxJsonDepth) return -1;
    } else if ((c === 125 || c === 93) && --depth === 0) return i + 1;
  }
  return -1;
}

/** The first part of the text that parses as a JSON object or array; undefined when there is none. */
function firstJson(text: string): unknown {
  let starts = 0;
  for (let i = 0; i < text.length && starts < maxJsonStarts; i++) {
    const c = text.charCodeAt(i);
    if (c !== 123 && c !== 91) continue;
    starts++;
    const end = balancedEnd(text, i);
    if (end < 0) continue;
    try {
      return JSON.parse(text.slice(i, end));
    } catch {
      // Prose in braces: look further on.
    }
  }
  return undefined;
}

function atPath(value: unknown, path: string): unknown {
  let at = value;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    if (Array.isArray(at) && !/^(?:0|[1-9][0-9]{0,8})$/.test(key)) return undefined;
    at = (at as Record<string, unknown>)[key]; // an object with that own key, checked above
  }
  return at;
}

/**
 * The answer as compared: two answers agree when their canonical forms are equal strings.
 * @returns null where the answer is unusable (empty, no number, no match, no such JSON value): it agrees with nothing.
 * @throws SyntaxError for a `regex` whose pattern or flags are invalid.
 */
export function canonicalAnswer(spec: ScorerShape, text: string): string | null {
  switch (spec.kind) {
    case 'exact':
    case 'contains':
      return fold(text, spec.caseSensitive ?? false);
    case 'numeric':
      return lastNumber(text);
    case 'regex': {
      const key = `${spec.flags ?? ''}/${spec.pattern}`;
      let regex = regexes.get(key);
      if (regex === undefined) {
        regex = new RegExp(spec.pattern, (spec.flags ?? '').replace(/[gyd]/g, ''));
        if (regexes.size > 100) regexes.clear();
        regexes.set(key, regex);
      }
      const match = regex.exec(text.slice(0, maxRegexText));
      return match === null ? null : fold(match[1] ?? match[0], false);
    }
    case 'json-field': {
      const value = atPath(firstJson(text), spec.path);
      if (typeof value === 'number') return shortest(value);
      if (typeof value === 'string') return spec.as === 'numeric' ? lastNumber(value) : fold(value, false);
      return typeof value === 'boolean' && spec.as !== 'numeric' ? String(value) : null;
    }
  }
}
