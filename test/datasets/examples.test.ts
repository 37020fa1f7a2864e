import { describe, expect, it } from 'vitest';
import { assignSplits, checkExamples, previewSource, sample, writeSampleFile } from '../../datasets/index.ts';
import type { Example } from '../../engine/api/index.ts';
import { scratch } from '../fixtures/scratch.ts';
import { sharedData, sharedDataAbsent } from '../fixtures/shared-data.ts';
import { examplesOf, openFile } from './reading.ts';

describe('mapping', () => {
  it('maps ids, inputs, tags, groups and splits, and reaches into nested JSON', async () => {
    await using dir = await scratch();
    const path = await dir.file(
      'a.jsonl',
      '{"id":7,"q":{"text":"2+2?"},"gold":"4","kind":"sum","doc":"d1","part":"train"}\n{"id":8,"q":{"text":"3+3?"},"gold":"6","kind":null,"doc":"d1","part":"Test"}\n',
    );
    const { examples, read } = await examplesOf(path, {
      id: 'id',
      input: ['q.text'],
      expected: 'gold',
      tags: ['kind'],
      group: 'doc',
      split: 'part',
    });
    expect(examples).toEqual([
      {
        id: '7',
        input: { 'q.text': '2+2?' },
        expected: '4',
        group: 'd1',
        tags: { kind: 'sum' },
        split: 'fit',
      },
      { id: '8', input: { 'q.text': '3+3?' }, expected: '6', group: 'd1', tags: {}, split: 'test' },
    ]);
    expect(read.scorer.kind).toBe('numeric');
  });

  it('judges as text as soon as one expected answer is not a number', async () => {
    await using dir = await scratch();
    const { read } = await examplesOf(await dir.file('a.csv', 'q,a\nx,1\ny,two\n'), {
      input: ['q'],
      expected: 'a',
    });
    expect(read.scorer.kind).toBe('exact');
  });

  it('derives ids from the content: the same rows have the same ids, repeats are told apart', async () => {
    await using dir = await scratch();
    const first = await examplesOf(await dir.file('a.csv', 'q\nx\ny\nx\n'), { input: ['q'] });
    const again = await examplesOf(await dir.file('b.csv', 'q\nx\ny\nx\n'), { input: ['q'] });
    expect(first.examples.map(({ id }) => id)).toEqual(again.examples.map(({ id }) => id));
    expect(new Set(first.examples.map(({ id }) => id)).size).toBe(3);
    expect(first.read.hash).toBe(again.read.hash);
  });

  it('has another hash when a cell or the mapping differs', async () => {
    await using dir = await scratch();
    const path = await dir.file('a.csv', 'q,a\nx,1\n');
    const hashes = [
      (await examplesOf(path, { input: ['q'] })).read.hash,
      (await examplesOf(path, { input: ['q'], expected: 'a' })).read.hash,
      (await examplesOf(await dir.file('b.csv', 'q,a\nx,2\n'), { input: ['q'], expected: 'a' })).read.hash,
    ];
    expect(new Set(hashes).size).toBe(3);
  });

  it.each([
    ['q,a\nx,1\ny,\n', { expected: 'a' }, 'dataset.label_missing', 3],
    ['q,i\nx,1\ny,1\n', { id: 'i' }, 'dataset.id_duplicate', 3],
    ['q,s\nx,train\ny,constructor\n', { split: 's' }, 'dataset.rows_rejected', 3],
    ['q,s\nx,train\n1,2,3\n', {}, 'dataset.rows_rejected', 3],
  ])('refuses %j whole, naming the line', async (text, mapping, code, line) => {
    await using dir = await scratch();
    await expect(
      examplesOf(await dir.file('a.csv', text), { input: ['q'], ...mapping }),
    ).rejects.toMatchObject({
      code,
      hint: expect.any(String),
      details: { rejected: [{ line }] },
    });
  });

  it('leaves rejected rows out within the tolerance, and lists them', async () => {
    await using dir = await scratch();
    const { examples, read } = await examplesOf(
      await dir.file('a.csv', 'q,a\nx,1\ny,\nz,3\n'),
      { input: ['q'], expected: 'a' },
      1,
    );
    expect(examples.map(({ input }) => input['q'])).toEqual(['x', 'z']);
    expect(read.rejected).toEqual([
      { line: 3, code: 'label_missing', message: expect.stringContaining('"a"') },
    ]);
  });

  it('rejects a row that is nested deeper than anything that is data', async () => {
    await using dir = await scratch();
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const path = await dir.file('a.jsonl', `{"q":"x","a":"1"}\n{"q":${deep},"a":"1"}\n`);
    const { read } = await examplesOf(path, { input: ['q'], expected: 'a' }, 1);
    expect(read.rejected).toMatchObject([{ line: 2, code: 'malformed' }]);
  });

  it('notices a file that changes between the checking and the storing pass', async () => {
    await using dir = await scratch();
    const path = await dir.file('a.csv', 'q,a\nx,1\ny,2\n');
    const { read } = await examplesOf(path, { input: ['q'], expected: 'a' });
    await dir.file('a.csv', 'q,a\nx,1\ny,9\n');
    await expect(Array.fromAsync(read.batches())).rejects.toMatchObject({ code: 'file.unreadable' });
  });

  it('finds a JSON column that first appears late', async () => {
    await using dir = await scratch();
    const rows = Array.from({ length: 300 }, (_, i) =>
      JSON.stringify(i < 250 ? { q: i } : { q: i, tag: 'late' }),
    );
    const { examples } = await examplesOf(await dir.file('a.jsonl', rows.join('\n')), {
      input: ['q'],
      tags: ['tag'],
    });
    expect(examples.filter(({ tags }) => tags['tag'] === 'late')).toHaveLength(50);
  });

  it('suggests the column that was meant', async () => {
    await using dir = await scratch();
    await expect(
      examplesOf(await dir.file('a.csv', 'question,answer\nx,1\n'), { input: ['qestion'] }),
    ).rejects.toMatchObject({
      code: 'dataset.column_unknown',
      hint: expect.stringContaining('"question"'),
    });
  });

  it('previews with a mapping that fits', async () => {
    await using dir = await scratch();
    const opened = await openFile(
      await dir.file(
        'a.csv',
        'id,question,answer,kind,split\n1,how much?,2,sum,train\n2,how many?,3,sum,test\n3,which?,4,pick,test\n',
      ),
    );
    const preview = await previewSource(opened, 20);
    expect(preview.suggestion).toMatchObject({
      id: 'id',
      input: ['question'],
      expected: 'answer',
      split: 'split',
    });
    expect(preview.columns.find(({ name }) => name === 'answer')?.type).toBe('number');
  });
});

