/** What is asked for: tolerances, floors, caps, and samples too small to answer. */
import { describe, expect, it } from 'vitest';
import type { PolicyDraft } from '../../engine/api/index.ts';
import { seededRandom } from '../../engine/math/index.ts';
import { fitPolicy } from '../../engine/tuning/index.ts';
import { type CandidateParts, draws, fit, informative, world } from './worlds.ts';

const soleRoute = ({ routes }: PolicyDraft): string[][] =>
  routes.map(({ attempts }) => attempts.map(({ candidate }) => candidate));
const one = (n: number, x: number): Float64Array => new Float64Array(n).fill(x);

describe('Too few rows', () => {
  it.each([1, 9])('are an error with a hint at %i', async (n) => {
    await expect(fit(world(informative(n, 1)), { maxLoss: 0.03 })).rejects.toMatchObject({
      code: 'fit.no_paired_rows',
      hint: expect.stringMatching(/\w/),
    });
  });

  it.each([10, 12, 40, 60])('are insufficient at %i, and the fit says how many would do', async (n) => {
    const { result, draft } = await fit(world(informative(n, 2)), { maxLoss: 0.03, reference: 'large' });
    expect(result.verdict).toBe('insufficient-data');
    expect(result.certificate.certified).toBe(false);
    expect(result.family).toBeNull();
    expect(soleRoute(draft)).toEqual([[result.reference]]);
    expect(result.needed?.rows).toBeGreaterThan(n);
    expect(result.sentence).toContain(String(result.needed?.rows));
  });

  it('became enough once there are as many as the fit had asked for, where nothing is ever lost', async () => {
    const always = (n: number) =>
      world({ candidates: { small: { score: one(n, 1), cost: 1 }, large: { score: one(n, 1), cost: 10 } } });
    const ask = { maxLoss: 0.03, reference: 'large' };
    const { result } = await fit(always(40), ask);
    expect(result.verdict).toBe('insufficient-data');
    const enough = await fit(always(result.needed!.rows!), ask);
    expect(enough.result).toMatchObject({ verdict: 'single', certificate: { certified: true } });
    expect(soleRoute(enough.draft)).toEqual([['small']]);
  });
});

describe('Two singles that are equally good', () => {
  it('leave "the best" unknown on few rows, and the fit says how many would tell', async () => {
    const n = 300;
    const [a, b] = [draws(n, 1, () => 0.9), draws(n, 2, () => 0.9)];
    const { result } = await fit(
      world({ candidates: { a: { score: a, cost: 1 }, b: { score: b, cost: 1 } } }),
      {
        maxLoss: 0.02,
        seed: 2,
      },
    );
    expect(result.verdict).toBe('insufficient-data');
    expect(result.needed?.rows).toBeGreaterThan(n);
    expect(result.sentence).toContain(`About ${result.needed?.rows} examples`);
  });
});

describe('Rows that are all the same', () => {
  it('right everywhere: the cheapest is served, and that it is no worse at all is not certified', async () => {
    const { result, draft } = await fit(
      world({
        candidates: { small: { score: one(300, 1), cost: 1 }, large: { score: one(300, 1), cost: 10 } },
      }),
      { maxLoss: 0 },
    );
    expect(result).toMatchObject({
      verdict: 'insufficient-data',
      reference: 'small',
      certificate: { certified: false },
      test: { lossVsReference: { mean: 0, lo: 0, hi: 0 } },
    });
    expect(soleRoute(draft)).toEqual([['small']]);
  });

  it('wrong everywhere: the cheapest is as good, and its score of 0 is shown', async () => {
    const { result, draft } = await fit(
      world({
        candidates: { small: { score: one(300, 0), cost: 1 }, large: { score: one(300, 0), cost: 10 } },
      }),
      { maxLoss: 0.02 },
    );
    expect(result).toMatchObject({ verdict: 'single', test: { score: { mean: 0 } } });
    expect(soleRoute(draft)).toEqual([['small']]);
  });

  it('a single candidate is served, and nothing is said to have been routed', async () => {
    const { large } = informative(300, 1).candidates as { large: CandidateParts };
    const { result, draft } = await fit(world({ candidates: { large } }), { maxLoss: 0.02 });
    expect(result).toMatchObject({ verdict: 'single', family: null, signals: [], sweep: null });
    expect(soleRoute(draft)).toEqual([['large']]);
  });
});

