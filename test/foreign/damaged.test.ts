import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  foreignColumns,
  foreignSource,
  openForeign,
  readOutcomes,
  surveyForeign,
} from '../../datasets/index.ts';
import { type ForeignFormat, WorkbenchError, foreignFormats } from '../../engine/api/index.ts';
import { seededRandom } from '../../engine/math/index.ts';
import { type Scratch, scratch } from '../fixtures/scratch.ts';
import { zipOf } from '../fixtures/zip.ts';
import { fixtures, formatOf } from './rows.ts';

const files: Record<ForeignFormat, string> = {
  promptfoo: 'promptfoo.json',
  inspect: 'inspect/small.json',
  'lm-eval': 'lm-eval/openai__gpt-4o-mini/samples_sums_2026-09-01T10-00-00.000000.jsonl',
  'openai-evals': 'openai-evals/small.jsonl',
  langfuse: 'langfuse.csv',
  langsmith: 'langsmith/small.csv',
};

/** Bytes flipped, cut, doubled, NUL characters, deep nesting, and numbers and texts where others belong. */
function damage(bytes: Buffer, seed: number): Buffer {
  const random = seededRandom(seed);
  const at = random.int(bytes.length);
  const kind = seed % 7;
  if (kind === 0) return bytes.subarray(0, at);
  if (kind === 1) return Buffer.concat([bytes, bytes.subarray(at)]);
  if (kind === 2) return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(3), bytes.subarray(at)]);
  if (kind === 3)
    return Buffer.concat([bytes.subarray(0, at), Buffer.from('['.repeat(20_000)), bytes.subarray(at)]);
  const text = bytes.toString('latin1');
  if (kind === 4)
    return Buffer.from(
      text.replaceAll(/"(\w+)":\s*\{/g, (all, key) => (random.next() < 0.2 ? `"${key}":{"x":` : all)),
      'latin1',
    );
  if (kind === 5)
    return Buffer.from(
      text.replaceAll(/:\s*("[^"]*"|\d+(\.\d+)?|true|null)/g, (all) =>
        random.next() < 0.1 ? ([':{}', ':[]', ':null', ':-1', ':"="', ':1e999'][random.int(6)] ?? all) : all,
      ),
      'latin1',
    );
  const flipped = Buffer.from(bytes);
  for (let i = 0; i < 20; i++) flipped[random.int(flipped.length)] = random.int(256);
  return flipped;
}

/** The code it was refused with; null where it could be read. */
async function readIt(path: string, format: ForeignFormat): Promise<string | null> {
  const opening = { allowPaths: true, uploads: () => ({ path: '', name: '' }), tempFolder: '/tmp' };
  try {
    const foreign = await openForeign({ kind: 'path', path }, format, { opening, choice: {} });
    const survey = await surveyForeign(foreign);
    const known = new Set(survey.inputs.keys());
    const columns = {
      ...foreignColumns,
      ...(survey.scored ? { score: 'score' } : {}),
      signals: [],
      maxRejected: 0,
    };
    const read = await readOutcomes(foreignSource(foreign, []), columns, known, 'r');
    const outcomes = (await Array.fromAsync(read.batches())).flat();
    expect(outcomes).toHaveLength(read.outcomes);
    for (const { score, costUsd } of outcomes) {
      expect(score === null || (score >= 0 && score <= 1)).toBe(true);
      expect(costUsd === null || (costUsd >= 0 && Number.isFinite(costUsd))).toBe(true);
    }
    return null;
  } catch (thrown) {
    if (!(thrown instanceof WorkbenchError)) throw thrown;
    expect(thrown.hint).toBeTruthy();
    return thrown.code;
  }
}

async function tally(
  dir: Scratch,
  whole: Buffer,
  format: ForeignFormat,
): Promise<Map<string | null, number>> {
  const codes = new Map<string | null, number>();
  for (let seed = 1; seed <= 42; seed++) {
    const path = await dir.file('damaged', damage(whole, seed));
    await formatOf(path).catch((thrown: unknown) => expect(thrown).toBeInstanceOf(WorkbenchError));
    const code = await readIt(path, format);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  return codes;
}

describe('a damaged file is read or refused with a code', () => {
  it.each(foreignFormats)('%s', async (format) => {
    await using dir = await scratch();
    const codes = await tally(dir, await readFile(`${fixtures}/${files[format]}`), format);
    expect(codes.size).toBeGreaterThan(1);
    expect([...codes.keys()]).not.toContain('bug');
  });

  it.each(['stored', 'deflate', 'zstd'] as const)('an Inspect archive, %s', async (packing) => {
    await using dir = await scratch();
    const { samples, ...header } = JSON.parse(await readFile(`${fixtures}/inspect/small.json`, 'utf8'));
    const whole = zipOf(
      [
        ['header.json', JSON.stringify(header)],
        ...samples.map((one: { id: string | number; epoch: number }): [string, string] => [
          `samples/${one.id}_epoch_${one.epoch}.json`,
          JSON.stringify(one),
        ]),
      ],
      packing,
    );
    const codes = await tally(dir, whole, 'inspect');
    expect(codes.get('file.malformed')).toBeGreaterThan(5);
  });

  it('nesting that no call stack bears is refused, not a defect', async () => {
    await using dir = await scratch();
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const one = (vars: string, score: string): string =>
      `{"results":{"version":3,"results":[{"provider":{"id":"a"},"vars":${vars},"score":${score},"response":{"output":"x"}}]}}`;
    expect(await readIt(await dir.file('a.json', one(`{"q":${deep}}`, '1')), 'promptfoo')).toBe(
      'file.malformed',
    );
    expect(await readIt(await dir.file('b.json', one('{"q":1}', deep)), 'promptfoo')).toBe(
      'outcomes.rows_rejected',
    );
    const log = `{"eval":{"model":"m","task":"t"},"samples":[{"id":1,"input":"q","target":${deep},"output":{}}]}`;
    expect(await readIt(await dir.file('c.json', log), 'inspect')).toBe('outcomes.rows_rejected');
  });

  it('an archive that unpacks to far more than its size is stopped', async () => {
    await using dir = await scratch();
    const bomb = zipOf([
      ['header.json', '{"eval":{"model":"m","task":"t"}}'],
      ['samples/1_epoch_1.json', `{"id":1,"x":"${'0'.repeat(300 * 2 ** 20)}"}`],
    ]);
    expect(bomb.length).toBeLessThan(2 ** 20);
    expect(await readIt(await dir.file('b.eval', bomb), 'inspect')).toBe('file.too_large');
  });
});
