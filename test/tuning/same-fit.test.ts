/** The same outcomes give the same fit, and the policy it hands over gives the fit's own figures. */
import { describe, expect, it } from 'vitest';
import type { FitResult } from '../../engine/api/index.ts';
import { seededRandom, shuffle } from '../../engine/math/index.ts';
import { finishPolicy, parsePolicy, replayPolicy, summariseReplay } from '../../engine/policy/index.ts';
import { policySplit } from '../../engine/tuning/index.ts';
import { fit, type Fitted, informative, permuted, rich, world } from './worlds.ts';

/** Sums over rows in another order differ in the last digits: figures are compared to ten. */
function figures(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(10));
  if (value instanceof Float64Array) return Array.from(value, figures);
  if (Array.isArray(value)) return value.map(figures);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, figures(each)]));
}
const shown = ({ result, draft }: Fitted): unknown => {
  const { metrics, warnings, ...rest } = result;
  const { intervals: _, ...areas } = metrics;
  const codes = warnings.map(({ code, count }) => [code, count]);
  const { rules, routes, evidence } = draft;
  return figures({ ...rest, areas, codes, rules, routes, splitHash: evidence.splitHash });
};

describe('The same outcomes', () => {
  const matrix = rich(3);
  it.each([1, 2, 3])('give the same fit with their rows shuffled (%i)', async (turn) => {
    const order = matrix.examples.map((_, i) => i);
    shuffle(order, seededRandom(turn));
    const ask = { maxLoss: 0.05, signals: ['agreement', 'confidence', 'difficulty', 'subject', 'length'] };
    const straight = await fit(matrix, ask);
    expect(straight.result.family).not.toBeNull();
    const shuffled = await fit(permuted(matrix, order), ask);
    expect(shown(shuffled)).toEqual(shown(straight));
  });

  it('give the same fit with the asked candidates, signals and families in another order or named twice', async () => {
    const straight = await fit(matrix, {
      maxLoss: 0.03,
      candidates: ['large', 'medium', 'small'],
      signals: ['agreement', 'confidence', 'difficulty'],
      families: ['cascade', 'threshold'],
    });
    const turned = await fit(matrix, {
      maxLoss: 0.03,
      candidates: ['small', 'large', 'medium', 'small'],
      signals: ['difficulty', 'confidence', 'agreement'],
      families: ['threshold', 'cascade'],
    });
    expect(turned).toEqual(straight);
  });

  it('give the same fit with the candidates of the matrix in another order', async () => {
    const turn = [2, 0, 1];
    const pick = <T>(list: T[]): T[] => turn.map((c) => list[c]!);
    const turned = {
      ...matrix,
      candidates: pick(matrix.candidates),
      scores: pick(matrix.scores),
      costs: pick(matrix.costs),
      latencies: pick(matrix.latencies),
      answers: pick(matrix.answers),
      failed: pick(matrix.failed),
    };
    const byName = ({ result, draft }: Fitted): unknown => [
      result.verdict,
      draft.rules,
      draft.routes,
      draft.signals,
      figures(result.test),
      result.certificate,
      draft.evidence.splitHash,
    ];
    expect(byName(await fit(turned, { maxLoss: 0.03 }))).toEqual(
      byName(await fit(matrix, { maxLoss: 0.03 })),
    );
  });

  it('give the same fit to the last digit when fitted twice, and another split with another seed', async () => {
    const first = await fit(matrix, { maxLoss: 0.03, seed: 4 });
    expect(await fit(matrix, { maxLoss: 0.03, seed: 4 })).toEqual(first);
    const other = await fit(matrix, { maxLoss: 0.03, seed: 5 });
    expect(other.draft.evidence.splitHash).not.toBe(first.draft.evidence.splitHash);
  });

  it('are not changed by a fit', async () => {
    const copy = structuredClone(matrix);
    await fit(matrix, { maxLoss: 0.03 });
    expect(matrix).toEqual(copy);
  });
});