describe('A tolerance', () => {
  it('of nothing is only met by what is no worse: the cascade that pays at 4 points is refused at 0', async () => {
    const matrix = world(informative(800, 3));
    expect((await fit(matrix, { maxLoss: 0.04 })).result.verdict).toBe('cascade');
    const { result, draft } = await fit(matrix, { maxLoss: 0 });
    expect(['single', 'insufficient-data']).toContain(result.verdict);
    expect(soleRoute(draft)).toEqual([['large']]);
    expect(result.test.lossVsReference.mean).toBe(0);
  });

  it('of nothing is met by a policy that is truly better than every single', async () => {
    // Small is right wherever it is sure; large is right on 80 % of all rows.
    const sure = draws(1500, 5, () => 0.6);
    const small = draws(1500, 6, (i) => (sure[i] === 1 ? 1 : 0.1));
    const matrix = world({
      candidates: {
        small: { score: small, cost: 0.001, confidence: sure },
        large: { score: draws(1500, 7, () => 0.8), cost: 0.01 },
      },
    });
    const { result } = await fit(matrix, { maxLoss: 0 });
    expect(result.verdict).toBe('cascade');
    expect(result.certificate.bound).toBeLessThanOrEqual(0);
    expect(result.test.lossVsReference.mean).toBeLessThan(0);
  });

  it('that is wider never costs more, and is never certified above itself', async () => {
    const matrix = world(informative(1500, 9));
    let last = Infinity;
    for (const maxLoss of [0.02, 0.05, 0.1, 0.2]) {
      const { result } = await fit(matrix, { maxLoss });
      const { certified, bound } = result.certificate;
      if (certified) expect(bound).toBeLessThanOrEqual(maxLoss);
      expect(result.test.costUsd.mean).toBeLessThanOrEqual(last);
      last = result.test.costUsd.mean;
    }
    expect(last).toBeLessThan(0.004);
  });
});

describe('A cap on cost', () => {
  const matrix = world(informative(2000, 4));
  it('that the policy keeps changes nothing', async () => {
    const free = await fit(matrix, { maxLoss: 0.03 });
    const capped = await fit(matrix, { maxLoss: 0.03, maxCostUsd: 0.008 });
    expect(capped).toEqual(free);
  });

  it('that nothing within the tolerance keeps is named, with the nearest point', async () => {
    const { result } = await fit(matrix, { maxLoss: 0.03, maxCostUsd: 0.002 });
    expect(result).toMatchObject({ verdict: 'insufficient-data', certificate: { certified: false } });
    expect(result.needed?.reason).toContain('$0.002');
    expect(result.needed?.nearest?.costUsd).toBeGreaterThan(0.002);
    expect(result.needed?.nearest?.bound).toBeLessThanOrEqual(0.03);
  });
});

describe('A floor under the score', () => {
  const matrix = world(informative(2000, 4));
  it('is kept by the policy on the test rows too, and costs what it costs', async () => {
    const loose = await fit(matrix, { maxLoss: 0.1 });
    const floored = await fit(matrix, { maxLoss: 0.1, minScore: 0.9 });
    expect(floored.result.verdict).toBe('cascade');
    expect(floored.result.test.score.mean).toBeGreaterThan(0.9);
    expect(floored.result.test.costUsd.mean).toBeGreaterThan(loose.result.test.costUsd.mean);
  });

  it('out of reach is named with what the reference reaches', async () => {
    const { result } = await fit(matrix, { maxLoss: 0.05, minScore: 0.99 });
    expect(result).toMatchObject({ verdict: 'insufficient-data', certificate: { certified: false } });
    expect(result.needed?.reason).toContain('99.0 %');
    expect(result.needed?.nearest?.score).toBeGreaterThan(0.93);
  });
});

describe('A cap on the 95th percentile of latency', () => {
  it('is kept, or named where no latency is known', async () => {
    const { small, large } = informative(1000, 4).candidates as {
      small: CandidateParts;
      large: CandidateParts;
    };
    const unknown = await fit(world({ candidates: { small, large } }), { maxLoss: 0.05, maxP95Ms: 500 });
    expect(unknown.result.verdict).toBe('insufficient-data');
    expect(unknown.result.needed?.reason).toContain('no latency is known');
    const timed = (ms: number) =>
      world({
        candidates: {
          small: { ...small, latencyMs: one(1000, 50) },
          large: { ...large, latencyMs: one(1000, ms) },
        },
      });
    expect((await fit(timed(400), { maxLoss: 0.05, maxP95Ms: 500 })).result.verdict).toBe('cascade');
    const slow = await fit(timed(5000), { maxLoss: 0.05, maxP95Ms: 500 });
    expect(slow.result.verdict).toBe('insufficient-data');
    expect(slow.result.needed?.reason).toContain('500 ms');
  });
});

describe('An ask that cannot be read', () => {
  const matrix = world(informative(100, 1));
  it.each([
    { ask: { candidates: ['small', 'largo'] }, code: 'candidate.unknown' },
    { ask: { reference: 'largo' }, code: 'candidate.unknown' },
    { ask: { signals: ['confidenc'] }, code: 'input.invalid' },
    { ask: { families: ['argmax' as const] }, code: 'unsupported' },
  ])('is refused with $code and a hint: $ask', async ({ ask, code }) => {
    await expect(fit(matrix, { maxLoss: 0.03, ...ask })).rejects.toMatchObject({
      code,
      hint: expect.any(String),
    });
  });

  it('is dropped when cancelled before the search ends', async () => {
    const controller = new AbortController();
    const random = seededRandom(1);
    controller.abort();
    await expect(
      fitPolicy(
        matrix,
        { runs: ['r'], maxLoss: 0.03, reference: 'best', confidence: 0.9, seed: random.int(9) },
        { signal: controller.signal, progress: () => {}, now: '2026-01-01T00:00:00.000Z' },
      ),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });
});
