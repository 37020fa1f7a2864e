import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkExamples } from '../../datasets/index.ts';
import { confidentDisagreements, labelSuspects } from '../../datasets/checks/label-suspects.ts';
import { distinctSorted, jaccard, shingles } from '../../datasets/checks/min-hash.ts';
import { countPersonalData, personalKinds } from '../../engine/text/index.ts';
import { normalised } from '../../datasets/checks/texts.ts';
import type { DatasetChecked, DatasetMapping, Example } from '../../engine/api/index.ts';
import { seededRandom } from '../../engine/math/index.ts';
import { sharedData, sharedDataAbsent } from '../fixtures/shared-data.ts';
import { editedTexts, measureRecall, search } from './near-recall.ts';
import { cases } from './personal-data-cases.ts';
import { examplesOf } from './reading.ts';

async function* batches(examples: Example[]): AsyncGenerator<Example[]> {
  for (let from = 0; from < examples.length; from += 3) yield examples.slice(from, from + 3);
}
const rowsOf = (rows: Partial<Example>[]): Example[] =>
  rows.map((row, i) => ({
    id: `r${i}`,
    input: {},
    expected: null,
    group: null,
    tags: {},
    split: null,
    ...row,
  }));
const check = (rows: Partial<Example>[]): Promise<DatasetChecked> => {
  const examples = rowsOf(rows);
  return checkExamples('x', () => batches(examples));
};
/** Jaccard similarity by definition. */
const ratio = (a: Set<number>, b: Set<number>): number =>
  [...a].filter((each) => b.has(each)).length / new Set([...a, ...b]).size;
const found = (checked: DatasetChecked, code: string): DatasetChecked['findings'][number] | undefined =>
  checked.findings.find((finding) => finding.code === code);

describe('repeats, conflicts and leakage', () => {
  it('agree with grouping by brute force, whatever the rows', async () => {
    const row = fc.record({
      input: fc.record({ q: fc.constantFrom('a b', 'A  b', 'a b.', 'c', 'd', '') }),
      expected: fc.constantFrom('x', 'X', 'y', null),
      split: fc.constantFrom('fit', 'calibrate', 'test', null),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 25 }), async (rows) => {
        const checked = await check(rows);
        const part = (split: string | null): number => ['fit', 'calibrate', 'test'].indexOf(split ?? '');
        const same = rows.filter((a, i) =>
          rows.slice(0, i).some((b) => a.input.q.trim() === b.input.q.trim() && a.input.q === b.input.q),
        ).length;
        const plain = (text: string): string => text.toLowerCase().replace('.', '').replaceAll(/\s+/g, ' ');
        const leaks = rows.filter((a) =>
          rows.some(
            (b) =>
              plain(a.input.q) === plain(b.input.q) && part(b.split) >= 0 && part(b.split) < part(a.split),
          ),
        ).length;
        const conflicts = new Set(
          rows
            .filter((a) =>
              rows.some(
                (b) =>
                  a.input.q === b.input.q &&
                  (a.expected ?? '').toLowerCase() !== (b.expected ?? '').toLowerCase(),
              ),
            )
            .map(({ input }) => input.q),
        ).size;
        expect(found(checked, 'duplicates_exact')?.count ?? 0).toBe(same);
        expect(found(checked, 'split_leakage')?.count ?? 0).toBe(leaks);
        expect(found(checked, 'labels_conflicting')?.count ?? 0).toBe(conflicts);
      }),
      { numRuns: 200 },
    );
  });

  it('keep signs that change a formula and forget those that do not', () => {
    expect(normalised('  What’s “THIS”, then? ')).toBe(normalised('whats this then'));
    expect(normalised('x + 1')).not.toBe(normalised('x - 1'));
    expect(normalised('1.5')).not.toBe(normalised('15'));
  });

  it('name the held-out row first, in whatever order the rows stand, and say what to do', async () => {
    const checked = await check([
      { input: { q: 'same' }, split: 'test' },
      { input: { q: 'Same' }, split: 'fit' },
    ]);
    expect(found(checked, 'split_leakage')).toMatchObject({
      severity: 'error',
      rows: [['r0', 'r1']],
      advice: expect.stringMatching(/Remove/),
    });
  });

  it('find an answer given away, but no number and no part of a word', async () => {
    const checked = await check([
      { input: { q: 'The capital is Paris, you see' }, expected: 'paris' },
      { input: { q: 'He has 18 apples' }, expected: '18' },
      { input: { q: 'comparison of things' }, expected: 'paris' },
    ]);
    expect(found(checked, 'answer_in_input')).toMatchObject({ count: 1, rows: [['r0']] });
  });

  it('find empty and constant columns, imbalance and answers written two ways', async () => {
    const checked = await check(
      Array.from({ length: 60 }, (_, i) => ({
        input: { q: `question ${i * 7919}`, none: null, same: 'k' },
        expected: i < 55 ? (i === 0 ? 'Yes' : 'yes') : 'no',
      })),
    );
    expect(found(checked, 'column_empty')?.examples).toEqual(['none']);
    expect(found(checked, 'column_constant')?.examples).toEqual(['same']);
    expect(found(checked, 'labels_case')?.count).toBe(1);
    expect(found(checked, 'class_imbalance')?.message).toMatch(/54 rows, the rarest 1/);
  });

  it('find nothing in nothing', async () => {
    expect((await check([])).findings).toEqual([]);
  });
});

