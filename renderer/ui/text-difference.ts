/** What one text has that another has not, word by word. */
import { diffWordsWithSpace } from 'diff';

export interface TextPiece {
  kind: 'same' | 'added' | 'removed';
  text: string;
}

/** Beyond this the work grows too fast for a window that should stay quick. */
const LONGEST = 20_000;
const TIMEOUT_MS = 250;
/** Words as the language of the text has them, also where it writes no blanks. */
const words = new Intl.Segmenter('en', { granularity: 'word' });

/**
 * The pieces of both texts in order: `same` and `added` joined are `after`, `same` and `removed` are `before`.
 * Null where the texts are too long or too unlike to be compared in a quarter of a second.
 */
export function textDifference(before: string, after: string): TextPiece[] | null {
  if (before === after) return before === '' ? [] : [{ kind: 'same', text: before }];
  if (before.length > LONGEST || after.length > LONGEST) return null;
  const changes = diffWordsWithSpace(before, after, { intlSegmenter: words, timeout: TIMEOUT_MS });
  return (
    changes?.map(({ added, removed, value }) => ({
      kind: added ? 'added' : removed ? 'removed' : 'same',
      text: value,
    })) ?? null
  );
}
