import { describe, expect, it } from 'vitest';
import type { CompareInput, GateResult } from '../../engine/api/index.ts';
import { comparePairs } from '../../engine/compare/index.ts';
import { seededRandom } from '../../engine/math/index.ts';
import { junitReport } from '../../main/cli/gates.ts';
import { matrixOf } from './matrix.ts';

const n = 400;
const rows = (from: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => from(i));
/** b loses 20 of 100 rows to a, and costs twice as much; c is as a. */
const matrix = matrixOf({
  scores: { a: rows(() => 1), b: rows((i) => (i % 5 === 0 ? 0 : 1)), c: rows((i) => (i === 7 ? 0 : 1)) },
  costs: {
    a: rows((i) => 0.001 + (i % 3) * 1e-5),
    b: rows((i) => 0.002 + (i % 4) * 1e-5),
    c: rows(() => NaN),
  },
});
const ask = (failIf: string[]): CompareInput => ({
  runs: ['r'],
  baseline: 'a',
  level: 0.95,
  seed: 1,
  failIf,
});
const judged = (...gates: string[]): string[] =>
  comparePairs(matrix, ask(gates)).gates.map(
    ({ candidate, gate, status }) => `${candidate} ${gate} ${status}`,
  );

describe('a gate', () => {
  it('fails where the whole interval lies beyond the limit, and only there', () => {
    expect(judged('score drop > 1pt', 'score drop > 20 points', 'score drop > 50%')).toEqual([
      'b score drop > 1pt failed',
      'b score drop > 20 points undecided',
      'b score drop > 50% passed',
      'c score drop > 1pt undecided',
      'c score drop > 20 points passed',
      'c score drop > 50% passed',
    ]);
  });

  it('knows rises from drops, percentages from amounts, and what is unknown', () => {
    expect(
      judged('score rise > 0pt', 'cost rise > 90%', 'cost rise > $0.5', 'cost rise > 2usd', 'cost drop > 1%'),
    ).toEqual([
      'b score rise > 0pt passed',
      'b cost rise > 90% failed',
      'b cost rise > $0.5 failed',
      'b cost rise > 2usd passed',
      'b cost drop > 1% passed',
      'c score rise > 0pt undecided',
      'c cost rise > 90% unknown',
      'c cost rise > $0.5 unknown',
      'c cost rise > 2usd unknown',
      'c cost drop > 1% unknown',
    ]);
  });

  it.each([
    '',
    'score',
    'score drop 1pt',
    'score drop > 1',
    'score drop > $1',
    'cost rise > 1pt',
    'latency rise > 1%',
    'p90 latency rise > 1%',
    'p95 latency rise > 1pt',
    'p95 latency rise > 10',
    'score drop > 1pt in each',
    'score drop > 1pt in topic',
    'score drop > -1pt',
    'score drop > 1e9pt;rm',
  ])('is refused when it is none: %j', (text) => {
    expect(() => comparePairs(matrix, ask([text]))).toThrow(
      expect.objectContaining({ code: 'input.invalid', hint: expect.stringContaining('score drop > 1pt') }),
    );
  });

  it('lets a candidate pass that is no worse, in all but few of 200 draws', () => {
    let failed = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const draw = rows(() => (random.next() < 0.8 ? 1 : 0));
      const other = rows(() => (random.next() < 0.79 ? 1 : 0));
      const { gates } = comparePairs(matrixOf({ scores: { a: draw, b: other } }), ask(['score drop > 1pt']));
      if (gates[0]!.status === 'failed') failed++;
    }
    // 2.5 % in truth; three standard errors above.
    expect(failed).toBeLessThanOrEqual(12);
  });

  it('is a JUnit test case whose text cannot break the report', () => {
    const hostile: GateResult = {
      gate: 'score drop > 1pt',
      candidate: '"/><script>&\u001b[2J\n',
      baseline: "b'",
      slice: null,
      status: 'failed',
      change: 0.2,
      lo: 0.1,
      hi: 0.3,
      limit: 0.01,
      n: 9,
    };
    const xml = junitReport([hostile, { ...hostile, status: 'undecided' }, { ...hostile, status: 'passed' }]);
    expect(xml).toContain('tests="3" failures="1" skipped="1"');
    expect(xml).not.toMatch(/<script|\u001b/);
    expect(xml).toContain('&quot;/&gt;&lt;script&gt;&amp;');
    expect(xml.match(/<testcase /g)).toHaveLength(3);
  });
});

describe('the difference that would have shown', () => {
  it('does show in about 80 % of draws when it is there', () => {
    let found = 0;
    const sizes: number[] = [];
    const trial = (seed: number, gap: number) => {
      const random = seededRandom(seed);
      const score = (p: number) => rows(() => (random.next() < p ? 1 : 0));
      return comparePairs(matrixOf({ scores: { a: score(0.7), b: score(0.7 - gap) } }), ask([])).pairs[0]!;
    };
    for (let seed = 1; seed <= 50; seed++) sizes.push(trial(seed, 0).detectable!);
    const gap = sizes.reduce((sum, x) => sum + x, 0) / sizes.length;
    for (let seed = 1001; seed <= 1300; seed++) if (trial(seed, gap).verdict !== 'tied') found++;
    expect(found / 300).toBeGreaterThan(0.72);
    expect(found / 300).toBeLessThan(0.88);
  });

  it('is not known from one row', () => {
    const { pairs } = comparePairs(matrixOf({ scores: { a: [0.8], b: [0.7] } }), ask([]));
    expect(pairs[0]).toMatchObject({ verdict: 'tied', detectable: null });
  });
});
