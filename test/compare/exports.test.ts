import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CompareInput } from '../../engine/api/index.ts';
import {
  comparedTable,
  type ComparedTable,
  comparePairs,
  csvOf,
  jsonOf,
  reportOf,
  type RowTexts,
  writeParquet,
} from '../../engine/compare/index.ts';
import { scratch } from '../fixtures/scratch.ts';
import { matrixOf } from './matrix.ts';

/** A table of n rows whose texts are given in turn. */
async function tableOf(n: number, answers: (string | null)[], limit?: number): Promise<ComparedTable> {
  const column = Array.from({ length: n }, (_, i) => (i % 3 === 0 ? NaN : i % 2));
  const matrix = matrixOf({
    scores: { a: column.map((_, i) => i % 2), 'b:2': column },
    tags: { '=topic': column.map((_, i) => (i % 2 === 0 ? '@x' : null)) },
    failures: [0, 1],
  });
  const texts: RowTexts = {
    examples: async (ids) =>
      new Map(ids.map((id) => [id, { input: { q: `question ${id}` }, expected: { nested: [1] } }])),
    outputs: async (ids, candidates) =>
      new Map(
        candidates.map((candidate) => [
          candidate,
          new Map(ids.map((id) => [id, answers[Number(id.slice(1)) % answers.length] ?? null])),
        ]),
      ),
  };
  const selection = { candidates: ['a', 'b:2'], baseline: 'a' };
  return comparedTable(
    matrix,
    selection,
    Int32Array.from({ length: n }, (_, i) => i),
    {
      texts,
      ...(limit === undefined ? {} : { limit }),
    },
  );
}
async function whole(parts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}
const facts = () => {
  const matrix = matrixOf({ scores: { a: [0, 1, 1], 'b:2': [1, 1, 0] } });
  return {
    exported: '2026-01-02T03:04:05.000Z',
    dataset: { name: '<script>alert(1)</script>', hash: 'f'.repeat(64) },
    runs: ['r1'],
    selection: { only: 'all' },
    comparison: comparePairs(matrix, CompareInput.parse({ runs: ['r1'] })),
  };
};

describe('an export of compared rows', () => {
  it('is CSV that reads back row by row, with no cell that a spreadsheet would run', async () => {
    const dangerous = ['=1+1', '+cmd|x', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1+1'];
    const answers = [...dangerous, 'a,b', 'say "x"', 'two\nlines', '-5', '+3.2e1', null, '', "'quoted"];
    const table = await tableOf(40, answers);
    const records: Record<string, string>[] = parse(await whole(csvOf(table)), { columns: true });
    expect(records).toHaveLength(40);
    expect(Object.keys(records[0]!)).toEqual(table.columns);
    records.forEach((record, row) => {
      const answer = answers[row % answers.length] ?? '';
      expect(record['output:a']).toBe(dangerous.includes(answer) ? `'${answer}` : answer);
      expect(record['score:b:2']).toBe(row % 3 === 0 ? '' : String(row % 2));
      expect(record['tag:=topic']).toBe(row % 2 === 0 ? "'@x" : '');
    });
    expect(records[0]!['failed:b:2']).toBe('1');
  });

  it('never leaves a formula at the head of a text cell, whatever a model wrote', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '1', ',', '"', '\n', 'x', '.') }),
        async (answer) => {
          const [record]: Record<string, string>[] = parse(await whole(csvOf(await tableOf(1, [answer]))), {
            columns: true,
          });
          const read = record!['output:a']!;
          expect(read.replace(/^'/, '')).toBe(answer.replace(/^'/, ''));
          if (/^[=+\-@\t\r\n]/.test(read)) expect(Number(read.replaceAll(',', ''))).not.toBeNaN();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is one JSON document with the comparison and null for what is not known', async () => {
    const read: unknown = JSON.parse(await whole(jsonOf(await tableOf(2001, ['</script>']), facts())));
    expect(read).toMatchObject({ format: 'kneepoint-comparison/1', comparison: { n: 3, baseline: 'a' } });
    const { rows } = read as { rows: object[] };
    expect(rows).toHaveLength(2001);
    expect(rows[0]).toEqual({
      example: 'e0',
      input: 'question e0',
      expected: '{"nested":[1]}',
      tags: { '=topic': '@x' },
      candidates: {
        a: { output: '</script>', score: 0, costUsd: null, latencyMs: null, failed: false },
        'b:2': {
          output: '</script>',
          score: null,
          delta: null,
          costUsd: null,
          latencyMs: null,
          failed: true,
        },
      },
    });
  });

  it('is Parquet that another reader reads: row groups joined, unknown numbers null', async () => {
    await using place = await scratch();
    const path = join(place.folder, 'rows.parquet');
    const table = await tableOf(4500, ['=1+1', 'é', null]);
    await writeParquet(path, table);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
    expect(rows).toHaveLength(4500);
    expect(Object.keys(rows[0]!)).toEqual(table.columns);
    expect(rows[4498]).toMatchObject({ example: 'e4498', 'output:a': 'é', 'score:a': 0, 'failed:a': false });
    expect(rows[0]).toMatchObject({ 'output:a': '=1+1', 'score:b:2': null, 'failed:b:2': true });
    expect((await readFile(path)).subarray(0, 4).toString()).toBe('PAR1');
  });

  it('is a report without script in which every value is text', async () => {
    const hostile = '<img src=x onerror="alert(1)">\'"&\0';
    const table = await tableOf(1500, [hostile], 1000);
    const text = await whole(reportOf(table, { ...facts(), total: 1500, chosen: 'All rows:' }));
    expect(text).not.toMatch(/<(script|img|iframe|link|object)\b/i);
    expect(text).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&quot;&amp;\uFFFD');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).toContain("default-src 'none'");
    expect(text).toMatch(/1,500\s+rows, of which the first 1,000/);
    expect(text.match(/<td>e\d+<\/td>/g)).toHaveLength(1000);
  });
});
