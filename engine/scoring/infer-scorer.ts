import type { Json, ScorerSpec } from '../api/index.ts';

const currency = String.raw`\p{Sc}?\s*`;
const digits = String.raw`(?:\d{1,3}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|\.\d+`;
const number = new RegExp(String.raw`^\s*${currency}[-+\u2212]?\s*${currency}(?:${digits})\s*%?\s*$`, 'u');

/**
 * Numeric where every expected answer that is there is wholly a number ("$1,200", "-3.5", "12 %"), else exact.
 * A number with leading zeros ("007") is a code, not a quantity. No expected answer at all: exact.
 */
export function inferScorer(expecteds: Iterable<Json>): ScorerSpec {
  let seen = false;
  for (const expected of expecteds) {
    if (expected === null || expected === '') continue;
    const isNumber =
      typeof expected === 'number' ||
      (typeof expected === 'string' && number.test(expected.normalize('NFKC')));
    if (!isNumber) return { kind: 'exact', caseSensitive: false };
    seen = true;
  }
  return seen ? { kind: 'numeric', absolute: 1e-9, relative: 1e-9 } : { kind: 'exact', caseSensitive: false };
}