async function* inOneBatch(examples: Partial<Example>[]): AsyncGenerator<Example[]> {
  yield examples.map((example, i) => ({
    id: String(i),
    input: {},
    expected: null,
    group: null,
    tags: {},
    split: null,
    ...example,
  }));
}

describe('checks', () => {
  it('finds duplicates, near-duplicates, conflicts, leakage and empty columns, with counts', async () => {
    const long =
      'the quick brown fox jumps over the lazy dog and then runs away from the angry farmer across the wide green field at dawn';
    const checked = await checkExamples('x', () =>
      inOneBatch([
        { input: { q: long, e: '' }, expected: 'a', split: 'fit' },
        { input: { q: long.toUpperCase(), e: '' }, expected: 'b', split: 'test' },
        { input: { q: `${long} again`, e: '' }, expected: 'a', split: 'test' },
        {
          input: { q: 'something else altogether, with no words in common here', e: '' },
          expected: 'a',
          split: 'fit',
        },
      ]),
    );
    expect(Object.fromEntries(checked.findings.map(({ code, count }) => [code, count]))).toEqual({
      duplicates_normalised: 1,
      labels_conflicting_normalised: 1,
      split_leakage: 1,
      duplicates_near: 1,
      split_leakage_near: 1,
      column_empty: 1,
    });
  });

  it.skipIf(sharedDataAbsent)('imports the other real sets whole', async () => {
    const clinc = await examplesOf(`${sharedData}/clinc150/clinc150.csv`, {
      id: 'id',
      input: ['text'],
      expected: 'intent',
      tags: ['domain'],
      split: 'split',
    });
    const gsm = await examplesOf(`${sharedData}/zeroeval_gsm/problems.jsonl`, {
      id: 'id',
      input: ['question'],
      expected: 'gold',
    });
    expect([clinc.examples.length, gsm.examples.length, gsm.read.scorer.kind]).toEqual([
      23_700,
      1319,
      'numeric',
    ]);
  });
});

describe('splits', () => {
  it('keeps a group together, every stratum in proportion, whatever the order of the rows', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      key: `g${i >> 1}`,
      stratum: i % 4 < 2 ? 'a' : 'b',
    }));
    const shares = { fit: 0.5, calibrate: 0.3, test: 0.2 };
    const splits = assignSplits(rows, shares, 3);
    for (let i = 0; i < rows.length; i += 2) expect(splits[i]).toBe(splits[i + 1]);
    const count = (stratum: string, split: string): number =>
      splits.filter((s, i) => s === split && rows[i]?.stratum === stratum).length;
    expect([count('a', 'fit'), count('b', 'fit'), count('a', 'test')]).toEqual([250, 250, 100]);
    const reversed = assignSplits([...rows].reverse(), shares, 3).reverse();
    expect(reversed).toEqual(splits);
    expect(assignSplits(rows, shares, 4)).not.toEqual(splits);
  });
});

describe('the bundled sample', () => {
  it('holds 6,046 mails, of which repeats are left out before splitting', async () => {
    await using dir = await scratch();
    const path = `${dir.folder}/sample.jsonl`;
    const { total, duplicates, written } = await writeSampleFile(path);
    expect([total, written]).toEqual([6046, total - duplicates]);
    expect(duplicates).toBeGreaterThan(400);
    const { examples } = await examplesOf(path, sample.mapping);
    expect(examples).toHaveLength(written);
    const spam = examples.filter(({ expected }) => expected === 'spam').length / written;
    for (const split of ['fit', 'calibrate', 'test'] as const) {
      const part = examples.filter((example) => example.split === split);
      expect(part.filter(({ expected }) => expected === 'spam').length / part.length).toBeCloseTo(spam, 2);
    }
  });
});
