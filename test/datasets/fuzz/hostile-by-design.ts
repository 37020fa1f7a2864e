/** Files that nobody writes by accident: bombs, lying lengths, names that climb out of a folder. */
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { zipOf } from '../../fixtures/zip.ts';
import type { HostileFile } from './hostile-files.ts';

const MB = 2 ** 20;
const header = '{"eval":{"model":"m","task":"t","run_id":"r"},"status":"success"}';
const sample =
  '{"id":1,"epoch":1,"input":"q","target":"a","output":{"completion":"a"},"scores":{"s":{"value":1}}}';
const numbered = (n: number, cell: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => cell(i)).join(',');

/** Unpacked size per packed byte is the format's own limit: 1,032 for deflate, more for zstd. */
const gzBomb = (bytes: Buffer): Buffer => gzipSync(bytes, { level: 6 });
const zstdBomb = (bytes: Buffer): Buffer =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });

export function* hostileByDesign(): Generator<HostileFile> {
  const text = (name: string, what: string, content: string | Uint8Array): HostileFile => ({
    name,
    what,
    bytes: typeof content === 'string' ? Buffer.from(content) : content,
  });
  const heavy = (...file: Parameters<typeof text>): HostileFile => ({ ...text(...file), heavy: true });
  yield heavy('zeros.csv.gz', 'a gzip bomb of zeros', gzBomb(Buffer.alloc(300 * MB)));
  yield heavy('rows.csv.gz', 'a gzip bomb of rows', gzBomb(Buffer.alloc(260 * MB, 'a,b\n')));
  yield heavy('line.jsonl.zst', 'a zstd bomb of one line', zstdBomb(Buffer.alloc(260 * MB, ' ')));
  yield text('cell.csv', 'a cell of 10 MB', `id,question\n1,"${'é'.repeat(5 * MB)}"\n`);
  yield heavy('cell.csv', 'a cell above every bound', `id,question\n1,"${'x'.repeat(20 * MB)}"\n`);
  yield text('line.jsonl', 'a line of 10 MB', `{"id":1,"question":"${'x'.repeat(10 * MB)}"}\n`);
  yield heavy(
    'open.csv',
    'a quote that never closes over 70 MB',
    `id,question\n1,"${'row,\n'.repeat(14 * MB)}`,
  );
  yield text(
    'wide.csv',
    '10,000 columns',
    `${numbered(10_000, (i) => `c${i}`)}\n${numbered(10_000, String)}\n`,
  );
  yield text('wider.csv', 'more columns than any table has', `question${',c'.repeat(200_000)}\n`);
  yield text(
    'ragged.csv',
    'rows of 10,000 cells under two columns',
    `a,b\n${`${numbered(10_000, String)}\n`.repeat(20)}`,
  );
  yield text('wide.jsonl', '10,000 keys', `{${numbered(10_000, (i) => `"k${i}":${i}`)}}\n`);
  yield text('twice.csv', 'duplicate headers', 'id,id,question\n1,2,3\n');
  yield text('nameless.csv', 'empty headers', ',,\n1,2,3\n');
  yield text('clash.csv', 'an empty header that takes the name of another', 'column 2,,question\n1,2,3\n');
  yield text('quotes.csv', 'nothing but quotes', '"'.repeat(99_999));
  yield text('separators.csv', 'nothing but separators', ','.repeat(99_999));
  yield text('breaks.csv', 'nothing but line breaks', '\r\n'.repeat(99_999));
  yield text('bom.csv', 'nothing but a byte order mark', '\ufeff');
  yield text('bom16.csv', 'nothing but a UTF-16 byte order mark', Buffer.from([0xff, 0xfe]));
  yield text('odd16.csv', 'half a UTF-16 character', Buffer.from([0xff, 0xfe, 0x41]));
  yield text('utf32.csv', 'UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0, 0x0a, 0, 0, 0]));
  yield text(
    'deep.json',
    'arrays 200,000 deep',
    `[{"question":${'['.repeat(200_000)}${']'.repeat(200_000)}}]`,
  );
  yield text(
    'deep.jsonl',
    'objects 5,000 deep',
    `{"question":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}\n`,
  );
  yield text('open.json', 'an array that never closes', '['.repeat(500_000));
  yield text('number.jsonl', 'a number of a million digits', `{"question":${'9'.repeat(1_000_000)}}\n`);
  yield text(
    'proto.jsonl',
    'prototype keys',
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"question":"q"}\n',
  );
  yield text('proto.csv', 'prototype columns', '__proto__,constructor,toString,question\na,b,c,d\n');
  yield text('empty.csv.gz', 'an archive of nothing', gzipSync(''));
  yield text(
    'two.csv.gz',
    'two members and a tail of garbage',
    Buffer.concat([gzipSync('id,question\n1,a\n'), gzipSync('2,b\n'), Buffer.from('garbage')]),
  );
  yield text('gz.csv.gz', 'an archive in an archive', gzipSync(gzipSync('id,question\n1,a\n')));
  yield text('magic.csv.zst', 'four bytes of zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]));
  yield text('long.csv', 'a path for a cell', 'id,question\n../../../../etc/passwd,"\u0007\u001b[2J"\n');
  yield* hostileParquet();
  yield* hostileArchives();
}

/** The footer: Thrift, then its length in four bytes, then PAR1 (apache/parquet-format README). */
function* hostileParquet(): Generator<HostileFile> {
  const whole = Buffer.from(
    parquetWriteBuffer({
      columnData: [{ name: 'question', data: Array.from({ length: 64 }, (_, i) => `q${i}`), type: 'STRING' }],
    }),
  );
  const name = 'lying.parquet';
  const length = whole.readUInt32LE(whole.length - 8);
  const footer = whole.length - 8 - length;
  for (const declared of [0, 1, 0x7fff_ffff, 0xffff_ffff, whole.length]) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt32LE(declared, bytes.length - 8);
    yield { name, what: `a footer of ${declared} bytes`, bytes };
  }
  for (let at = 0; at < length; at += Math.ceil(length / 24)) {
    const bytes = Buffer.from(whole);
    bytes[footer + at] = 0xff;
    yield { name, what: `footer byte ${at} is 255`, bytes };
  }
  // num_rows is the third field: 64 as a zigzag varint is 80 01.
  const rows = whole.indexOf(Buffer.from([0x16, 0x80, 0x01, 0x19]), footer);
  for (const [what, varint] of [
    ['a billion declared rows', [0x80, 0xa8, 0xd6, 0xb9, 0x07]],
    ['2^62 declared rows', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['fewer than no rows', [0x7f]],
  ] as const) {
    const bytes = lengthened(whole, rows + 1, 2, varint);
    yield { name, what, bytes };
  }
  yield {
    name,
    what: 'the data is zeros',
    bytes: Buffer.concat([whole.subarray(0, 4), Buffer.alloc(footer - 4), whole.subarray(footer)]),
  };
  yield { name, what: 'no data', bytes: Buffer.concat([Buffer.from('PAR1'), whole.subarray(footer)]) };
  yield { name, what: 'eight bytes', bytes: Buffer.from('PAR1PAR1') };
  yield { name, what: 'twelve bytes', bytes: Buffer.from('PAR1\0\0\0\0PAR1') };
}

/** Bytes of the footer replaced, its length put right: the lie is the only damage. */
function lengthened(whole: Buffer, at: number, removed: number, inserted: readonly number[]): Buffer {
  if (at <= 0) throw new Error('the writer lays out its footer otherwise: find num_rows anew');
  const bytes = Buffer.concat([whole.subarray(0, at), Buffer.from(inserted), whole.subarray(at + removed)]);
  bytes.writeUInt32LE(whole.readUInt32LE(whole.length - 8) + inserted.length - removed, bytes.length - 8);
  return bytes;
}

function* hostileArchives(): Generator<HostileFile> {
  const good: [string, string][] = [
    ['header.json', header],
    ['samples/1_epoch_1.json', sample],
  ];
  const of = (what: string, members: [string, string][], packing?: 'stored' | 'zstd'): HostileFile => ({
    name: 'log.eval',
    what,
    bytes: zipOf(members, packing),
  });
  yield of('a member that climbs', [
    ...good,
    ['../../../../tmp/evil.json', sample],
    ['samples/../../evil.json', sample],
  ]);
  yield of('members with absolute and Windows names', [
    ...good,
    ['/etc/passwd', sample],
    ['C:\\x.json', sample],
  ]);
  yield of('a member with NUL and newlines in its name', [...good, ['samples/a\u0000b\n.json', sample]]);
  yield of('the same member 200 times', [
    ...good,
    ...Array.from({ length: 200 }, (): [string, string] => ['samples/1_epoch_1.json', sample]),
  ]);
  const bomb: [string, string] = ['samples/1_epoch_1.json', `{"x":"${'0'.repeat(260 * MB)}"}`];
  yield { ...of('a zip bomb', [...good.slice(0, 1), bomb]), heavy: true };
  yield { ...of('a zstd zip bomb', [...good.slice(0, 1), bomb], 'zstd'), heavy: true };
  yield of('no header', [['samples/1_epoch_1.json', sample]]);
  yield of('a header that is a list', [['header.json', '[]']]);
  const lying = zipOf(good);
  const directory = lying.indexOf(Buffer.from('PK\u0001\u0002'));
  lying.writeUInt32LE(0xffff_fff0, directory + 20);
  yield { name: 'log.eval', what: 'a member of 4 GB in a small file', bytes: lying };
  const counted = zipOf(good);
  counted.writeUInt16LE(0xffff, counted.length - 12);
  yield { name: 'log.eval', what: '65,535 declared members', bytes: counted };
}
