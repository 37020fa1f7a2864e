/** Ranking by shared words: BM25+ (Lv & Zhai, CIKM 2011) as MiniSearch computes it. */
import MiniSearch from 'minisearch';
import type { Passage } from './chunk.ts';
import type { Ranked } from './fuse.ts';

const segmenter = new Intl.Segmenter('en', { granularity: 'word' });
/** Words of any script, folded: case, accents and full-width forms do not tell words apart. */
export const wordsOf = (text: string): string[] =>
  [...segmenter.segment(text)]
    .filter(({ isWordLike }) => isWordLike === true)
    .map(({ segment }) => segment.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase());

/** Best first; passages that share no word with the query are not among them. Ties by the order of the passages. */
export function createWordSearch(passages: readonly Passage[]): (query: string, k: number) => Ranked[] {
  const index = new MiniSearch<{ id: number; headings: string; text: string }>({
    fields: ['headings', 'text'],
    tokenize: wordsOf,
    processTerm: (term) => term,
    searchOptions: { combineWith: 'OR' },
  });
  index.addAll(passages.map(({ headings, text }, id) => ({ id, headings: headings.join(' '), text })));
  return (query, k) =>
    index
      .search(query)
      .map(({ id, score }): Ranked => ({ at: Number(id), score }))
      .sort((a, b) => b.score - a.score || a.at - b.at)
      .slice(0, k);
}