describe('near duplicates', () => {
  it('recall at least 97 % of what comparing every pair finds, and report nothing that is not alike', async () => {
    for (const words of [20, 60]) {
      const { pairs, found, reported } = await measureRecall(seededRandom(3), {
        texts: 900,
        words,
        atLeast: 0.8,
      });
      expect(pairs).toBeGreaterThan(50);
      expect(found / pairs).toBeGreaterThanOrEqual(0.97);
      expect(Math.min(...reported.map(({ similarity }) => similarity))).toBeGreaterThanOrEqual(0.8);
    }
  });

  it('report for each pair its exact similarity', async () => {
    const texts = editedTexts(seededRandom(5), { texts: 300, words: 20 });
    const sets = texts.map((text) => new Set(shingles(text) ?? []));
    for (const { entry, other, similarity } of await search(texts)) {
      const [a, b] = [sets[entry]!, sets[other]!];
      expect(similarity).toBeCloseTo(ratio(a, b), 12);
    }
  });

  it('measure Jaccard similarity as its definition says', () => {
    const numbers = fc.array(fc.nat(30), { minLength: 1 });
    fc.assert(
      fc.property(numbers, numbers, (x, y) => {
        const [a, b] = [new Set(x), new Set(y)];
        const sorted = (of: number[]): Uint32Array => distinctSorted(Uint32Array.from(of));
        expect(jaccard(sorted(x), sorted(y))).toBeCloseTo(ratio(a, b), 12);
      }),
    );
  });

  it('stay linear on ten thousand rows of one template', async () => {
    const checked = await check(
      Array.from({ length: 10_000 }, (_, i) => ({
        input: {
          q: `please tell me what the balance of the current account number ${i} was at the end of last month`,
        },
      })),
    );
    expect(found(checked, 'duplicates_near')?.count).toBeGreaterThan(9900);
  });
});

describe('likely label errors', () => {
  const n = 400;
  /** Five candidates, right with 95 %, on 4 classes; rows 0–19 carry a wrong label. Codes of answers are the classes. */
  function votes(): Parameters<typeof labelSuspects>[0] {
    const random = seededRandom(11);
    const truth = Int32Array.from({ length: n }, (_, row) => row % 4);
    const label = truth.map((each, row) => (row < 20 ? (each + 1) % 4 : each));
    const answers = Array.from({ length: 5 }, () =>
      truth.map((each) => (random.next() < 0.95 ? each : (each + 1 + Math.floor(random.next() * 3)) % 4)),
    );
    return {
      examples: Array.from({ length: n }, (_, row) => `r${row}`),
      candidates: ['a', 'b', 'c', 'd', 'e'],
      answers,
      scores: answers.map((of) => Float64Array.from(of, (answer, row) => (answer === label[row] ? 1 : 0))),
    };
  }

  it('are the planted ones, and no right label is accused', () => {
    const suspects = confidentDisagreements(votes(), [0, 1, 2, 3, 4]);
    expect(suspects.length).toBeGreaterThanOrEqual(12);
    expect(suspects.every((row) => row < 20)).toBe(true);
    const { findings } = labelSuspects(votes());
    const missed = findings.find(({ code }) => code === 'label_suspect_missed')?.rows.flat() ?? [];
    expect(missed.length).toBeGreaterThanOrEqual(12);
    expect(missed.every((id) => Number(id.slice(1)) < 20)).toBe(true);
  });

  it('are not looked for where fewer than three good candidates answered, and the check says so', () => {
    const all = votes();
    const few = {
      ...all,
      candidates: ['a', 'b'],
      answers: all.answers.slice(0, 2),
      scores: all.scores.slice(0, 2),
    };
    expect(labelSuspects(few)).toMatchObject({ findings: [], note: expect.stringMatching(/2 candidates/) });
    const bad = { ...all, scores: all.scores.map((of) => of.map(() => Number.NaN)) };
    expect(labelSuspects(bad).findings).toEqual([]);
  });
});

