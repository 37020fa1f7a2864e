/** A table read by the database alone and row by row: the same dataset, or not read by the database. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentHash, hashOfFiles, openSource, planTable, readExamples } from '../../datasets/index.ts';
import type { DatasetMapping, Example, Json } from '../../engine/api/index.ts';
import { inferScorer } from '../../engine/scoring/index.ts';
import { openStore, type Store } from '../../engine/store/index.ts';
import { scratch, type Scratch } from '../fixtures/scratch.ts';

let dir: Scratch;
let store: Store;
let turn = 0;
beforeAll(async () => {
  dir = await scratch();
  store = await openStore(join(dir.folder, 'workspace'), { clock: () => new Date(0) });
});
afterAll(async () => {
  await store.close();
  await dir[Symbol.asyncDispose]();
});

interface Imported {
  hash: string;
  scorer: string;
  examples: Example[];
}
const opening = { allowPaths: true, uploads: () => ({ path: '', name: '' }), tempFolder: '/tmp' };

/** Null where the database did not read it. */
async function byDatabase(path: string, mapping: DatasetMapping): Promise<Imported | null> {
  const table = await planTable({ kind: 'path', path }, mapping, opening);
  if (table === null) return null;
  let scorer = '';
  // A name of its own, so that content met before is read again.
  const mark = `#${turn++}`;
  const record = await store.datasets.insertTable(table, mapping, async (read) => {
    scorer = inferScorer(await Array.fromAsync(read.expecteds())).kind;
    const hash = `${contentHash(await hashOfFiles([{ path, name: '', packing: 'none' }]), mapping, undefined)}${mark}`;
    return { name: `n${mark}`, hash, created: '', mapping, scorer: inferScorer([]), source: '' };
  });
  if (record === null) return null;
  const examples = (await Array.fromAsync(store.datasets.examples(record.hash))).flat();
  return { hash: record.hash.slice(0, -mark.length), scorer, examples };
}

/** Null where it is refused. */
async function rowByRow(path: string, mapping: DatasetMapping): Promise<Imported | null> {
  try {
    const opened = await openSource({ kind: 'path', path }, opening);
    const read = await readExamples(opened, { mapping, maxRejected: 0, infer: inferScorer });
    const examples = (await Array.fromAsync(read.batches())).flat();
    return { hash: read.hash, scorer: read.scorer.kind, examples };
  } catch {
    return null;
  }
}

async function same(name: string, bytes: string | Uint8Array, mapping: DatasetMapping): Promise<boolean> {
  const path = join(dir.folder, `${turn++}-${name}`);
  await writeFile(path, bytes);
  const fast = await byDatabase(path, mapping);
  if (fast !== null) expect(fast).toEqual(await rowByRow(path, mapping));
  return fast !== null;
}

const whole: DatasetMapping = {
  input: ['q', 'r'],
  expected: 'a',
  id: 'id',
  group: 'g',
  tags: ['t', 'it"s'],
  split: 's',
};
const withoutId: DatasetMapping = { input: ['q'], expected: 'a', tags: ['t'] };
const columns = ['id', 'q', 'r', 'a', 'g', 't', 'it"s', 's'];
const cell = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'x',
    '12',
    '-3.5',
    '007',
    '$1,200',
    '\u00a0',
    'a,b',
    'say "hi"',
    'l1\nl2',
    'l1\r\nl2',
  ),
  fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !text.includes('\u0000')),
  fc.constantFrom(
    "'; DROP TABLE examples --",
    '\u0001\u001f',
    'é\u2028😀',
    '\ufeff',
    '=1+1',
    '{"a":1}',
    'null',
  ),
);
const row = fc.tuple(
  fc.array(cell, { minLength: 6, maxLength: 6 }),
  fc.constantFrom('', 'train', 'dev', 'TEST'),
);
const table = fc
  .array(row, { minLength: 1, maxLength: 6 })
  .map((rows) => rows.map(([cells, split], i) => [`r${i}`, ...cells, split]));

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = (rows: string[][], eol: string, bom: string): string =>
  bom + [columns, ...rows].map((cells) => cells.map(csvCell).join(',')).join(eol) + eol;

