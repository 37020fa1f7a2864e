import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { rejectedCsv } from '../../renderer/ui/save-rejected.tsx';

describe('rejected rows as CSV', () => {
  it('has a line, a reason and a fix each, and nothing that a spreadsheet would run', () => {
    const messages = ['=HYPERLINK("http://x","y")', '+1+cmd|calc', '@SUM(A1)', 'two\nlines, "quoted"', '-5'];
    const text = rejectedCsv(
      messages.map((message, index) => ({ line: index + 2, code: 'malformed' as const, message })),
    );
    const [header, ...rows] = parse(text);
    expect(header).toEqual(['line', 'code', 'reason', 'fix']);
    expect(rows.map(([, , reason]) => reason)).toEqual([
      `'=HYPERLINK("http://x","y")`,
      "'+1+cmd|calc",
      "'@SUM(A1)",
      'two\nlines, "quoted"',
      '-5',
    ]);
    expect(rows.every(([line, code, , fix]) => Number(line) > 1 && code === 'malformed' && fix !== '')).toBe(
      true,
    );
  });
});
