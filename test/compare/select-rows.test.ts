import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparedSelections, type ComparedSelection, CompareRows } from '../../engine/api/index.ts';
import { comparePairs, selectRows } from '../../engine/compare/index.ts';
import { matrixOf } from './matrix.ts';

const ids = ['a', 'b', 'c'] as const;
const scoreOf = fc.constantFrom(0, 0.25, 0.5, 1, Number.NaN);
const world = fc
  .array(fc.record({ a: scoreOf, b: scoreOf, c: scoreOf, answers: fc.tuple(...ids.map(() => fc.nat(2))) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((rows) => {
    const matrix = matrixOf({
      scores: Object.fromEntries(ids.map((id) => [id, rows.map((row) => row[id])])),
    });
    matrix.answers = ids.map((_, i) => Int32Array.from(rows, (row) => row.answers[i]! - 1));
    return { rows, matrix };
  });
type Row = { a: number; b: number; c: number; answers: number[] };

/** What each selection says, row by row, in words of the contract. Baseline `a`. */
function belongs(row: Row, only: ComparedSelection, of: 'b' | 'c' | undefined): boolean {
  const others = of === undefined ? (['b', 'c'] as const) : [of];
  const there = [row.a, row.b, row.c].filter((score) => !Number.isNaN(score));
  const looked = [row.a, ...others.map((id) => row[id])].filter((score) => !Number.isNaN(score));
  const answers = [row.answers[0]!, ...others.map((id) => row.answers[ids.indexOf(id)]!)];
  switch (only) {
    case 'all':
      return true;
    case 'different':
      return new Set(looked).size > 1;
    case 'answers':
      return new Set(answers).size > 1;
    case 'regressions':
      return others.some((id) => row[id] < row.a);
    case 'improvements':
      return others.some((id) => row[id] > row.a);
    case 'wins':
      return there.length === 3 && row.a < 0.5 && others.some((id) => row[id] >= 0.5);
    case 'losses':
      return there.length === 3 && row.a >= 0.5 && others.some((id) => row[id] < 0.5);
    case 'none-right':
      return there.length > 0 && there.every((score) => score < 0.5);
    case 'unscored':
      return there.length < 3;
  }
}
const request = (more: object): CompareRows =>
  CompareRows.parse({ runs: ['r'], candidates: [...ids], baseline: 'a', ...more });

describe('the rows selected', () => {
  it('are those the words say, each once, whatever is asked', () => {
    fc.assert(
      fc.property(
        world,
        fc.constantFrom(...comparedSelections),
        fc.constantFrom(undefined, 'b' as const, 'c' as const),
        ({ rows, matrix }, only, candidate) => {
          const of = candidate ?? (only === 'wins' || only === 'losses' ? 'b' : undefined);
          const selected = [...selectRows(matrix, request({ only, of }))];
          const expected = rows.flatMap((row, i) => (belongs(row, only, of) ? [i] : []));
          expect(selected.toSorted((x, y) => x - y)).toEqual(expected);
        },
      ),
    );
  });

  it('are sorted by a figure with unknown ones last and ties in the order of the dataset', () => {
    fc.assert(
      fc.property(
        world,
        fc.boolean(),
        fc.constantFrom('delta' as const, 'score' as const),
        ({ rows, matrix }, descending, by) => {
          const value = (i: number): number => (by === 'score' ? rows[i]!.b : rows[i]!.b - rows[i]!.a);
          const selected = [...selectRows(matrix, request({ sort: { by, candidate: 'b', descending } }))];
          const known = rows.map((_, i) => i).filter((i) => !Number.isNaN(value(i)));
          const unknown = rows.map((_, i) => i).filter((i) => Number.isNaN(value(i)));
          const sign = descending ? -1 : 1;
          expect(selected).toEqual([
            ...known.toSorted((x, y) => sign * (value(x) - value(y)) || x - y),
            ...unknown,
          ]);
        },
      ),
    );
  });

  it('of a candidate’s wins and losses are as many as its pair counts', () => {
    fc.assert(
      fc.property(world, ({ matrix, rows }) => {
        fc.pre(rows.some(({ a, b, c }) => !Number.isNaN(a + b + c)));
        const { pairs } = comparePairs(matrix, {
          runs: ['r'],
          candidates: [...ids],
          baseline: 'a',
          level: 0.95,
          seed: 1,
        });
        for (const { a, b, onlyARight, onlyBRight } of pairs.filter((pair) => pair.b === 'a')) {
          expect(b).toBe('a');
          expect(selectRows(matrix, request({ only: 'wins', of: a })).length).toBe(onlyARight);
          expect(selectRows(matrix, request({ only: 'losses', of: a })).length).toBe(onlyBRight);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('with improvements have the largest first; only those found by a search stay; wins of nobody are refused', () => {
    const matrix = matrixOf({ scores: { a: [0, 0.5, 0, 1], b: [0.5, 1, 1, 0], c: [0.25, 1, 0, 0] } });
    const rows = (more: object, found?: Set<string>): number[] => [
      ...selectRows(matrix, CompareRows.parse({ runs: ['r'], candidates: [...ids], ...more }), found),
    ];
    expect(rows({ only: 'improvements' })).toEqual([2, 0, 1]);
    expect(rows({ only: 'improvements', of: 'c' })).toEqual([1, 0]);
    expect(rows({}, new Set(['e3', 'e1', 'elsewhere']))).toEqual([1, 3]);
    expect(() => rows({ only: 'wins' })).toThrow(expect.objectContaining({ code: 'input.invalid' }));
    expect(() => rows({ of: 'z' })).toThrow(expect.objectContaining({ code: 'candidate.unknown' }));
  });
});
