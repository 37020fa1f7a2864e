import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunk, createIndex, type Document, groundedShare } from '../../engine/retrieval/index.ts';
import { fuse } from '../../engine/retrieval/fuse.ts';
import { nearest } from '../../engine/retrieval/search-vectors.ts';

const document = (text: string, id = 'd'): Document => ({ id, sections: [{ headings: [], text }] });
const words = (text: string): string[] => text.match(/\S+/g) ?? [];

describe('passages', () => {
  const sentence = fc
    .array(fc.constantFrom('red', 'green', 'Bern', 'x', '日本'), { minLength: 1, maxLength: 30 })
    .map((parts) => `${parts.join(' ')}. `);
  const options = fc.record({
    words: fc.integer({ min: 1, max: 25 }),
    overlap: fc.integer({ min: 0, max: 30 }),
  });

  it('hold every word in order, none longer than asked, each beyond the one before', () => {
    fc.assert(
      fc.property(fc.array(sentence, { maxLength: 12 }), options, (texts, asked) => {
        const all = words(texts.join(''));
        const passages = chunk(document(texts.join('')), asked).map(({ text }) => words(text));
        let reached = 0;
        for (const passage of passages) {
          expect(passage.length).toBeLessThanOrEqual(asked.words);
          // It continues what was read, from at most the overlap back.
          const back = Array.from({ length: Math.min(asked.overlap, reached) + 1 }, (_, b) => b).find(
            (b) => passage.length > b && passage.every((word, i) => all[reached - b + i] === word),
          );
          expect(back).toBeDefined();
          reached += passage.length - back!;
        }
        expect(reached).toBe(all.length);
      }),
      { numRuns: 300 },
    );
  });

  it('end with a sentence where it fits', () => {
    const cuts = chunk(document('One two three. Four five. Six seven eight nine.'), { words: 6, overlap: 0 });
    expect(cuts.map(({ text }) => text)).toEqual(['One two three. Four five.', 'Six seven eight nine.']);
  });
});

const encoder = (): Promise<never> => Promise.reject(new Error('not asked for'));
const plain = { words: 50, overlap: 0, signal: new AbortController().signal };

describe('the search by words', () => {
  const documents = [
    document('Refunds are paid within five days.', 'refunds'),
    document('Parcels arrive in Zürich on Mondays.', 'parcels'),
    document('The office is closed on Sundays.', 'office'),
  ];

  it('finds what shares a word, in whatever case or accent, and nothing else', async () => {
    const index = await createIndex(documents, { ...plain, by: 'words', encoder });
    expect((await index.search('when do PARCELS come to Zurich', 5)).map(({ document }) => document)).toEqual(
      ['parcels'],
    );
    expect(await index.search('quantum', 5)).toEqual([]);
    expect(await index.search('', 5)).toEqual([]);
  });

  it('ranks the rarer word higher', async () => {
    const index = await createIndex(
      [...documents, document('Closed on holidays, open on Mondays, on Fridays.', 'hours')],
      { ...plain, by: 'words', encoder },
    );
    const [first] = await index.search('on refunds', 4);
    expect(first!.document).toBe('refunds');
  });

  it('has the version of its content: another word is another version, the same documents the same', async () => {
    const version = async (all: Document[]): Promise<string> =>
      (await createIndex(all, { ...plain, by: 'words', encoder })).version;
    expect(await version(documents)).toBe(await version(structuredClone(documents)));
    expect(await version(documents)).not.toBe(await version([...documents, document('More.', 'more')]));
  });

  it('survives a hostile query', async () => {
    const index = await createIndex(documents, { ...plain, by: 'words', encoder });
    for (const query of ['__proto__ constructor', '*'.repeat(10_000), '\u0000', '\uD800 refunds'])
      expect((await index.search(query, 3)).length).toBeLessThanOrEqual(3);
  });
});

describe('the search by vectors', () => {
  it('is the brute force over all cosines, ties in order', () => {
    const vector = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(vector, fc.array(vector, { minLength: 1, maxLength: 8 }), (query, all) => {
        const length = (v: number[]): number => Math.hypot(...v);
        const units = all.flatMap((v) => v.map((x) => (length(v) === 0 ? 0 : x / length(v))));
        const cosine = (v: number[]): number =>
          length(v) * length(query) === 0
            ? 0
            : v.reduce((sum, x, i) => sum + x * query[i]!, 0) / length(v) / length(query);
        const found = nearest(query, Float32Array.from(units), all.length);
        expect(found.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual([...all.keys()]);
        found.forEach(({ at, score }, i) => {
          expect(score).toBeCloseTo(cosine(all[at]!), 6);
          if (i > 0) expect(found[i - 1]!.score).toBeGreaterThanOrEqual(score);
        });
      }),
    );
  });
});

describe('two rankings as one', () => {
  it('add up the reciprocal ranks, and what both like comes first', () => {
    const list = (...at: number[]) => at.map((one, i) => ({ at: one, score: 9 - i }));
    const fused = fuse([list(3, 1, 2), list(1, 4)], 3);
    expect(fused.map(({ at }) => at)).toEqual([1, 3, 4]);
    expect(fused[0]!.score).toBeCloseTo(1 / 62 + 1 / 61, 12);
  });
});

describe('the grounded share of an answer', () => {
  it('counts each word as often as the passages have it', () => {
    expect(groundedShare('Paid within five five days', ['Refunds are paid', 'within FIVE days.'])).toBe(0.8);
    expect(groundedShare('…', ['x'])).toBeNaN();
    expect(groundedShare('something else', [])).toBe(0);
  });
});
