/** RouteLLM's recorded MMLU and GSM8K answers: published figures of deferral must come out of our metrics. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { deferralMetrics, seededRandom, shuffle } from '../../engine/math/index.ts';
import { nearestTexts } from '../../engine/tuning/index.ts';
import { uniforms } from './worlds.ts';

const folder = new URL('../../../shared/data/routellm/', import.meta.url);
const absent = !existsSync(folder);

interface Recorded {
  prompts: string[];
  domains: string[];
  weak: Float64Array;
  strong: Float64Array;
}
interface MmluRow {
  domain: string;
  prompt: string;
  mixtral_8x7b_correct: string;
  gpt4_1106_correct: string;
  contaminated: string;
}
interface GsmRow {
  prompt: string;
  contaminated: number;
  models: Record<string, { correct: number }>;
}

function mmlu(): Recorded {
  const rows = parse<MmluRow>(readFileSync(new URL('mmlu.csv', folder), 'utf8'), { columns: true }).filter(
    ({ contaminated }) => contaminated === '0',
  );
  return {
    prompts: rows.map(({ prompt }) => prompt),
    domains: rows.map(({ domain }) => domain),
    weak: Float64Array.from(rows, (row) => Number(row.mixtral_8x7b_correct)),
    strong: Float64Array.from(rows, (row) => Number(row.gpt4_1106_correct)),
  };
}

function gsm8k(): Recorded {
  const rows = readFileSync(new URL('gsm8k.jsonl', folder), 'utf8')
    .trim()
    .split('\n')
    // The README beside the file states these fields.
    .map((line) => JSON.parse(line) as GsmRow)
    .filter(({ contaminated }) => contaminated === 0);
  const correct = (name: RegExp): Float64Array =>
    Float64Array.from(rows, ({ models }) => {
      const id = Object.keys(models).find((each) => name.test(each)) ?? '';
      return models[id]?.correct ?? NaN;
    });
  return {
    prompts: rows.map(({ prompt }) => prompt),
    domains: [],
    weak: correct(/mixtral/i),
    strong: correct(/gpt-4/i),
  };
}

const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const lengths = ({ prompts }: Recorded): Float64Array => Float64Array.from(prompts, (text) => text.length);
const gains = ({ weak, strong }: Recorded): Float64Array => strong.map((s, i) => s - weak[i]!);
/** Ties broken by place: deciles then cut the order itself, as a ranking oracle does. */
const ranked = (values: Float64Array): Float64Array => values.map((x, i) => x - i / (2 * values.length));
/** APGR to three decimals, CPT in per cent to one: as the published table rounds. */
function rounded(recorded: Recorded, value: Float64Array, variant: 'exact' | 'deciles'): number[] {
  const { apgr, cpt50, cpt80 } = deferralMetrics(recorded.weak, recorded.strong, value, variant);
  const [a, b] = variant === 'exact' ? [1e4, 1e2] : [1e3, 10];
  return [Math.round(apgr * a) / a, Math.round(100 * cpt50 * b) / b, Math.round(100 * cpt80 * b) / b];
}
function randomApgr({ weak, strong }: Recorded): number {
  const orders = Array.from({ length: 20 }, (_, seed) => uniforms(weak.length, seed));
  return mean(Float64Array.from(orders, (value) => deferralMetrics(weak, strong, value, 'deciles').apgr));
}
/** Rows dealt to five folds at random; each is predicted from the four others. */
function fiveFold(
  n: number,
  seed: number,
  predict: (learn: number[], at: number[]) => ArrayLike<number>,
): Float64Array {
  const order = Array.from({ length: n }, (_, i) => i);
  shuffle(order, seededRandom(seed));
  const values = new Float64Array(n);
  for (let fold = 0; fold < 5; fold++) {
    const at = order.filter((_, i) => i % 5 === fold);
    const predicted = predict(
      order.filter((_, i) => i % 5 !== fold),
      at,
    );
    at.forEach((row, i) => (values[row] = predicted[i]!));
  }
  return values;
}

