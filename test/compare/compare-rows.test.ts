import { describe, expect, it } from 'vitest';
import { CompareRows } from '../../engine/api/index.ts';
import { compareRows, type RowTexts, selectRows } from '../../engine/compare/index.ts';
import { matrixOf } from './matrix.ts';

const matrix = matrixOf({
  scores: { a: [1, 1, 1, 0, 1, NaN], b: [1, 0, 0.5, 1, 0, 1], c: [1, 1, 0.25, 1, 0, 1] },
  costs: { a: [1, 2, 3, 4, 5, NaN] },
  tags: { topic: ['x', 'y', 'x', 'y', 'x', 'y'] },
});
const request = (more: object = {}): CompareRows =>
  CompareRows.parse({ runs: ['r'], candidates: ['a', 'b', 'c'], ...more });
const rows = (more: object): number[] => [...selectRows(matrix, request(more))];

/** A store that keeps what it was asked for. */
function texts(): RowTexts & { asked: string[][] } {
  const asked: string[][] = [];
  return {
    asked,
    async examples(ids) {
      asked.push(ids);
      return new Map(ids.map((id) => [id, { input: { q: `<b>${id}</b>` }, expected: 7 }]));
    },
    async outputs(ids, candidates) {
      return new Map(
        candidates.map((candidate) => [candidate, new Map(ids.map((id) => [id, `${candidate}:${id}`]))]),
      );
    },
  };
}

describe('rows side by side', () => {
  it('are all, those whose scores differ, or regressions with the largest drop first', () => {
    expect(rows({})).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows({ only: 'different' })).toEqual([1, 2, 3, 4]);
    expect(rows({ only: 'regressions' })).toEqual([4, 1, 2]);
    expect(rows({ only: 'regressions', baseline: 'b' })).toEqual([3, 2]);
    expect(rows({ only: 'different', tag: { column: 'topic', value: 'y' } })).toEqual([1, 3]);
  });

  it('come a page at a time, with the texts of that page only', async () => {
    const store = texts();
    const page = await compareRows(matrix, request({ offset: 4, limit: 10 }), store);
    expect(store.asked).toEqual([['e4', 'e5']]);
    expect(page).toMatchObject({ total: 6, offset: 4 });
    expect(Object.keys(page.columns).slice(0, 7)).toEqual([
      'example',
      'input',
      'expected',
      'output:a',
      'score:a',
      'costUsd:a',
      'latencyMs:a',
    ]);
    expect(page.columns['input']).toEqual(['<b>e4</b>', '<b>e5</b>']);
    expect(page.columns['expected']).toEqual(['7', '7']);
    expect(page.columns['output:b']).toEqual(['b:e4', 'b:e5']);
    expect(page.columns['score:a']).toEqual(Float64Array.of(1, NaN));
    expect(page.columns['costUsd:a']).toEqual(Float64Array.of(5, NaN));
  });

  it('past the end are an empty page, and unknown names are refused', async () => {
    const page = await compareRows(matrix, request({ offset: 100 }), texts());
    expect(page.total).toBe(6);
    expect(page.columns['example']).toEqual([]);
    expect(() => rows({ candidates: ['z'] })).toThrow(expect.objectContaining({ code: 'candidate.unknown' }));
    expect(() => rows({ tag: { column: 'nope', value: 'x' } })).toThrow(
      expect.objectContaining({ code: 'dataset.column_unknown' }),
    );
  });
});
