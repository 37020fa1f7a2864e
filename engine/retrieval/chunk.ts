/** Sections cut into passages of a bounded length that begin and end with a sentence. */
import { createHash } from 'node:crypto';
import type { Document } from './documents.ts';

export interface Passage {
  /** `document#0`, `document#1`, … in the order of the text. */
  id: string;
  document: string;
  headings: string[];
  text: string;
}
export interface ChunkOptions {
  /** Most words a passage; a sentence that is longer is cut. */
  words: number;
  /** Words at the end of a passage that the next one repeats, in whole sentences; fewer than `words`. */
  overlap: number;
}

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });
const wordCount = (text: string): number => text.match(/\S+/g)?.length ?? 0;

export function chunk(document: Document, { words, overlap }: ChunkOptions): Passage[] {
  const passages: Passage[] = [];
  for (const { headings, text } of document.sections) {
    for (const cut of passagesOf(text, words, Math.min(overlap, words - 1))) {
      passages.push({ id: `${document.id}#${passages.length}`, document: document.id, headings, text: cut });
    }
  }
  return passages;
}

function passagesOf(text: string, words: number, overlap: number): string[] {
  const parts = [...sentences.segment(text)].flatMap(({ segment }) => atMost(segment, words));
  const counts = parts.map(wordCount);
  const passages: string[] = [];
  let from = 0;
  while (from < parts.length) {
    let to = from;
    let length = 0;
    while (to < parts.length && (to === from || length + counts[to]! <= words)) length += counts[to++]!;
    passages.push(parts.slice(from, to).join('').trim());
    if (to >= parts.length) break;
    // Back over whole sentences, as far as the sentence that did not fit still does.
    const room = Math.min(overlap, words - counts[to]!);
    let next = to;
    let repeated = 0;
    while (next - 1 > from && repeated + counts[next - 1]! <= room) repeated += counts[--next]!;
    from = next;
  }
  return passages.filter((passage) => passage !== '');
}

function atMost(sentence: string, words: number): string[] {
  const parts = sentence.match(/\s*\S+\s*/g) ?? [];
  if (parts.length <= words) return [sentence];
  return Array.from({ length: Math.ceil(parts.length / words) }, (_, i) =>
    parts.slice(i * words, (i + 1) * words).join(''),
  );
}

/** sha256 over the passages: the same documents cut the same way are the same index. */
export function contentHash(passages: readonly Passage[]): string {
  const hash = createHash('sha256');
  for (const { id, headings, text } of passages) hash.update(`${JSON.stringify([id, headings, text])}\n`);
  return hash.digest('hex');
}
