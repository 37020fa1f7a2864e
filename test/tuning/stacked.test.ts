/** A learnt text score and labels together. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../engine/math/index.ts';
import { replayPolicy } from '../../engine/policy/index.ts';
import { policySplit } from '../../engine/tuning/index.ts';
import { weigh } from '../../engine/tuning/evidence-weights.ts';
import { learnLabelOffsets } from '../../engine/tuning/label-offsets.ts';
import { draws, fit, world } from './worlds.ts';

/** Small fails on hard topics and on texts with "prove"; large is right on 95 %. */
function both(seed: number) {
  const n = 3000;
  const random = seededRandom(seed);
  const topics = Array.from({ length: n }, () => ['law', 'sport', 'logic', 'food'][random.int(4)]!);
  const hard = Array.from({ length: n }, () => random.next() < 0.5);
  const fillers = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];
  const texts = hard.map((is, i) =>
    [is ? 'prove' : 'name', ...Array.from({ length: 5 }, () => fillers[random.int(6)]), i].join(' '),
  );
  const chance = (row: number): number =>
    0.95 - (topics[row] === 'law' || topics[row] === 'logic' ? 0.3 : 0) - (hard[row] ? 0.3 : 0);
  return world({
    candidates: {
      small: { score: draws(n, seed + 1, chance), cost: 0.001 },
      large: { score: draws(n, seed + 2, () => 0.95), cost: 0.01 },
    },
    tags: { topic: topics.map((topic, i) => (i % 50 === 7 ? null : topic)) },
    texts,
  });
}

describe('Text and labels stacked', () => {
  const matrix = both(4);
  it('are chosen where each alone knows half, keep the promise cheaper, and replay exactly', async () => {
    const ask = { maxLoss: 0.04, reference: 'large' };
    const { result, draft } = await fit(matrix, ask);
    expect(result.verdict).toBe('route');
    expect(result.signals).toEqual(['text + topic (small → large)']);
    const [signal] = draft.signals;
    expect(signal).toMatchObject({ kind: 'text-linear', labels: [{ field: 'topic', default: 0 }] });
    const { test } = policySplit(draft, matrix);
    const replay = replayPolicy(draft, matrix, test);
    expect(replay.score.reduce((sum, x) => sum + x, 0) / replay.n).toBeCloseTo(result.test.score.mean, 12);
    for (const signals of [['topic'], ['text']]) {
      const alone = await fit(matrix, { ...ask, signals });
      expect(result.test.costUsd.mean).toBeLessThan(alone.result.test.costUsd.mean);
    }
  });
});

describe('What a label tells', () => {
  it('is its shrunk mean residual times 4, worked out by hand, and nothing for a label never seen', () => {
    const values = ['a', 'a', 'b', 'b', null];
    const target = [1, 1, 0, 1, 0.5];
    const { tables, offset } = learnLabelOffsets(
      [{ field: 'f', values }],
      Int32Array.of(0, 1, 2, 3),
      (row) => target[row]!,
    );
    // Overall .75; a: +.5 over 2 + 10 rows, b: −.5.
    expect(tables[0]!.table).toEqual([
      ['a', Number((4 * (0.5 / 12)).toPrecision(5))],
      ['b', Number((4 * (-0.5 / 12)).toPrecision(5))],
    ]);
    expect(offset(0)).toBeCloseTo(0.16667, 5);
    expect(offset(4)).toBe(0);
  });
});

describe('The weights of two scores', () => {
  it('find the logits that made the targets, and leave out a score that misleads', () => {
    const random = seededRandom(3);
    const rows = Array.from({ length: 20_000 }, () => {
      const [labels, text] = [4 * random.next() - 2, 4 * random.next() - 2];
      const p = 1 / (1 + Math.exp(-(0.5 + labels + 0.4 * text)));
      return { labels, text, target: random.next() < p ? 1 : 0 };
    });
    const found = weigh(rows);
    expect(found.base).toBeCloseTo(0.5, 1);
    expect(found.labels).toBeCloseTo(1, 1);
    expect(found.text).toBeCloseTo(0.4, 1);
    const misled = weigh(rows.map((row) => ({ ...row, text: -row.text })));
    expect(misled.text).toBe(0);
    expect(misled.labels).toBeGreaterThan(0.8);
  });
});