describe('personal data', () => {
  it('is counted by kind with precision and recall ≥ 90 % on the labelled set', () => {
    let [hits, claims, truths] = [0, 0, 0];
    const wrong: string[] = [];
    for (const [text, holds] of cases) {
      const counted = countPersonalData(text);
      for (const kind of personalKinds) {
        const [claimed, held] = [counted.get(kind) ?? 0, holds[kind] ?? 0];
        hits += Math.min(claimed, held);
        claims += claimed;
        truths += held;
        if (claimed !== held) wrong.push(`${kind} ${claimed}/${held}: ${text}`);
      }
    }
    const measured = `precision ${hits}/${claims}, recall ${hits}/${truths}; ${wrong.join('; ')}`;
    expect(hits / claims, measured).toBeGreaterThanOrEqual(0.9);
    expect(hits / truths, measured).toBeGreaterThanOrEqual(0.9);
  });

  it('is never shown', async () => {
    const checked = await check(cases.map(([q]) => ({ input: { q } })));
    const said = JSON.stringify(checked);
    for (const secret of ['jane.doe', '4111', '3704 0044', '078-05', 'IOSFODNN7', '203.0.113'])
      expect(said).not.toContain(secret);
    expect(found(checked, 'pii_api_key')).toMatchObject({ severity: 'error', count: 4 });
  });

  it('is looked for in linear time', () => {
    for (const hostile of ['a@', '1 ', '1-', 'DE12', '::', '1.', 'sk-', '(0', 'AB12 '])
      expect(countPersonalData(hostile.repeat(100_000)).size).toBeLessThan(8);
  });
});

describe.skipIf(sharedDataAbsent)('real data', () => {
  async function real(file: string, mapping: Partial<DatasetMapping> & { input: string[] }) {
    const { examples } = await examplesOf(`${sharedData}/${file}`, mapping);
    return { examples, checked: await checkExamples(file, () => batches(examples)) };
  }
  const brute = (
    examples: Example[],
    field: string,
    part: (example: Example) => boolean = () => true,
  ): number => {
    const texts = examples.filter(part).map(({ input }) => input[field]);
    return texts.length - new Set(texts).size;
  };

  it('RouteLLM MMLU: the 105 duplicate prompts its source states', async () => {
    const { examples, checked } = await real('routellm/mmlu.csv', {
      id: 'id',
      input: ['prompt'],
      tags: ['domain'],
    });
    expect(brute(examples, 'prompt')).toBe(105);
    expect(found(checked, 'duplicates_exact')?.count).toBe(105);
  });

  it('banking77: no input twice to the byte; twins, leaks and conflicts but for case and punctuation', async () => {
    const { examples, checked } = await real('banking77/banking77.csv', {
      id: 'id',
      input: ['text'],
      expected: 'intent',
      split: 'split',
    });
    expect(brute(examples, 'text')).toBe(0);
    expect(found(checked, 'duplicates_exact')).toBeUndefined();
    expect(found(checked, 'duplicates_normalised')?.count).toBe(20);
    expect(found(checked, 'split_leakage')?.count).toBe(11);
    expect(found(checked, 'labels_conflicting_near')?.count).toBeGreaterThan(0);
  });

  it('clinc150: five repeated inputs, four of them with two intents', async () => {
    const { examples, checked } = await real('clinc150/clinc150.csv', {
      id: 'id',
      input: ['text'],
      expected: 'intent',
      split: 'split',
    });
    expect(brute(examples, 'text')).toBe(5);
    expect(found(checked, 'duplicates_exact')?.count).toBe(5);
    expect(found(checked, 'labels_conflicting')?.count).toBe(4);
    expect(found(checked, 'split_leakage')?.count).toBe(31);
  });
});

describe('a check that takes long', () => {
  const many = rowsOf(
    Array.from({ length: 300 }, (_, i) => ({
      input: { q: `the request number ${i % 150} about a parcel that was never delivered, again ${i % 150}` },
      expected: `class ${i % 3}`,
    })),
  );

  it('tells its stages, each from 0 to no more than its total', async () => {
    const told: { stage: string; done: number; total: number }[] = [];
    await checkExamples('x', () => batches(many), {
      total: many.length,
      progress: (stage, done, total) => told.push({ stage, done, total }),
    });
    expect([...new Set(told.map(({ stage }) => stage))]).toEqual(['reading', 'comparing', 'judging']);
    expect(told.every(({ done, total }) => done >= 0 && done <= total)).toBe(true);
    for (const stage of ['reading', 'comparing', 'judging']) {
      const own = told.filter((each) => each.stage === stage).map(({ done }) => done);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
  });

  it.each(['reading', 'comparing', 'judging'])('stops while %s when it is cancelled', async (stage) => {
    const abort = new AbortController();
    const after: string[] = [];
    const reason = new Error('enough');
    const checking = checkExamples('x', () => batches(many), {
      signal: abort.signal,
      progress: (now) => {
        if (abort.signal.aborted) after.push(now);
        if (now === stage) abort.abort(reason);
      },
    });
    await expect(checking).rejects.toBe(reason);
    expect(after).toEqual([]);
  });
});
