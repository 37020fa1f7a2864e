/** How much of an answer stands in the passages it was given. */
import { wordsOf } from './search-words.ts';

/**
 * Share 0…1 of the answer's words that occur in the passages, each at most as often as it occurs there: K-precision
 * (Adlakha et al., "Evaluating correctness and faithfulness of instruction-following models for question answering",
 * TACL 2024). NaN for an answer without words.
 */
export function groundedShare(answer: string, passages: readonly string[]): number {
  const left = new Map<string, number>();
  for (const passage of passages)
    for (const word of wordsOf(passage)) left.set(word, (left.get(word) ?? 0) + 1);
  const words = wordsOf(answer);
  let found = 0;
  for (const word of words) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    found++;
  }
  return words.length === 0 ? NaN : found / words.length;
}
