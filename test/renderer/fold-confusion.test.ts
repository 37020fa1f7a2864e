import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldConfusion, OTHER } from '../../renderer/screens/runs/judging/fold-confusion.ts';

const label = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const pair = fc.record({
  expected: label,
  predicted: fc.oneof(label, fc.constantFrom('(unparsed)', '(failed)')),
});
function cellsOf(pairs: { expected: string; predicted: string }[]) {
  const cells = new Map<string, { expected: string; predicted: string; count: number }>();
  for (const { expected, predicted } of pairs) {
    const key = `${expected} ${predicted}`;
    cells.set(key, { expected, predicted, count: (cells.get(key)?.count ?? 0) + 1 });
  }
  return [...cells.values()];
}

describe('a folded confusion', () => {
  it('counts every answer once, each where brute force puts it', () => {
    fc.assert(
      fc.property(
        fc.array(pair, { maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom('errors' as const, 'name' as const),
        (pairs, most, by) => {
          const { rows, columns, counts } = foldConfusion(cellsOf(pairs), most, by);
          const under = (name: string, known: string[]): string => (known.includes(name) ? name : OTHER);
          expect(counts.flat().reduce((a, b) => a + b, 0)).toBe(pairs.length);
          rows.forEach((row, i) =>
            columns.forEach((column, j) => {
              const here = pairs.filter(
                ({ expected, predicted }) =>
                  under(expected, rows) === row && under(predicted, columns) === column,
              );
              expect(counts[i]?.[j]).toBe(here.length);
            }),
          );
        },
      ),
    );
  });

  it('shows the classes most often confused, and folds the others', () => {
    const right = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ expected: name, predicted: name, count: 50 }));
    const { rows, columns, folded } = foldConfusion(
      [
        ...right,
        { expected: 'd', predicted: 'b', count: 9 },
        { expected: 'e', predicted: '(unparsed)', count: 2 },
      ],
      2,
    );
    expect(rows).toEqual(['b', 'd', OTHER]);
    expect(columns).toEqual(['b', 'd', OTHER, '(unparsed)']);
    expect(folded).toBe(3);
  });

  it('does not fold one class alone, and gives no row to a class that nobody expected', () => {
    const cells = [
      { expected: 'a', predicted: 'z', count: 1 },
      { expected: 'b', predicted: 'b', count: 1 },
    ];
    expect(foldConfusion(cells, 2)).toMatchObject({ rows: ['a', 'b'], columns: ['a', 'z', 'b'], folded: 0 });
    expect(foldConfusion([], 5)).toEqual({ rows: [], columns: [], counts: [], folded: 0 });
  });
});
