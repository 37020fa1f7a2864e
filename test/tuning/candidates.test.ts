/** Candidates that are dominated, tied, or broken. */
import { describe, expect, it } from 'vitest';
import type { PolicyDraft } from '../../engine/api/index.ts';
import {
  type CandidateParts,
  draws,
  fit,
  type Fitted,
  informative,
  mostHits,
  uniforms,
  world,
} from './worlds.ts';

const attempted = ({ routes }: PolicyDraft): Set<string> =>
  new Set(routes.flatMap(({ attempts }) => attempts.map(({ candidate }) => candidate)));
const warned = ({ result }: Fitted, code: string) => result.warnings.find((warning) => warning.code === code);
const one = (n: number, x: number): Float64Array => new Float64Array(n).fill(x);
const withThird = (seed: number, id: string, third: CandidateParts) => {
  const parts = informative(800, seed);
  return { parts, matrix: world({ ...parts, candidates: { ...parts.candidates, [id]: third } }) };
};
/** What a fit of small and large alone decides and shows. */
const decided = ({ result, draft }: Fitted) => ({
  verdict: result.verdict,
  test: result.test,
  certificate: result.certificate,
  rows: result.rows,
  rules: draft.rules,
  routes: draft.routes,
  signals: draft.signals,
});

describe('A candidate that is worse and dearer', () => {
  it('is never called, though its confidence is perfect and it is right where the others are wrong', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { parts } = withThird(seed, 'bad', { score: one(800, 0), cost: 1 });
      const large = parts.candidates['large']!.score;
      const coin = draws(800, seed + 9000, () => 0.6);
      const score = coin.map((x, i) => (large[i] === 0 ? 1 : x));
      const bad = { score, cost: 0.02, confidence: score.map((x, i) => x + i / 1e6) };
      const fitted = await fit(world({ ...parts, candidates: { ...parts.candidates, bad } }), {
        maxLoss: 0.04,
        seed,
      });
      expect(attempted(fitted.draft).has('bad')).toBe(false);
      expect(fitted.result.test.shares).not.toHaveProperty('bad');
      expect(fitted.result.reference).toBe('large');
    }
  });

  it('is the reference where the ask names it, and a better and cheaper one is then served alone', async () => {
    const { matrix } = withThird(1, 'bad', { score: draws(800, 5, () => 0.6), cost: 0.02 });
    const { result, draft } = await fit(matrix, { maxLoss: 0.02, reference: 'bad', signals: [] });
    expect(result.reference).toBe('bad');
    expect(result.verdict).toBe('single');
    expect(attempted(draft)).toEqual(new Set(['small']));
    expect(result.certificate.certified).toBe(true);
    expect(result.certificate.bound).toBeLessThan(0);
  });
});

describe('Candidates of equal price and equal answers', () => {
  it('leave nothing to route between: one of them, the first by id, is served', async () => {
    const score = draws(500, 3, () => 0.8);
    const answer = uniforms(500, 4).map((x) => Math.floor(3 * x));
    const twin = { score, cost: 0.01, answer, confidence: uniforms(500, 5) };
    const { result, draft } = await fit(world({ candidates: { b: twin, a: twin } }), { maxLoss: 0.05 });
    expect(result.verdict).toBe('single');
    expect(attempted(draft)).toEqual(new Set(['a']));
    expect(result.test.lossVsReference.mean).toBe(0);
    expect(result.sentence).toContain('nothing to route');
  });

  it('give the fit of one of them: a twin of the small or of the large one changes no figure', async () => {
    const parts = informative(800, 4);
    const { small, large } = parts.candidates as { small: CandidateParts; large: CandidateParts };
    const alone = await fit(world(parts), { maxLoss: 0.04 });
    expect(alone.result.verdict).toBe('cascade');
    for (const twin of [{ smallTwin: small }, { largeTwin: large }]) {
      const both = await fit(world({ ...parts, candidates: { small, large, ...twin } }), { maxLoss: 0.04 });
      expect(decided(both)).toEqual(decided(alone));
    }
  });
});

