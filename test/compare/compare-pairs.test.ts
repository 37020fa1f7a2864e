import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompareInput } from '../../engine/api/index.ts';
import { comparePairs } from '../../engine/compare/index.ts';
import {
  holmAdjust,
  mcnemarMidP,
  meanInterval,
  rateInterval,
  seededRandom,
} from '../../engine/math/index.ts';
import { matrixOf } from './matrix.ts';

const input = (more: object = {}): CompareInput => CompareInput.parse({ runs: ['r'], ...more });
const bits = (n: number, p: number, seed: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: n }, () => (random.next() < p ? 1 : 0));
};

describe('comparing candidates', () => {
  it('leaves out rows that lack a score, counts them, and never takes them for wrong', () => {
    const compared = comparePairs(
      matrixOf({ scores: { a: [1, 1, NaN, 0, 1], b: [1, 0, 1, 0, NaN] }, failures: [0, 1] }),
      input(),
    );
    expect(compared).toMatchObject({ n: 3, leftOut: 2, baseline: 'a' });
    expect(compared.candidates[1]).toMatchObject({
      id: 'b',
      score: { n: 3, mean: 1 / 3, ...rateInterval(1, 3, 0.95) },
    });
    expect(compared.warnings).toEqual([
      { code: 'compare.left_out', message: expect.any(String), count: 2, examples: ['e2', 'e4'] },
      { code: 'compare.failed', message: expect.any(String), count: 1, examples: ['b'] },
      { code: 'compare.cost_unknown', message: expect.any(String), count: 2, examples: ['a', 'b'] },
    ]);
    expect(compared.candidates[0]!.costUsd).toBeNull();
    expect(compared.pairs[0]!.deltaCostUsd).toBeNull();
  });

  it('counts, tests and adjusts 0/1 scores as brute force does', () => {
    const cell = fc.constantFrom(0, 1, NaN);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 40 }), (rows) => {
        const paired = rows.filter((row) => row.every((x) => !Number.isNaN(x)));
        if (paired.length === 0) return;
        const scores = { a: rows.map((r) => r[0]), b: rows.map((r) => r[1]), c: rows.map((r) => r[2]) };
        const { pairs } = comparePairs(matrixOf({ scores }), input({ candidates: ['b', 'a', 'c'] }));
        expect(pairs.map(({ a, b }) => a + b)).toEqual(['ab', 'cb', 'ac']);
        const at = { a: 0, b: 1, c: 2 } as Record<string, number>;
        const count = (a: string, b: string, x: number, y: number): number =>
          paired.filter((row) => row[at[a]!] === x && row[at[b]!] === y).length;
        const p = pairs.map(({ a, b }) => mcnemarMidP(count(a, b, 1, 0), count(a, b, 0, 1)));
        const adjusted = holmAdjust(p);
        pairs.forEach((pair, i) => {
          const { a, b } = pair;
          expect(pair).toMatchObject({
            onlyARight: count(a, b, 1, 0),
            onlyBRight: count(a, b, 0, 1),
            bothRight: count(a, b, 1, 1),
            bothWrong: count(a, b, 0, 0),
            test: { kind: 'mcnemar-mid-p', p: p[i], pAdjusted: adjusted[i] },
          });
          expect(pair.delta.mean).toBeCloseTo((count(a, b, 1, 0) - count(a, b, 0, 1)) / paired.length, 12);
          expect(pair.delta.hi).toBeGreaterThan(pair.delta.lo);
          if (adjusted[i]! > 0.05) expect(pair.verdict).toBe('tied');
        });
      }),
      { numRuns: 60 },
    );
  });

  it('tells better from worse, from the side of `a`', () => {
    const good = Array.from({ length: 60 }, () => 1);
    const bad = Array.from({ length: 60 }, (_, i) => (i < 30 ? 1 : 0));
    const of = (baseline: string) =>
      comparePairs(matrixOf({ scores: { good, bad } }), input({ baseline })).pairs[0];
    expect(of('good')).toMatchObject({ a: 'bad', b: 'good', verdict: 'worse' });
    expect(of('bad')).toMatchObject({ a: 'good', b: 'bad', verdict: 'better' });
  });

  it('takes the first candidate asked as baseline, else the best score', () => {
    const scores = { a: [0, 0, 1], b: [1, 1, 1], c: [1, 0, 1] };
    expect(comparePairs(matrixOf({ scores }), input()).baseline).toBe('b');
    expect(comparePairs(matrixOf({ scores }), input({ candidates: ['c', 'a'] })).baseline).toBe('c');
    expect(comparePairs(matrixOf({ scores: { a: [1, 0], b: [0, 1] } }), input()).baseline).toBe('a');
  });

  it('compares every pair up to eight candidates, above that each with the baseline', () => {
    const scores = (m: number) =>
      Object.fromEntries(Array.from({ length: m }, (_, k) => [`c${k + 10}`, bits(20, 0.5, k)]));
    expect(comparePairs(matrixOf({ scores: scores(8) }), input()).pairs.length).toBe(28);
    const many = comparePairs(matrixOf({ scores: scores(43) }), input());
    expect(many.pairs.length).toBe(42);
    expect(new Set(many.pairs.map(({ b }) => b))).toEqual(new Set([many.baseline]));
  });

  it('is not fooled by copied rows: groups widen what copies would narrow', () => {
    const once = { a: bits(40, 0.8, 1), b: bits(40, 0.6, 2) };
    const copy = (list: number[]): number[] => list.flatMap((x) => Array<number>(10).fill(x));
    const copies = { a: copy(once.a), b: copy(once.b) };
    const groups = copy(once.a.map((_, i) => i));
    const naive = comparePairs(matrixOf({ scores: copies }), input({ baseline: 'b' })).pairs[0]!;
    const clustered = comparePairs(matrixOf({ scores: copies, groups }), input({ baseline: 'b' }));
    const pair = clustered.pairs[0]!;
    const single = comparePairs(matrixOf({ scores: once }), input({ baseline: 'b' })).pairs[0]!;
    const width = (e: { lo: number; hi: number }): number => e.hi - e.lo;
    expect(clustered).toMatchObject({ n: 400, groups: 40 });
    expect(pair.test.kind).toBe('paired-bootstrap');
    expect(width(pair.delta) / width(single.delta)).toBeCloseTo(1, 0);
    expect(width(naive.delta) / width(single.delta)).toBeLessThan(0.5);
    expect(pair.test.p).toBeGreaterThan(naive.test.p);
    expect(pair.delta.groups).toBe(40);
    expect(clustered.candidates[0]!.score).toEqual(
      meanInterval(Float64Array.from(copies.a), 0.95, Int32Array.from(groups)),
    );
  });

  it('keeps the width of a difference of copies that never differ', () => {
    const same = bits(40, 0.8, 3);
    const { pairs } = comparePairs(
      matrixOf({ scores: { a: same, b: same }, groups: same.map((_, i) => i >> 1) }),
      input(),
    );
    expect(pairs[0]).toMatchObject({ verdict: 'tied', delta: { mean: 0, groups: 20 } });
    expect(pairs[0]!.delta.hi - pairs[0]!.delta.lo).toBeGreaterThan(0.02);
  });

  it('uses McNemar on grouped rows only where no group has two discordant rows', () => {
    const a = [1, 1, 1, 0, 1, 1];
    const b = [0, 1, 1, 1, 1, 1];
    const kind = (groups: number[]) =>
      comparePairs(matrixOf({ scores: { a, b }, groups }), input()).pairs[0]!.test.kind;
    expect(kind([0, 0, 1, 1, 2, 2])).toBe('mcnemar-mid-p');
    expect(kind([0, 1, 1, 0, 2, 2])).toBe('paired-bootstrap');
  });

  it('compares graded scores and costs by a paired bootstrap that a seed repeats', () => {
    const random = seededRandom(4);
    const base = Array.from({ length: 200 }, () => random.next() * 0.8);
    const matrix = matrixOf({
      scores: { a: base.map((x) => x + 0.1), b: base.map((x) => x + random.next() * 0.05) },
      costs: { a: base.map(() => 2), b: base.map((_, i) => (i === 0 ? NaN : 1)) },
      nominal: ['b'],
    });
    const compared = comparePairs(matrix, input({ baseline: 'b' }));
    expect(compared.pairs[0]).toMatchObject({ test: { kind: 'paired-bootstrap' }, verdict: 'better' });
    expect(compared.pairs[0]!.deltaCostUsd).toMatchObject({ mean: 1, n: 199 });
    expect(compared.candidates.map(({ priceNominal }) => priceNominal)).toEqual([false, true]);
    expect(comparePairs(matrix, input({ baseline: 'b' }))).toEqual(compared);
  });

  it('compares within each value of a tag, adjusting over all slices', () => {
    const a = [...Array<number>(20).fill(1), ...bits(20, 0.5, 1), 1];
    const b = [...Array<number>(20).fill(0), ...bits(20, 0.5, 1), 1];
    const topic = [...Array<string>(20).fill('math'), ...Array<string>(20).fill('law'), null];
    const compared = comparePairs(
      matrixOf({ scores: { a, b }, tags: { topic } }),
      input({ by: 'topic', baseline: 'b' }),
    );
    expect(compared.by?.tag).toBe('topic');
    expect(compared.by?.slices.map(({ value, n }) => [value, n])).toEqual([
      ['law', 20],
      ['math', 20],
    ]);
    expect(compared.by?.slices[1]!.pairs[0]).toMatchObject({
      verdict: 'better',
      test: { pAdjusted: mcnemarMidP(20, 0) * 2 },
    });
    expect(compared.by?.slices[0]!.pairs[0]!.verdict).toBe('tied');
    expect(compared.warnings.map(({ code, count }) => [code, count])).toContainEqual(['compare.untagged', 1]);
  });

  it('refuses an unknown candidate, baseline and tag, and rows that never pair, each with a hint', () => {
    const matrix = matrixOf({ scores: { a: [1, NaN], b: [NaN, 0], c: [1, 1] }, tags: { topic: ['x', 'y'] } });
    const refusal = (more: object) => expect(() => comparePairs(matrix, input(more)));
    refusal({ candidates: ['a', 'z'] }).toThrow(
      expect.objectContaining({ code: 'candidate.unknown', hint: 'Name one of: a, b, c.' }),
    );
    refusal({ candidates: ['a', 'c'], baseline: 'b' }).toThrow(
      expect.objectContaining({ code: 'candidate.unknown' }),
    );
    refusal({ candidates: ['a', 'b'] }).toThrow(expect.objectContaining({ code: 'compare.no_pairs' }));
    refusal({ candidates: ['c'], by: 'constructor' }).toThrow(
      expect.objectContaining({ code: 'dataset.column_unknown', hint: 'Its tags: topic.' }),
    );
  });

  it('compares a million outcomes of four candidates in a few seconds', () => {
    const scores = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((id, k) => [id, bits(1_000_000, 0.7 + k / 100, k)]),
    );
    const matrix = matrixOf({ scores, costs: scores });
    const started = performance.now();
    expect(comparePairs(matrix, input()).n).toBe(1_000_000);
    // 1.1 s on an idle core; the suite shares two.
    expect(performance.now() - started).toBeLessThan(6000);
  });
});
