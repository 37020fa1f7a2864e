/** Documents, the passages they are cut into, and finding the ones that matter to a question. */
export { chunk, type ChunkOptions, type Passage } from './chunk.ts';
export { createIndex, type Found, type Ranker, rankers, type RetrievalIndex } from './create-index.ts';
export { type Document, documentEndings, readDocument, type Section } from './documents.ts';
export { groundedShare } from './grounding.ts';
export type { Encoder } from './search-vectors.ts';
