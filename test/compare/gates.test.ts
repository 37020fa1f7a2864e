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

describe('a gate on latency, or within a tag', () => {
  const random = seededRandom(3);
  const latency = rows(() => 100 + 400 * random.next() ** 3);
  const tagged = matrixOf({
    scores: {
      a: rows(() => 1),
      b: rows((i) => (i % 4 === 0 && i % 3 > 0 ? 0 : 1)),
      c: rows((i) => (i % 40 === 0 ? 0 : 1)),
    },
    latencies: {
      a: latency,
      b: latency.map((ms) => ms * 1.4),
      c: latency.map((ms, i) => (i % 2 === 0 ? NaN : ms + (i % 5))),
    },
    tags: { topic: rows((i) => i).map((i) => (i % 4 === 0 ? 'x' : i % 4 === 1 ? 'y = z' : null)) },
  });
  const told = (...gates: string[]): string[] =>
    comparePairs(tagged, ask(gates)).gates.map(
      ({ candidate, gate, slice, status, n: of }) =>
        `${candidate} ${gate} ${slice === null ? '' : `[${slice.value}] `}${status} ${of}`,
    );

  it('fails only where the interval of the quantile lies beyond the limit', () => {
    expect(
      told(
        'p95 latency rise > 10%',
        'latency p50 rise > 20ms',
        'p95 latency rise > 2s',
        'p50 latency drop > 0ms',
      ),
    ).toEqual([
      'b p95 latency rise > 10% failed 400',
      'b latency p50 rise > 20ms failed 400',
      'b p95 latency rise > 2s passed 400',
      'b p50 latency drop > 0ms passed 400',
      'c p95 latency rise > 10% passed 200',
      'c latency p50 rise > 20ms passed 200',
      'c p95 latency rise > 2s passed 200',
      'c p50 latency drop > 0ms passed 200',
    ]);
  });

  it('is unknown on too few rows for the quantile', () => {
    const few = matrixOf({
      scores: { a: [1, 1, 1], b: [1, 1, 1] },
      latencies: { a: [1, 2, 3], b: [9, 8, 7] },
    });
    const { gates, candidates, pairs } = comparePairs(few, ask(['p95 latency rise > 1%']));
    expect(gates[0]).toMatchObject({ status: 'unknown', change: NaN });
    expect(candidates[0]!.latencyMs!.quantiles.p95.hi).toBeNaN();
    expect(pairs[0]!.deltaLatencyMs).toEqual({ p50: null, p95: null, p99: null });
  });

  it('asks within one value of a tag, or each with the level shared out among them', () => {
    expect(told('score drop > 5pt in each topic', 'score drop > 5pt in topic = y = z')).toEqual([
      'b score drop > 5pt in each topic [x] failed 100',
      'c score drop > 5pt in each topic [x] undecided 100',
      'b score drop > 5pt in each topic [y = z] passed 100',
      'c score drop > 5pt in each topic [y = z] passed 100',
      'b score drop > 5pt in topic = y = z [y = z] passed 100',
      'c score drop > 5pt in topic = y = z [y = z] passed 100',
    ]);
    const within = (gate: string) =>
      comparePairs(tagged, ask([gate])).gates.find(({ slice }) => slice?.value === 'x')!;
    const [one, each] = [within('score drop > 5pt in topic=x'), within('score drop > 5pt in each topic')];
    expect(each.lo).toBeLessThan(one.lo);
    expect(each.hi).toBeGreaterThan(one.hi);
    expect(() => told('score drop > 1pt in each nothing')).toThrow(
      expect.objectContaining({ code: 'dataset.column_unknown' }),
    );
    expect(() => told('score drop > 1pt in topic=q')).toThrow(
      expect.objectContaining({ code: 'input.invalid', hint: 'Its values: x, y = z.' }),
    );
  });
});

describe('rows needed', () => {
  it('show the wanted difference in about 80 % of draws', () => {
    const trial = (seed: number, size: number, gap: number) => {
      const random = seededRandom(seed);
      const score = (p: number) => Array.from({ length: size }, () => (random.next() < p ? 1 : 0));
      return comparePairs(matrixOf({ scores: { a: score(0.7), b: score(0.7 - gap) } }), {
        ...ask([]),
        detect: 0.1,
      }).pairs[0]!;
    };
    const needed = Array.from({ length: 30 }, (_, seed) => trial(seed + 1, 200, 0).rowsNeeded!);
    const size = Math.round(needed.reduce((sum, x) => sum + x, 0) / needed.length);
    let found = 0;
    for (let seed = 1001; seed <= 1300; seed++) if (trial(seed, size, 0.1).verdict !== 'tied') found++;
    expect(found / 300).toBeGreaterThan(0.72);
    expect(found / 300).toBeLessThan(0.88);
    expect(comparePairs(matrix, ask([])).pairs[0]!.rowsNeeded).toBeNull();
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
