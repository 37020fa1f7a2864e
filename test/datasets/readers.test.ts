import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { scratch } from '../fixtures/scratch.ts';
import { allFields, allRecords, openFile } from './reading.ts';

describe('CSV', () => {
  it('keeps quoted commas, quotes and line breaks, and knows where each row starts', async () => {
    await using dir = await scratch();
    const path = await dir.file(
      'a.csv',
      'id,text\r\n1,"a, ""b""\r\nsecond line"\r\n\r\n2,5" pipe\n3,plain\n',
    );
    expect(await allRecords(path)).toEqual([
      { line: 2, fields: { id: '1', text: 'a, "b"\r\nsecond line' } },
      { line: 5, fields: { id: '2', text: '5" pipe' } },
      { line: 6, fields: { id: '3', text: 'plain' } },
    ]);
  });

  it.each([
    ['UTF-8 with a BOM', Buffer.from('\ufeffid,text\n1,Größe\n')],
    ['UTF-16 LE', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('id,text\n1,Größe\n', 'utf16le')])],
    [
      'UTF-16 BE',
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from('id,text\n1,Größe\n', 'utf16le').swap16()]),
    ],
    ['Windows-1252', Buffer.from('id,text\n1,Größe\n', 'latin1')],
    ['gzip', gzipSync('id,text\n1,Größe\n')],
    ['zstd', zstdCompressSync('id,text\n1,Größe\n')],
  ])('reads %s', async (_name, bytes) => {
    await using dir = await scratch();
    expect(await allFields(await dir.file('a.csv', bytes))).toEqual([{ id: '1', text: 'Größe' }]);
  });

  it('says when it guessed the encoding', async () => {
    await using dir = await scratch();
    const opened = await openFile(await dir.file('a.csv', Buffer.from('t\nGröße\n', 'latin1')));
    expect(opened.warnings.map(({ code }) => code)).toEqual(['encoding_guessed']);
  });

  it('tells the delimiter from the header, not from its quoted part', async () => {
    await using dir = await scratch();
    expect(await allFields(await dir.file('a.csv', '"a,b,c";x\n1;2\n'))).toEqual([{ 'a,b,c': '1', x: '2' }]);
    expect(await allFields(await dir.file('b.tsv', 'a\tb\n1,5\t2\n'))).toEqual([{ a: '1,5', b: '2' }]);
  });

  it('rejects a row with another number of cells and goes on', async () => {
    await using dir = await scratch();
    const records = await allRecords(await dir.file('a.csv', 'a,b\n1,2\n1,2,3\n4,5\n'));
    expect(records.map(({ line, fields }) => [line, fields === null])).toEqual([
      [2, false],
      [3, true],
      [4, false],
    ]);
  });

  it('names the line of a quote that never closes', async () => {
    await using dir = await scratch();
    await expect(allRecords(await dir.file('a.csv', 'a,b\n1,2\n3,"never\n4,5\n'))).rejects.toMatchObject({
      code: 'file.malformed',
    });
  });

  it('refuses two columns of one name', async () => {
    await using dir = await scratch();
    await expect(openFile(await dir.file('a.csv', 'a,a\n1,2\n'))).rejects.toMatchObject({
      code: 'file.malformed',
      details: { column: 'a' },
    });
  });

  it('takes prototype keys for the plain names they are', async () => {
    await using dir = await scratch();
    const [fields] = await allFields(await dir.file('a.csv', '__proto__,constructor\nx,y\n'));
    expect(Object.entries(fields ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  });

  it('streams 100,000 rows', async () => {
    await using dir = await scratch();
    const path = await dir.file(
      'a.csv',
      `id,text\n${Array.from({ length: 100_000 }, (_, i) => `${i},row ${i}`).join('\n')}\n`,
    );
    let rows = 0;
    for await (const record of (await openFile(path)).records()) if (record.fields !== null) rows++;
    expect(rows).toBe(100_000);
  });
});