describe('a CSV file', () => {
  it('is the same dataset whoever reads it, whatever its cells, line ends and mark', async () => {
    let read = 0;
    const files = fc.tuple(table, fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\ufeff'));
    await fc.assert(
      fc.asyncProperty(files, fc.boolean(), async ([rows, eol, bom], id) => {
        if (await same('t.csv', csv(rows, eol, bom), id ? whole : withoutId)) read++;
      }),
      { numRuns: 150 },
    );
    // Most random tables have a row without an input or an answer: those are read row by row.
    expect(read).toBeGreaterThan(5);
  });

  it.each([
    ['plain', 'id,q,a\n1,x,y\n2,z,w\n'],
    ['without a last line end', 'id,q,a\n1,x,y\n2,z,w'],
    ['empty lines', 'id,q,a\n1,x,y\n\n2,z,w\n\n'],
    ['semicolons', 'id;q;a\n1;x,y;2\n'],
    ['quotes within a bare cell', 'id,q,a\n1,5" nail,y\n'],
    ['a repeated row', 'q,a\nx,y\nx,y\nz,w\nx,y\n'],
    ['numbers with units', 'id,q,a\n1,x,12 %\n2,y,"1,200"\n3,z,7\n'],
    ['spaces around', 'id,q,a\n 1 , x ,y \n'],
  ])('%s is read by the database', async (_name, text) => {
    const mapping = text.includes('id') ? { ...withoutId, tags: [], id: 'id' } : { ...withoutId, tags: [] };
    expect(await same('plain.csv', text, mapping)).toBe(true);
  });

  it.each([
    ['a short row', 'id,q,a\n1,x\n2,y,z\n'],
    ['a long row', 'id,q,a\n1,x,y,z\n'],
    ['an open quote', 'id,q,a\n1,"x,y\n2,z,w\n'],
    ['a repeated id', 'id,q,a\n1,x,y\n1,z,w\n'],
    ['a blank id', 'id,q,a\n\u2003,x,y\n'],
    ['a blank input', 'id,q,a\n1,\u00a0,y\n'],
    ['a missing answer', 'id,q,a\n1,x,\n'],
    ['no row', 'id,q,a\n'],
    ['a NUL', 'id,q,a\n1,x\u0000,y\n'],
    ['a column twice', 'id,q,q,a\n1,x,x,y\n'],
    ['a blank before a quote', 'id,q,a\n1, "x",y\n'],
    ['another encoding', Buffer.from('id,q,a\n1,caf\u00e9,y\n', 'latin1')],
    ['UTF-16', Buffer.from('\ufeffid,q,a\n1,x,y\n', 'utf16le')],
  ])('%s is left to be read row by row', async (_name, bytes) => {
    expect(await same('odd.csv', bytes, { ...withoutId, tags: [], id: 'id' })).toBe(false);
    expect((await store.datasets.list()).some(({ name }) => name === `n#${turn - 1}`)).toBe(false);
  });

  it('whose name is a pattern or holds a quote is that file', async () => {
    const text = 'id,q,a\n1,x,y\n';
    const mapping = { ...withoutId, tags: [], id: 'id' };
    expect(await same("it's -- ; x.csv", text, mapping)).toBe(true);
    expect(await same('a[1]*.csv', text, mapping)).toBe(false);
  });
});

describe('a JSONL file', () => {
  const value = fc.oneof(
    cell,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom<Json>(0.1, 1e300, 2 ** 53 + 2, ['x'], { y: 1 }),
  );
  it('is the same dataset whoever reads it, whatever its values', async () => {
    let read = 0;
    const rows = fc.array(fc.array(value, { minLength: 7, maxLength: 7 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(rows, fc.boolean(), async (all, id) => {
        const text = all
          .map((values, i) =>
            JSON.stringify(
              Object.fromEntries(columns.slice(0, 7).map((name, c) => [name, c === 0 ? `r${i}` : values[c]])),
            ),
          )
          .join('\n');
        const { split: _none, ...unsplit } = whole;
        if (await same('t.jsonl', text, id ? unsplit : withoutId)) read++;
      }),
      { numRuns: 150 },
    );
    expect(read).toBeGreaterThan(2);
  });

  it.each([
    ['numbers, booleans and missing keys', '{"q":"x","a":12,"t":true}\n\n{"a":-1,"q":"y"}\n', true],
    ['written with spaces and escapes', '{ "q" : "\\u00e9\\ud83d\\ude00\\/" , "a" : "b" }\n', true],
    ['a key twice', '{"q":"x","a":1,"q":"y"}\n', false],
    ['a number that is no whole one', '{"q":"x","a":1.0}\n', false],
    ['a broken line', '{"q":"x","a":1}\n{"q":\n', false],
    ['a line that is no object', '{"q":"x","a":1}\n[1]\n', false],
    ['a nested input', '{"q":{"z":1},"a":1}\n', false],
    ['an escaped NUL', '{"q":"x\\u0000","a":1}\n', false],
    ['half a surrogate pair', '{"q":"x\\ud800","a":1}\n', false],
  ])('%s', async (_name, text, read) => {
    const mapping = text.includes('"t"') ? withoutId : { ...withoutId, tags: [] };
    expect(await same('x.jsonl', text, mapping)).toBe(read);
  });
});

describe('a Parquet file', () => {
  it('is the same dataset whoever reads it', async () => {
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'q', data: ['x', 'é"\n', 'z'], type: 'STRING' },
          { name: 'a', data: [1, -2, 3], type: 'INT32' },
          { name: 't', data: [true, false, true], type: 'BOOLEAN' },
        ],
      }),
    );
    expect(await same('x.parquet', bytes, withoutId)).toBe(true);
  });

  it('with numbers that are no whole ones is read row by row', async () => {
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'q', data: ['x'], type: 'STRING' },
          { name: 'a', data: [0.5], type: 'DOUBLE' },
        ],
      }),
    );
    expect(await same('x.parquet', bytes, { ...withoutId, tags: [] })).toBe(false);
  });
});