describe('A broken candidate', () => {
  /** Null: a warning that names it, whatever its code. */
  const cases: [string, CandidateParts, string | null][] = [
    [
      'whose calls all failed',
      { score: one(800, NaN), cost: 0.005, failed: () => true },
      'fit.candidate_broken',
    ],
    [
      'that is wrong on every row where its peers are right',
      { score: one(800, 0), cost: 0.005 },
      'fit.candidate_broken',
    ],
    ['that has no outcome at all', { score: one(800, NaN), cost: NaN }, null],
    ['whose cost nobody knows', { score: one(800, 1), cost: NaN }, 'fit.cost_unknown'],
    [
      'that has outcomes for a tenth of the rows',
      { score: one(800, NaN).map((x, i) => (i % 10 === 0 ? 1 : x)), cost: 0.005 },
      'fit.candidate_sparse',
    ],
  ];
  it.each(cases)(
    '%s is left out with a warning and a count, and the fit is that of the others',
    async (_, third, code) => {
      const { parts, matrix } = withThird(6, 'mid', third);
      const fitted = await fit(matrix, { maxLoss: 0.04 });
      const told = fitted.result.warnings.find(({ examples }) =>
        examples.some((each) => each.startsWith('mid (')),
      );
      expect(told).toMatchObject({ count: 1, code: code ?? expect.stringMatching(/^fit\./) });
      expect(decided(fitted)).toEqual(decided(await fit(world(parts), { maxLoss: 0.04 })));
      expect(fitted.draft.candidates.map(({ id }) => id)).toEqual(['large', 'small']);
    },
  );

  it('that is all there is stops the fit with an error that has a code and a hint', async () => {
    const failed = { score: one(100, NaN), cost: NaN, failed: () => true };
    await expect(
      fit(world({ candidates: { a: failed, b: failed } }), { maxLoss: 0.04 }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^fit\./),
      hint: expect.any(String),
    });
  });

  it('named as the reference stops the fit, rather than being replaced by another', async () => {
    const { matrix } = withThird(6, 'mid', { score: one(800, NaN), cost: NaN, failed: () => true });
    await expect(fit(matrix, { maxLoss: 0.04, reference: 'mid' })).rejects.toMatchObject({
      code: expect.stringMatching(/^fit\./),
      hint: expect.any(String),
    });
  });
});

describe('Outcomes that cannot be right', () => {
  it('are counted, and their rows left out of every figure', async () => {
    const parts = informative(800, 6);
    const small = Float64Array.from(parts.candidates['small']!.score);
    small.set([1.5, -1, NaN]);
    const costs = one(800, 0.01).map((x, i) => (i === 3 ? -1 : i === 4 ? Infinity : i === 5 ? NaN : x));
    const { small: s, large: l } = parts.candidates as { small: CandidateParts; large: CandidateParts };
    const fitted = await fit(
      world({ candidates: { small: { ...s, score: small }, large: { ...l, cost: costs } } }),
      { maxLoss: 0.04 },
    );
    expect(warned(fitted, 'fit.score_range')?.count).toBe(2);
    expect(warned(fitted, 'fit.cost_negative')?.count).toBe(2);
    expect(warned(fitted, 'fit.rows_left_out')).toMatchObject({
      count: 6,
      examples: ['e0', 'e1', 'e2', 'e3', 'e4'],
    });
    const { fit: a, calibrate: b, test: c, leftOut } = fitted.result.rows;
    expect([a + b + c, leftOut]).toEqual([794, 6]);
  });
});

describe('Missing outcomes', () => {
  const holes = (seed: number, missing: (row: number, large: number, u: number) => boolean) => {
    const parts = informative(1200, seed);
    const { small, large } = parts.candidates as { small: CandidateParts; large: CandidateParts };
    const u = uniforms(1200, seed + 77);
    const score = Float64Array.from(small.score, (x, row) =>
      missing(row, Number(large.score[row]), u[row]!) ? NaN : x,
    );
    return world({ ...parts, candidates: { small: { ...small, score }, large } });
  };

  it('are said to be no accident where the other candidate is worse on those rows', async () => {
    const fitted = await fit(
      holes(3, (_, large, u) => u < (large === 1 ? 0.05 : 0.6)),
      { maxLoss: 0.05 },
    );
    expect(warned(fitted, 'fit.left_out_differ')).toMatchObject({
      message: expect.stringContaining('large scores'),
      examples: ['large'],
    });
    expect(fitted.result).toMatchObject({
      verdict: 'insufficient-data',
      certificate: { certified: false },
      sentence: expect.stringContaining('lack an outcome'),
    });
  });

  it('are only counted where chance alone left them out, in nearly all draws', async () => {
    let differ = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const fitted = await fit(
        holes(seed, (_, __, u) => u < 0.1),
        { maxLoss: 0.05 },
      );
      expect(warned(fitted, 'fit.rows_left_out')).toBeDefined();
      if (warned(fitted, 'fit.left_out_differ') !== undefined) differ++;
    }
    expect(differ).toBeLessThanOrEqual(mostHits(30, 0.01));
  });
});

