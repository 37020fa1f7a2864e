/** The malformed files: every format under every damage, and those that are built hostile from the start. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { seededRandom } from '../../../engine/math/index.ts';
import { zipOf } from '../../fixtures/zip.ts';
import { type Damage, damages } from './damage.ts';
import { hostileByDesign } from './hostile-by-design.ts';

export interface HostileFile {
  name: string;
  /** What was done to it, with the seed. */
  what: string;
  bytes: Uint8Array;
  /** Takes a second or more to refuse: looked at, not imported by every door. */
  heavy?: true;
}

const foreign = resolve(import.meta.dirname, '../../fixtures/foreign');
const fixture = (path: string): Promise<Buffer> => readFile(resolve(foreign, path));

const rows = Array.from({ length: 30 }, (_, i) => ({
  id: `q${i}`,
  question: `What is ${i} + ${i}, "exactly"?`,
  answer: String(2 * i),
  model: i % 2 === 0 ? 'small' : 'large',
  ok: i % 3 === 0 ? 0 : 1,
}));
const columns = ['id', 'question', 'answer', 'model', 'ok'] as const;
const delimited = (delimiter: string): Buffer =>
  Buffer.from(
    [
      columns.join(delimiter),
      ...rows.map((row) =>
        columns.map((key) => `"${String(row[key]).replaceAll('"', '""')}"`).join(delimiter),
      ),
    ].join('\n'),
  );
const jsonl = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));

export const parquet = (): Buffer =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: columns.map((name) => ({
        name,
        data: rows.map((row) => String(row[name])),
        type: 'STRING' as const,
      })),
    }),
  );

async function inspectArchive(packing: 'deflate' | 'stored'): Promise<Buffer> {
  const { samples, ...header } = JSON.parse((await fixture('inspect/small.json')).toString());
  return zipOf(
    [
      ['header.json', JSON.stringify(header)],
      ...samples.map((one: { id: string; epoch: number }): [string, string] => [
        `samples/${one.id}_epoch_${one.epoch}.json`,
        JSON.stringify(one),
      ]),
    ],
    packing,
  );
}

/** Damage done to what is inside of an archive, which is then packed again. */
const inside =
  (unpack: (bytes: Buffer) => Buffer, pack: (bytes: Buffer) => Buffer) =>
  (damage: Damage): Damage =>
  (content, random) =>
    random.int(2) === 0 ? damage(content, random) : pack(damage(unpack(content), random));
const plain = (damage: Damage): Damage => damage;

interface Whole {
  name: string;
  bytes: Buffer;
  spoiled: (damage: Damage) => Damage;
}

async function wholeFiles(): Promise<Whole[]> {
  return [
    { name: 'a.csv', bytes: delimited(','), spoiled: plain },
    { name: 'a.tsv', bytes: delimited('\t'), spoiled: plain },
    { name: 'a.json', bytes: Buffer.from(JSON.stringify(rows)), spoiled: plain },
    { name: 'a.jsonl', bytes: jsonl, spoiled: plain },
    { name: 'a.parquet', bytes: parquet(), spoiled: plain },
    { name: 'a.csv.gz', bytes: gzipSync(delimited(',')), spoiled: inside(gunzipSync, gzipSync) },
    {
      name: 'a.jsonl.zst',
      bytes: zstdCompressSync(jsonl),
      spoiled: inside(zstdDecompressSync, zstdCompressSync),
    },
    { name: 'promptfoo.json', bytes: await fixture('promptfoo.json'), spoiled: plain },
    { name: 'inspect.json', bytes: await fixture('inspect/small.json'), spoiled: plain },
    { name: 'deflated.eval', bytes: await inspectArchive('deflate'), spoiled: plain },
    { name: 'stored.eval', bytes: await inspectArchive('stored'), spoiled: plain },
    {
      name: 'samples_sums_2026-09-01T10-00-00.000000.jsonl',
      bytes: await fixture('lm-eval/openai__gpt-4o-mini/samples_sums_2026-09-01T10-00-00.000000.jsonl'),
      spoiled: plain,
    },
    { name: 'openai-evals.jsonl', bytes: await fixture('openai-evals/small.jsonl'), spoiled: plain },
    { name: 'langfuse.csv', bytes: await fixture('langfuse.csv'), spoiled: plain },
    { name: 'langsmith.csv', bytes: await fixture('langsmith/small.csv'), spoiled: plain },
  ];
}

/** A function of the seed alone; one at a time, because some are large. */
export async function* hostileFiles(seed: number): AsyncGenerator<HostileFile> {
  let number = 0;
  for (const { name, bytes, spoiled } of await wholeFiles()) {
    for (const [what, damage] of Object.entries(damages)) {
      const own = seed * 1000 + number++;
      // Five of nine pairs; which ones turns with the seed.
      if (own % 9 > 4) continue;
      yield { name, what: `${what}, seed ${own}`, bytes: spoiled(damage)(bytes, seededRandom(own)) };
    }
  }
  yield* hostileByDesign();
}
