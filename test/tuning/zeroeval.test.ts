/** ZeroEval GSM8K: two cheap models asked together, the strong one where they differ. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { OutcomeMatrix } from '../../engine/api/index.ts';
import { hullCorners, mixAt } from '../../engine/math/index.ts';
import { canonicalAnswer, replayPolicy, summariseReplay } from '../../engine/policy/index.ts';
import { policySplit } from '../../engine/tuning/index.ts';
import { fit, world } from './worlds.ts';

const folder = new URL('../../../shared/data/zeroeval_gsm/', import.meta.url);
const absent = !existsSync(folder);
const [haiku, mini, sonnet] = [
  'claude-3-haiku-20240307',
  'gpt-4o-mini-2024-07-18',
  'claude-3-5-sonnet-20241022',
];

interface Row {
  id: string;
  model: string;
  correct: string;
  parsed_answer: string;
  est_cost_usd: string;
}

/** `same`: what two answers have to share to agree; null agrees with nothing. */
function recorded(same: (answer: string) => string | null): OutcomeMatrix {
  const models = new Map<string, Row[]>([haiku, mini, sonnet].map((model) => [model, []]));
  for (const row of parse<Row>(readFileSync(new URL('outcomes.csv', folder), 'utf8'), { columns: true })) {
    models.get(row.model)?.push(row);
  }
  const examples = models.get(sonnet)!.map(({ id }) => id);
  const codes = new Map<string, number>();
  const code = (text: string): number => {
    const answer = same(text);
    if (answer === null) return -1;
    if (!codes.has(answer)) codes.set(answer, codes.size);
    return codes.get(answer)!;
  };
  const candidates = [...models].map(([model, rows]) => {
    const at = new Map(rows.map((row) => [row.id, row]));
    const own = examples.map((id) => at.get(id)!);
    return [
      model,
      {
        score: own.map(({ correct }) => Number(correct)),
        cost: own.map(({ est_cost_usd }) => Number(est_cost_usd)),
        answer: own.map(({ parsed_answer }) => code(parsed_answer)),
      },
    ] as const;
  });
  const matrix = world({ candidates: Object.fromEntries(candidates), examples });
  return {
    ...matrix,
    dataset: { ...matrix.dataset, scorer: { kind: 'numeric', absolute: 1e-9, relative: 1e-9 } },
  };
}

describe.skipIf(absent)('ZeroEval GSM8K, 1,319 rows (2 tests, skipped without ../shared/data)', () => {
  const matrix = absent ? null : recorded((text) => canonicalAnswer({ kind: 'numeric' }, text));

  it('gives a certified cascade on the agreement of the two cheap ones, whose replay is its own evidence', async () => {
    const { result, draft } = await fit(matrix!, { maxLoss: 0.015, confidence: 0.9, seed: 1 });
    expect(result.rows).toMatchObject({ leftOut: 0 });
    expect(result.rows.fit + result.rows.calibrate + result.rows.test).toBe(1319);
    expect(result).toMatchObject({ verdict: 'cascade', family: 'cascade', reference: sonnet });
    expect(result.certificate).toMatchObject({ certified: true, maxLoss: 0.015, confidence: 0.9 });
    expect(result.certificate.bound).toBeLessThanOrEqual(0.015);
    expect(result.certificate.n).toBe(result.rows.calibrate);
    const [signal] = draft.signals;
    expect(signal).toMatchObject({ kind: 'agreement', candidates: expect.arrayContaining([haiku, mini]) });
    const attempts = draft.routes.flatMap((route) => route.attempts);
    expect(attempts.map(({ accept }) => accept)).toEqual([
      'never',
      { op: 'eq', signal: signal!.id, value: true },
      'always',
    ]);
    expect(attempts[2]!.candidate).toBe(sonnet);
    const { test } = policySplit(draft, matrix!);
    expect(summariseReplay(draft, matrix!, replayPolicy(draft, matrix!, test))).toMatchObject(result.test);
    expect(result.baselines.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['single', 'single', 'single', 'mix', 'hull', 'shuffled', 'oracle']),
    );
    const mix = result.baselines.find(({ kind }) => kind === 'mix')!;
    expect(mix.costUsd.mean).toBeCloseTo(result.test.costUsd.mean, 12);
    expect(result.test.score.mean).toBeGreaterThan(mix.score.mean);
    const oracle = result.baselines.find(({ kind }) => kind === 'oracle')!;
    expect(oracle.score.mean).toBeGreaterThanOrEqual(result.test.score.mean);
  });

  it('reproduces the check values on all rows: .9659 at 43 % of the cost of sonnet, alone .9666, mixed .9520', async () => {
    // The check values compare the text of the answers, $ and thousands separators dropped, units kept.
    const plain = recorded((text) => text.replace(/[$,]/g, '').trim());
    const { draft } = await fit(plain, { maxLoss: 0.015, confidence: 0.9, signals: ['agreement'], seed: 1 });
    const replay = replayPolicy(draft, plain, null);
    const all = summariseReplay(draft, plain, replay);
    expect(all.n).toBe(1319);
    expect(all.score.mean).toBeCloseTo(0.9659, 4);
    expect(all.reference!.score.mean).toBeCloseTo(0.9666, 4);
    expect(Math.round((100 * all.costUsd.mean) / all.reference!.costUsd.mean)).toBe(43);
    const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;
    const singles = plain.candidates.map((_, c) => ({
      cost: mean(plain.costs[c]!),
      score: mean(plain.scores[c]!),
    }));
    const { a, b, w } = mixAt(singles, hullCorners(singles), all.costUsd.mean);
    expect((1 - w) * singles[a]!.score + w * singles[b]!.score).toBeCloseTo(0.952, 3);
  });
});
