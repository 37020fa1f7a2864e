import { describe, expect, it } from 'vitest';
import { cellOf, PAGE_ROWS, pagesFor } from '../../renderer/data/paged-rows.ts';
import { minWidthPx } from '../../renderer/ui/grid-track.ts';
import { moveFocus } from '../../renderer/ui/roving-focus.ts';

const size = { rows: 100_000, columns: 4, page: 10 };
const key = (name: string, ctrlKey = false) => ({ key: name, ctrlKey });

describe('the grid', () => {
  it('keeps the one focused cell inside whatever key is pressed', () => {
    expect(moveFocus({ row: 0, column: 0 }, key('ArrowUp'), size)).toEqual({ row: 0, column: 0 });
    expect(moveFocus({ row: 99_999, column: 3 }, key('PageDown'), size)).toEqual({ row: 99_999, column: 3 });
    expect(moveFocus({ row: 5, column: 2 }, key('Home'), size)).toEqual({ row: 5, column: 0 });
    expect(moveFocus({ row: 5, column: 2 }, key('End', true), size)).toEqual({ row: 99_999, column: 3 });
    expect(moveFocus({ row: 5, column: 2 }, key('x'), size)).toBeNull();
  });
  it('fetches the pages in view with one to either side, and none beyond the end', () => {
    expect(pagesFor(0, 30, 100_000)).toEqual([0, 1]);
    expect(pagesFor(50_000, 50_030, 100_000)).toEqual([249, 250, 251]);
    expect(pagesFor(99_990, 99_999, 100_000)).toEqual([498, 499]);
    expect(pagesFor(0, 0, 0)).toEqual([0]);
    expect(pagesFor(0, PAGE_ROWS - 1, PAGE_ROWS)).toEqual([0]);
  });
  it('shows a missing number as missing, never as NaN', () => {
    const page = {
      total: 2,
      offset: 0,
      columns: { score: Float64Array.of(1, Number.NaN), text: ['a', null] },
    };
    expect(cellOf(page, 1, 'score')).toBeNull();
    expect(cellOf(page, 1, 'text')).toBeNull();
    expect(cellOf(page, 0, 'score')).toBe(1);
    expect(cellOf(page, 9, 'absent')).toBeNull();
  });
  it('reads the least width of a track', () => {
    expect([minWidthPx('90px'), minWidthPx('minmax(140px, 2fr)'), minWidthPx('1fr')]).toEqual([90, 140, 100]);
  });
});
