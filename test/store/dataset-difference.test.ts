import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatasetMapping, Example } from '../../engine/api/index.ts';
import { type Workspace, workspace } from './fixtures.ts';

const some = fc.constantFrom;
const rowOf = fc.record({
  input: some('a', 'b', "'; DROP TABLE examples; --"),
  expected: some(null, 'x', 'y'),
  group: some(null, 'g', 'h'),
  split: some(null, 'fit' as const, 'test' as const),
  tags: some({}, { kind: 'k' }, { kind: 'l' }),
});
type Drawn = typeof rowOf extends fc.Arbitrary<infer T> ? T : never;

const exampleOf = (id: string, { input, ...rest }: Drawn): Example => ({ id, input: { q: input }, ...rest });
const mapping = (id: boolean): DatasetMapping => ({
  input: ['q'],
  tags: ['kind'],
  ...(id ? { id: 'id' } : {}),
});

let stored = 0;
async function insert({ store }: Workspace, rows: Example[], columns: DatasetMapping): Promise<string> {
  const hash = `${++stored}`.padStart(64, '0');
  async function* batches(): AsyncGenerator<Example[]> {
    yield rows;
  }
  const scorer = { kind: 'exact' as const, caseSensitive: false };
  await store.datasets.insert(
    { name: 'd', hash, created: '', mapping: columns, scorer, source: 's' },
    batches(),
  );
  return hash;
}

/** The plain way: pair by key, the nth with the nth, and look at every part. */
function byHand(a: Example[], b: Example[], key: (example: Example) => string) {
  const keyed = (rows: Example[]): Map<string, Example> => {
    const seen = new Map<string, number>();
    return new Map(
      rows.map((row) => {
        const nth = seen.get(key(row)) ?? 0;
        seen.set(key(row), nth + 1);
        return [`${key(row)} ${nth}`, row];
      }),
    );
  };
  const [before, after] = [keyed(a), keyed(b)];
  const both = [...before].flatMap(([at, row]) => (after.has(at) ? [[row, after.get(at)!] as const] : []));
  const parts = ['input', 'expected', 'split', 'tags', 'group'] as const;
  const differs =
    (part: (typeof parts)[number]) =>
    ([one, other]: readonly [Example, Example]): boolean =>
      JSON.stringify(one[part]) !== JSON.stringify(other[part]);
  const changed = both.filter((pair) => parts.some((part) => differs(part)(pair))).length;
  return {
    counts: {
      added: b.length - both.length,
      removed: a.length - both.length,
      changed,
      same: both.length - changed,
    },
    moves: Object.fromEntries(parts.map((part) => [part, both.filter(differs(part)).length])),
  };
}

describe('the difference of two versions', () => {
  it('is what comparing row by row by hand finds, by id and by content', async () => {
    await using place = await workspace();
    const rows = fc.uniqueArray(fc.tuple(fc.nat(9), rowOf), {
      selector: ([id]) => id,
      minLength: 1,
      maxLength: 9,
    });
    await fc.assert(
      fc.asyncProperty(rows, rows, fc.boolean(), async (one, other, ids) => {
        const examples = (drawn: typeof one): Example[] =>
          drawn.map(([id, row], index) => exampleOf(ids ? String(id) : `derived ${index}`, row));
        const [a, b] = [examples(one), examples(other)];
        const [before, after] = [await insert(place, a, mapping(ids)), await insert(place, b, mapping(ids))];
        const { rows: told, ...counted } = await place.store.datasets.difference(before, after);
        const expected = byHand(a, b, ids ? ({ id }) => id : ({ input }) => JSON.stringify(input));
        expect(counted).toEqual({ by: ids ? 'id' : 'content', ...expected });
        const listed = (await Array.fromAsync(told())).flat();
        for (const kind of ['added', 'removed', 'changed'] as const)
          expect(listed.filter(({ change }) => change === kind)).toHaveLength(expected.counts[kind]);
        expect(listed.every(({ columns }) => columns.length > 0)).toBe(true);
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  it('tells before and after of each column, a column that is new too, whatever order the fields have', async () => {
    await using place = await workspace();
    const base = { expected: 'x', group: null, tags: {}, split: null };
    const a = await insert(place, [{ id: '1', input: { q: 'one', c: 'two' }, ...base }], {
      input: ['q', 'c'],
      tags: [],
      id: 'id',
    });
    const same = await insert(place, [{ id: '1', input: { c: 'two', q: 'one' }, ...base }], {
      input: ['c', 'q'],
      tags: [],
      id: 'id',
    });
    const more = await insert(place, [{ id: '1', input: { q: 'one', "n'w": 3 }, ...base, split: 'fit' }], {
      input: ['q', "n'w"],
      tags: [],
      id: 'id',
    });
    expect((await place.store.datasets.difference(a, same)).counts).toMatchObject({ same: 1, changed: 0 });
    const { rows } = await place.store.datasets.difference(a, more);
    expect((await Array.fromAsync(rows())).flat()).toEqual([
      {
        change: 'changed',
        id: '1',
        columns: [
          { column: 'input:c', before: 'two', after: null },
          { column: 'split', before: null, after: 'fit' },
          { column: "input:n'w", before: null, after: 3 },
        ],
      },
    ]);
  });

  it('tells as many rows as are asked for and counts all 5,000', async () => {
    await using place = await workspace();
    const rows = (from: number): Example[] =>
      Array.from({ length: 5000 }, (_, i) =>
        exampleOf(String(from + i), { input: 'a', expected: null, group: null, split: null, tags: {} }),
      );
    const [a, b] = [
      await insert(place, rows(0), mapping(true)),
      await insert(place, rows(4000), mapping(true)),
    ];
    const difference = await place.store.datasets.difference(a, b);
    expect(difference.counts).toEqual({ added: 4000, removed: 4000, changed: 0, same: 1000 });
    expect((await Array.fromAsync(difference.rows(7))).flat()).toHaveLength(7);
    expect((await Array.fromAsync(difference.rows())).flat()).toHaveLength(8000);
  });
});
