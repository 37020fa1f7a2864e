import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csvOf } from '../../engine/compare/index.ts';

const root = resolve(import.meta.dirname, '../..');
/** What OWASP ("CSV Injection") and the full-width forms say begins a formula. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
const text = fc.string({
  unit: fc.constantFrom(
    '=',
    '+',
    '-',
    '@',
    '\t',
    '\r',
    '\n',
    '"',
    "'",
    ',',
    ';',
    '|',
    '1',
    '.',
    'e',
    'A',
    ' ',
    '＝',
    '＋',
    '－',
    '＠',
    '\u0000',
    '\ufeff',
  ),
  maxLength: 6,
});

/** Hostile in its header and in every cell, as ids, inputs, tags, answers and candidates' names can be. */
async function exported(columns: string[], rows: (string | null)[][]): Promise<string[][]> {
  const batch = Object.fromEntries(columns.map((name, i) => [name, rows.map((row) => row[i] ?? null)]));
  const table = {
    columns,
    rows: rows.length,
    async *batches() {
      yield batch;
    },
  };
  let csv = '';
  for await (const part of csvOf(table)) csv += part;
  return parse(csv, { relax_column_count: false });
}

describe('CSV that a spreadsheet opens', () => {
  it('has no cell that begins a formula, header and rows alike, and loses no character', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          text.filter((name) => name !== ''),
          { minLength: 2, maxLength: 4 },
        ),
        fc.array(fc.array(text, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        async (columns, rows) => {
          const written = [columns, ...rows.map((row) => row.slice(0, columns.length))];
          const read = await exported(columns, rows);
          expect(read).toHaveLength(written.length);
          read.forEach((cells, i) =>
            cells.forEach((cell, j) => {
              const before = written[i]?.[j] ?? '';
              expect([before, `'${before}`]).toContain(cell);
              // A number alone is no formula: only digits, separators, an exponent and one sign.
              if (FORMULA.test(cell)) expect(cell).toMatch(/^[+-][\d.,]*\d(e[+-]?\d+)?$/i);
            }),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is written in one place: nothing else of the product quotes cells', async () => {
    const sources = globSync(
      ['engine/**/*.{ts,tsx}', 'datasets/**/*.ts', 'main/**/*.ts', 'renderer/**/*.{ts,tsx}'],
      { cwd: root },
    );
    expect(sources.length).toBeGreaterThan(200);
    const writers: string[] = [];
    for (const path of sources)
      if (/'""'|['"]text\/csv|csv-stringify/.test(await readFile(resolve(root, path), 'utf8')))
        writers.push(path);
    expect(writers).toEqual(['engine/text/csv-cells.ts']);
  });
});