describe.skipIf(absent)('RouteLLM MMLU, 14,037 rows (4 tests, skipped without ../shared/data)', () => {
  const recorded = absent ? null : mmlu();
  const own = (): Recorded => recorded!;

  it('scores .6809 and .8059 with the singles', () => {
    expect(own().weak.length).toBe(14_037);
    expect([own().weak, own().strong].map((s) => Math.round(mean(s) * 1e4))).toEqual([6809, 8059]);
  });

  it('gives .584, 36.7 and 69.2 for prompt length at deciles, and an exact APGR of .5858', () => {
    expect(rounded(own(), lengths(own()), 'deciles')).toEqual([0.584, 36.7, 69.2]);
    expect(rounded(own(), lengths(own()), 'exact')[0]).toBe(0.5858);
  });

  it('gives .499 ± .01 for a random order, 1.268 for the oracle at deciles and 1.2853 exactly', () => {
    expect(Math.abs(randomApgr(own()) - 0.499)).toBeLessThan(0.01);
    expect(rounded(own(), gains(own()), 'exact')[0]).toBe(1.2853);
    expect(rounded(own(), ranked(gains(own())), 'deciles')[0]).toBe(1.268);
  });

  it('gives .672, 27.5 and 57.7, within the noise of the folds, for the subject prior', () => {
    const { domains } = own();
    const gain = gains(own());
    const prior = fiveFold(domains.length, 1, (learn, at) => {
      const overall = learn.reduce((sum, row) => sum + gain[row]!, 0) / learn.length;
      const sums = new Map<string, { n: number; sum: number }>();
      for (const row of learn) {
        const entry = sums.get(domains[row]!) ?? { n: 0, sum: 0 };
        sums.set(domains[row]!, { n: entry.n + 1, sum: entry.sum + gain[row]! });
      }
      return at.map((row) => {
        const { n, sum } = sums.get(domains[row]!) ?? { n: 0, sum: 0 };
        return (sum + 10 * overall) / (n + 10);
      });
    });
    const [apgr, cpt50, cpt80] = rounded(own(), prior, 'deciles');
    expect(Math.abs(apgr! - 0.672)).toBeLessThan(0.01);
    expect(Math.abs(cpt50! - 27.5)).toBeLessThan(1.5);
    expect(Math.abs(cpt80! - 57.7)).toBeLessThan(1.5);
  });
});

describe.skipIf(absent)('RouteLLM GSM8K, 1,307 rows (4 tests, skipped without ../shared/data)', () => {
  const recorded = absent ? null : gsm8k();
  const own = (): Recorded => recorded!;

  it('scores .6373 and .8577 with the singles', () => {
    expect(own().weak.length).toBe(1307);
    expect([own().weak, own().strong].map((s) => Math.round(mean(s) * 1e4))).toEqual([6373, 8577]);
  });

  it('gives .599, 36.5 and 66.7 for prompt length at deciles, and an exact APGR of .5978', () => {
    expect(rounded(own(), lengths(own()), 'deciles')).toEqual([0.599, 36.5, 66.7]);
    expect(rounded(own(), lengths(own()), 'exact')[0]).toBe(0.5978);
  });

  it('gives one half ± .02 for a random order, 1.115 for the oracle at deciles and 1.1208 exactly', () => {
    expect(Math.abs(randomApgr(own()) - 0.5)).toBeLessThan(0.02);
    expect(rounded(own(), gains(own()), 'exact')[0]).toBe(1.1208);
    expect(rounded(own(), ranked(gains(own())), 'deciles')[0]).toBe(1.115);
  });

  it('gives .571, 42.3 and 70.6, within the noise of the folds, for the 40 nearest texts over eight foldings', () => {
    const { prompts } = own();
    const gain = gains(own());
    const foldings = Array.from({ length: 8 }, (_, seed) => {
      const predicted = fiveFold(prompts.length, seed, (learn, at) => {
        const model = nearestTexts(
          learn.map((row) => prompts[row]!),
          learn.map((row) => gain[row]!),
          40,
        );
        return at.map((row) => model.predict(prompts[row]!));
      });
      return rounded(own(), predicted, 'deciles');
    });
    const average = (k: number): number => mean(Float64Array.from(foldings, (each) => each[k]!));
    expect(Math.abs(average(0) - 0.571)).toBeLessThan(0.015);
    expect(Math.abs(average(1) - 42.3)).toBeLessThan(4);
    expect(Math.abs(average(2) - 70.6)).toBeLessThan(3);
  });
});