describe("A policy's replay", () => {
  const asks = [
    { name: 'a cascade on confidence', ask: { signals: ['confidence'], families: ['cascade' as const] } },
    { name: 'a cascade on agreement', ask: { signals: ['agreement'] } },
    { name: 'a threshold before any call', ask: { signals: ['difficulty'] } },
    { name: 'a group table', ask: { signals: ['subject'] } },
    { name: 'a learnt text score', ask: { signals: ['text'] } },
    { name: 'everything', ask: {} },
  ];
  const told = (replayed: ReturnType<typeof summariseReplay>): Omit<FitResult['test'], never> => ({
    score: replayed.score,
    costUsd: replayed.costUsd,
    shares: replayed.shares,
    lossVsReference: replayed.lossVsReference!,
    latencyMs: replayed.latencyMs,
  });

  it.each(asks)('on the rows found again gives exactly the figures of the fit: $name', async ({ ask }) => {
    for (const seed of [3, 4]) {
      const matrix = rich(seed);
      const { result, draft } = await fit(matrix, { maxLoss: 0.05, ...ask });
      const { test, fit: fitRows, calibrate } = policySplit(draft, matrix);
      expect([fitRows.length, calibrate.length, test.length]).toEqual([
        result.rows.fit,
        result.rows.calibrate,
        result.rows.test,
      ]);
      expect(told(summariseReplay(draft, matrix, replayPolicy(draft, matrix, test)))).toEqual(result.test);
      // And through the file: written, hashed, read again.
      const policy = parsePolicy(JSON.stringify(finishPolicy(draft)));
      expect(told(summariseReplay(policy, matrix, replayPolicy(policy, matrix, test)))).toEqual(result.test);
      expect(policy.evidence.score).toEqual(result.test.score);
      expect(policy.evidence.costUsd).toEqual(result.test.costUsd);
      expect(policy.evidence.shares).toEqual(result.test.shares);
    }
  });

  it('of a cascade is what a count by hand gives, the answer turned down paid for', async () => {
    const matrix = world(informative(900, 8));
    const { result, draft } = await fit(matrix, { maxLoss: 0.04 });
    const accept = draft.routes[0]!.attempts[0]!.accept;
    if (typeof accept === 'string' || accept.op !== 'gte')
      throw new Error('expected a cascade on a threshold');
    const { test } = policySplit(draft, matrix);
    const kept = Array.from(test, (row) => Number(matrix.signals[0]!.values[row]) >= accept.value);
    const scores = Array.from(test, (row, i) => matrix.scores[kept[i] ? 1 : 0]![row]!);
    const mean = (values: number[]): number => values.reduce((total, x) => total + x, 0) / values.length;
    expect(result.test.score.mean).toBeCloseTo(mean(scores), 12);
    expect(result.test.costUsd.mean).toBeCloseTo(mean(kept.map((keeps) => (keeps ? 0.001 : 0.011))), 12);
    expect(result.test.shares['small']).toBeCloseTo(kept.filter(Boolean).length / test.length, 12);
    // The certificate is about the calibrating rows; the threshold lies strictly inside the gap it was found in.
    expect(accept.gap![0]).toBeLessThan(accept.value);
    expect(accept.gap![1]).toBeGreaterThanOrEqual(accept.value);
  });

  it('refuses outcomes that are no longer those the policy was fitted on', async () => {
    const matrix = rich(3);
    const { draft } = await fit(matrix, { maxLoss: 0.03 });
    const fewer = permuted(matrix, matrix.examples.map((_, i) => i).slice(1));
    expect(() => policySplit(draft, fewer)).toThrow(expect.objectContaining({ code: 'policy.stale' }));
  });
});

describe('The split', () => {
  it('never parts a group, and covers every paired row once, whatever the sizes of groups and the seed', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const parts = informative(500, seed);
      const random = seededRandom(seed);
      const groups = Array.from({ length: 500 }, () => random.int(seed * 30));
      const matrix = world({ ...parts, groups });
      const { draft } = await fit(matrix, { maxLoss: 0.05, seed });
      const split = policySplit(draft, matrix);
      const of = [split.fit, split.calibrate, split.test].map(
        (rows) => new Set(Array.from(rows, (row) => groups[row]!)),
      );
      expect(of.reduce((total, set) => total + set.size, 0)).toBe(new Set(groups).size);
      const rows = [...split.fit, ...split.calibrate, ...split.test].sort((a, b) => a - b);
      expect(rows).toEqual(groups.map((_, i) => i));
    }
  });

  it('leaves the test rows of the dataset for the test', async () => {
    const splits = Array.from({ length: 900 }, (_, i) => [0, 1, 1, 2][i % 4]!);
    const matrix = world({ ...informative(900, 2), splits });
    const { draft } = await fit(matrix, { maxLoss: 0.05 });
    expect([...policySplit(draft, matrix).test]).toEqual(
      splits.flatMap((split, i) => (split === 2 ? [i] : [])),
    );
  });
});