describe('Calls that failed', () => {
  const n = 1000;
  /** small answers as large does, where it answers at all. */
  const timesOut = (reference: string) => {
    const right = draws(n, 5, () => 0.9);
    const failed = draws(n, 6, () => 0.2);
    const matrix = world({
      candidates: {
        small: {
          score: right.map((x, row) => (failed[row] === 1 ? NaN : x)),
          cost: Float64Array.from(failed, (one) => (one === 1 ? NaN : 0.001)),
          failed: (row) => failed[row] === 1,
          confidence: uniforms(n, 7),
        },
        large: { score: right, cost: 0.01 },
      },
    });
    return fit(matrix, { maxLoss: 0.03, reference });
  };

  it.each(['best', 'large'])(
    'serve nobody: a fifth without an answer is no 3 points (%s)',
    async (reference) => {
      const fitted = await timesOut(reference);
      expect(fitted.result.rows.leftOut).toBe(0);
      expect(warned(fitted, 'fit.failed_calls')?.examples).toEqual(['small: 206']);
      const alone = fitted.result.baselines.find(({ name }) => name === 'small')!;
      expect(alone.score.mean).toBeLessThan(0.8);
      expect(alone.costUsd.mean).toBeCloseTo(0.001, 12);
      expect(fitted.draft.routes.flatMap(({ attempts }) => attempts.at(-1)!.candidate)).not.toContain(
        'small',
      );
    },
  );

  it('are gone on from by a cascade, which pays for both calls and keeps the score', async () => {
    const { result, draft } = await timesOut('large');
    expect(result.verdict).toBe('cascade');
    expect(result.certificate.certified).toBe(true);
    expect(draft.routes[0]!.attempts.map(({ candidate }) => candidate)).toEqual(['small', 'large']);
    expect(result.test.lossVsReference.mean).toBe(0);
    expect(result.test.costUsd.mean).toBeGreaterThan(0.0025);
  });
});

describe('A signal that is not a number', () => {
  const spoilt = (seed: number, spoil: (x: number, row: number) => number) => {
    const parts = informative(800, seed);
    const small = parts.candidates['small']!;
    const confidence = Float64Array.from(small.confidence!).map(spoil);
    return world({ ...parts, candidates: { ...parts.candidates, small: { ...small, confidence } } });
  };

  it('on every row is not used, and said so', async () => {
    const fitted = await fit(
      spoilt(6, () => NaN),
      { maxLoss: 0.04 },
    );
    expect(warned(fitted, 'fit.signal_constant')?.examples).toEqual(['confidence(small)']);
    expect(fitted.draft.signals).toEqual([]);
    expect(fitted.result.signals).toEqual([]);
  });

  it('on some rows never accepts there: those rows escalate, infinite ones too', async () => {
    const missing = (row: number): boolean => row % 4 === 0;
    const fitted = await fit(
      spoilt(6, (x, row) => (missing(row) ? NaN : x)),
      { maxLoss: 0.04 },
    );
    const infinite = await fit(
      spoilt(6, (x, row) => (missing(row) ? (row % 8 === 0 ? Infinity : -Infinity) : x)),
      { maxLoss: 0.04 },
    );
    expect(fitted.result.verdict).toBe('cascade');
    expect(fitted.result.test.shares['large']).toBeGreaterThan(0.2);
    expect(decided(infinite)).toEqual(decided(fitted));
  });

  it('but constant is not used either', async () => {
    const fitted = await fit(
      spoilt(6, () => 0.5),
      { maxLoss: 0.04 },
    );
    expect(warned(fitted, 'fit.signal_constant')?.count).toBe(1);
    expect(fitted.result.signals).toEqual([]);
  });
});