describe('JSON', () => {
  it('rejects NUL characters, and takes a line of 10 MB in one piece', async () => {
    await using dir = await scratch();
    const records = await allRecords(
      await dir.file('a.jsonl', `{"a":"x\\u0000"}\n{"a":"${'y'.repeat(10_000_000)}"}\n`),
    );
    expect(records.map(({ fields }) => String(fields?.['a']).length)).toEqual([
      'undefined'.length,
      10_000_000,
    ]);
  });

  it('reads one object a line and rejects the lines that are not one', async () => {
    await using dir = await scratch();
    const records = await allRecords(await dir.file('a.jsonl', '{"a":1}\n\n{"a":\n[1]\n{"a":2}'));
    expect(records.map(({ line, fields }) => [line, fields])).toEqual([
      [1, { a: 1 }],
      [3, null],
      [4, null],
      [5, { a: 2 }],
    ]);
  });

  it('reads an array, or an object that holds one', async () => {
    await using dir = await scratch();
    expect(await allFields(await dir.file('a.json', '[{"a":1},{"a":2}]'))).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await allFields(await dir.file('b.json', '{"version":1,"rows":[{"a":1}]}'))).toEqual([{ a: 1 }]);
    await expect(openFile(await dir.file('c.json', '{"a":1}'))).rejects.toMatchObject({
      code: 'file.malformed',
    });
  });
});

describe('Parquet', () => {
  it('reads columns of every plain type', async () => {
    await using dir = await scratch();
    const buffer = parquetWriteBuffer({
      columnData: [
        { name: 'id', data: ['a', 'b'], type: 'STRING' },
        { name: 'n', data: [1n, 2n], type: 'INT64' },
        { name: 'x', data: [0.5, null], type: 'DOUBLE', nullable: true },
      ],
    });
    expect(await allFields(await dir.file('a.parquet', new Uint8Array(buffer)))).toEqual([
      { id: 'a', n: 1, x: 0.5 },
      { id: 'b', n: 2, x: null },
    ]);
  });

  it('says that a cut file is damaged', async () => {
    await using dir = await scratch();
    await expect(openFile(await dir.file('a.parquet', 'PAR1 cut'))).rejects.toMatchObject({
      code: 'file.malformed',
    });
  });
});

describe('sources', () => {
  it('reads all files of a glob in order, and standard input with a format', async () => {
    await using dir = await scratch();
    await dir.file('b.csv', 'a\n2\n');
    await dir.file('a.csv', 'a\n1\n');
    expect(await allFields(`${dir.folder}/*.csv`)).toEqual([{ a: '1' }, { a: '2' }]);
    expect(await allFields('-', { format: 'csv', stdin: 'a\n3\n', folder: dir.folder })).toEqual([
      { a: '3' },
    ]);
  });

  it.each([
    ['missing.csv', null, 'file.not_found'],
    ['empty.csv', '', 'file.empty'],
    ['header.csv', 'a,b\n', 'file.empty'],
    ['data.xlsx', 'PK\u0003\u0004', 'file.format_unknown'],
    ['data', 'hello', 'file.format_unknown'],
    ['binary.csv', Buffer.from(Array.from({ length: 900 }, (_, i) => i % 7)), 'file.malformed'],
    ['cut.csv.gz', gzipSync('a\n1\n'.repeat(1000)).subarray(0, 40), 'file.malformed'],
    ['not.jsonl', 'hello there\n', 'file.malformed'],
  ])('answers %s with a coded error and a hint', async (name, content, code) => {
    await using dir = await scratch();
    const path = content === null ? `${dir.folder}/${name}` : await dir.file(name, content);
    await expect(openFile(path)).rejects.toMatchObject({ code, hint: expect.any(String) });
  });

  it('refuses a folder, standard input without a format, and a path where only uploads are taken', async () => {
    await using dir = await scratch();
    await expect(openFile(dir.folder)).rejects.toMatchObject({ code: expect.stringMatching(/^file\./) });
    await expect(openFile('-', { stdin: 'a\n1\n' })).rejects.toMatchObject({ code: 'file.format_unknown' });
    const { openSource } = await import('../../datasets/index.ts');
    await expect(
      openSource(
        { kind: 'path', path: '/etc/passwd' },
        { allowPaths: false, uploads: () => ({ path: '', name: '' }), tempFolder: '/tmp' },
      ),
    ).rejects.toMatchObject({ code: 'host.refused' });
  });

  it('stops an archive that unpacks to far more than its size', async () => {
    await using dir = await scratch();
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024, 'a,b\n'), { level: 9 });
    await expect(allRecords(await dir.file('bomb.csv.gz', bomb))).rejects.toMatchObject({
      code: 'file.too_large',
    });
  });
});
