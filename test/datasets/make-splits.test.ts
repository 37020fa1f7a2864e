import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newSplitMaker } from '../../datasets/make-splits.ts';
import type { Example, Split } from '../../engine/api/index.ts';
import { at } from '../cli/terminal.ts';
import { scratch } from '../fixtures/scratch.ts';

const shares = { fit: 40, calibrate: 35, test: 25, seed: 7 };
const example = (id: number, text: string, label: string, group: string | null = null): Example => ({
  id: `e${id}`,
  input: { q: text },
  expected: label,
  group,
  tags: {},
  split: null,
});
function made(examples: readonly Example[], seed = 7): Split[] {
  const maker = newSplitMaker({ ...shares, seed });
  for (const one of examples) maker.add(one);
  return maker.splits();
}

describe('splits that are made', () => {
  it('hold each label in proportion, also the rare ones together', () => {
    const examples = Array.from({ length: 2000 }, (_, i) =>
      example(i, `question ${i}`, i % 100 < 3 ? `rare ${i}` : i % 5 === 0 ? 'b' : 'a'),
    );
    const splits = made(examples);
    for (const label of ['a', 'b', 'rare']) {
      const own = splits.filter((_, i) => String(examples[i]!.expected).startsWith(label));
      const share = (split: Split): number => own.filter((one) => one === split).length / own.length;
      expect(share('fit')).toBeCloseTo(0.4, 1);
      expect(share('calibrate')).toBeCloseTo(0.35, 1);
      expect(share('test')).toBeCloseTo(0.25, 1);
    }
  });

  it('never part a group or rows that say the same, even through each other, in whatever order they come', () => {
    const row = fc.record({
      text: fc.integer({ min: 0, max: 40 }),
      loud: fc.boolean(),
      group: fc.option(fc.integer({ min: 0, max: 15 })),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), fc.nat(50), (rows, turn) => {
        const examples = rows.map(({ text, loud, group }, i) =>
          example(i, loud ? `TEXT  ${text}.` : `text ${text}`, 'x', group === null ? null : `g${group}`),
        );
        const splits = made(examples);
        examples.forEach((a, i) => {
          examples.slice(0, i).forEach((b, j) => {
            const tied = (a.group !== null && a.group === b.group) || rows[i]!.text === rows[j]!.text;
            if (tied) expect(splits[i]).toBe(splits[j]);
          });
        });
        const at = turn % examples.length;
        const turned = made([...examples.slice(at), ...examples.slice(0, at)]);
        expect([...turned.slice(examples.length - at), ...turned.slice(0, examples.length - at)]).toEqual(
          splits,
        );
      }),
    );
  });

  it('differ by seed, and a share of 0 is empty', () => {
    const examples = Array.from({ length: 200 }, (_, i) => example(i, `q${i}`, 'x'));
    expect(made(examples, 1)).not.toEqual(made(examples, 2));
    const maker = newSplitMaker({ fit: 0, calibrate: 1, test: 1, seed: 1 });
    for (const one of examples) maker.add(one);
    expect(new Set(maker.splits())).toEqual(new Set(['calibrate', 'test']));
  });

  it('are part of the dataset: the same again is the same, another seed is another version, a column rules them out', async () => {
    await using dir = await scratch();
    const file = await dir.file(
      'a.csv',
      `id,q,a,part\n${Array.from({ length: 300 }, (_, i) => `${i},question ${i},${i % 3},test`).join('\n')}\n`,
    );
    const run = at(`${dir.folder}/w`);
    const ask = ['dataset', 'import', file, '--name', 'd', '--id', 'id', '--input', 'q', '--expected', 'a'];
    const first = (await run([...ask, '--make-splits', '40,35,25'])).json<{ hash: string }>();
    const shown = (await run(['dataset', 'show', 'd'])).json<{ splits: Record<string, number> }>();
    expect(shown.splits).toEqual({ fit: 120, calibrate: 105, test: 75 });
    expect((await run([...ask, '--make-splits', '40,35,25'])).json()).toMatchObject({
      hash: first.hash,
      unchanged: true,
    });
    const other = (await run([...ask, '--make-splits', '40,35,25', '--seed', '2'])).json<{ hash: string }>();
    expect(other.hash).not.toBe(first.hash);
    expect((await run([...ask, '--make-splits', '1,1,1', '--split', 'part'])).json()).toMatchObject({
      error: { code: 'input.invalid' },
    });
    expect((await run([...ask, '--make-splits', '40,60'])).code).toBe(2);
  });
});
