/** Passages that can be searched by words, by vectors, and by both. */
import { createHash } from 'node:crypto';
import { chunk, type ChunkOptions, contentHash, type Passage } from './chunk.ts';
import type { Document } from './documents.ts';
import { fuse } from './fuse.ts';
import { encodeAll, nearest, type Encoder } from './search-vectors.ts';
import { createWordSearch } from './search-words.ts';

export const rankers = ['words', 'vectors', 'both'] as const;
export type Ranker = (typeof rankers)[number];

export interface Found extends Passage {
  score: number;
}
export interface RetrievalIndex {
  /** sha256 of the passages and of how they are ranked: the version that a run is measured with. */
  version: string;
  passages: number;
  documents: number;
  /** At most k passages, best first. */
  search(query: string, k: number): Promise<Found[]>;
}

/** How far down each ranking is looked before two are fused. */
const DEPTH = 50;

/** `encoder` is asked for only where vectors rank. */
export async function createIndex(
  documents: readonly Document[],
  options: ChunkOptions & { by: Ranker; encoder: () => Promise<Encoder>; signal: AbortSignal },
): Promise<RetrievalIndex> {
  const passages = documents.flatMap((document) => chunk(document, options));
  const { by } = options;
  const byWords = by === 'vectors' ? null : createWordSearch(passages);
  const byVectors = by === 'words' ? null : await vectorSearch(passages, options);
  return {
    version: createHash('sha256')
      .update(`${by} ${contentHash(passages)}`)
      .digest('hex'),
    passages: passages.length,
    documents: documents.length,
    async search(query, k) {
      const depth = by === 'both' ? Math.max(DEPTH, k) : k;
      const rankings = [byWords?.(query, depth), await byVectors?.(query, depth)].filter(
        (ranking) => ranking !== undefined,
      );
      const ranked = by === 'both' ? fuse(rankings, k) : (rankings[0] ?? []);
      return ranked.map(({ at, score }) => ({ ...passages[at]!, score }));
    },
  };
}

async function vectorSearch(
  passages: readonly Passage[],
  { encoder, signal }: { encoder: () => Promise<Encoder>; signal: AbortSignal },
): Promise<(query: string, k: number) => Promise<ReturnType<typeof nearest>>> {
  const loaded = await encoder();
  const texts = passages.map(({ headings, text }) => [...headings, text].join('\n'));
  const vectors = await encodeAll(texts, loaded, signal);
  return async (query, k) => {
    const [vector = []] = await loaded.encode([query]);
    return nearest(vector, vectors, k);
  };
}
