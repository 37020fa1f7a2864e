import type { Json } from '../../api/index.ts';
import type { Ranker } from '../../retrieval/index.ts';
import type { Effect, Step } from '../compiled.ts';
import type { DocumentSet } from '../documents.ts';
import type { Template } from '../template.ts';

export interface Searching {
  documents: DocumentSet;
  k: number;
  by: Ranker;
}

/** A search is journalled as a call is: a resumed item has the passages it had. */
export const searchEffect = ({ documents, k, by }: Searching, query: string): Effect => ({
  name: `retrieve/${documents.name}`,
  request: { query, k, by, documents: documents.resolved },
  // The first search waits for the index.
  timeoutMs: 600_000,
  async run(signal) {
    const index = await documents.index(by, signal);
    return (await index.search(query, k)).map((found): Json => ({ ...found }));
  },
});

/** Its output: the passages, best first, `{ id, document, headings, text, score }`. */
export function retrieveStep({
  id,
  query,
  needs,
  ...searching
}: Searching & { id: string; query: Template; needs: string[] }): Step {
  return {
    id,
    kind: 'retrieve',
    needs,
    async run(item) {
      const started = performance.now();
      const asked = query.render(item.scope);
      const found = await item.context.effect(item.prefix + id, searchEffect(searching, asked));
      item.scope.outputs.set(id, found);
      item.context.span({
        step: item.prefix + id,
        kind: 'retrieve',
        startedMs: performance.timeOrigin + started,
        durationMs: performance.now() - started,
        attributes: {
          documents: searching.documents.name,
          by: searching.by,
          query: asked,
          found: Array.isArray(found) ? found.map((one) => idOf(one)) : [],
        },
      });
    },
    plan({ scope }) {
      // The longest passages there may be: words of eight letters.
      const words = Number(searching.documents.resolved['words'] ?? 0);
      scope.outputs.set(id, 'x'.repeat(searching.k * words * 9));
      return null;
    },
  };
}

const idOf = (found: Json): Json =>
  typeof found === 'object' && found !== null && 'id' in found ? (found['id'] ?? null) : null;
