import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../engine/api/index.ts';
import { type Random, seededRandom } from '../../engine/math/random.ts';
import {
  createProviders,
  type ModelResponse,
  type ModelSpec,
  type Provider,
  ProviderError,
  type TrainingRow,
} from '../../engine/providers/index.ts';

type Input = { [key: string]: Json };
const quiet = new AbortController().signal;
const local = (): Provider => createProviders({ env: {} }).get('local');
const specOf = (model: string, parameters: ModelSpec['parameters'] = {}): ModelSpec => ({
  provider: 'local',
  model,
  parameters,
  price: { inputPerMTok: 2, outputPerMTok: 4, nominal: true },
});

async function prepare(
  provider: Provider,
  spec: ModelSpec,
  rows: TrainingRow[],
  signal = quiet,
): Promise<void> {
  if (provider.prepare === undefined) throw new Error('the local provider prepares');
  await provider.prepare(spec, rows, signal);
}
const answerTo = (provider: Provider, spec: ModelSpec, input: Input): Promise<ModelResponse> =>
  provider.call({ spec, messages: [{ role: 'user', content: 'x' }], input }, quiet);

/**
 * Texts of 12 words, each with its companions, which the formula takes for fresh evidence and which tell nothing new: an
 * uncalibrated posterior is far too sure. A word is of the label's own half of the vocabulary with probability `purity`. */
function textsOf(
  random: Random,
  count: number,
  { purity = 0.65, labels = ['ham', 'spam'] } = {},
): TrainingRow[] {
  return Array.from({ length: count }, () => {
    const truth = random.int(labels.length);
    const words = Array.from({ length: 12 }, () => {
      const half = random.next() < purity ? truth : random.int(labels.length);
      const word = half * 40 + random.int(40);
      return `w${word} v${word} u${word}`;
    });
    return { input: { text: words.join(' ') }, label: labels[truth] ?? '' };
  });
}

describe('naive Bayes', () => {
  it('trained twice on the same rows gives the same answers to the last bit', async () => {
    const random = seededRandom(1);
    const rows = textsOf(random, 400);
    const unseen = textsOf(random, 200);
    const answers = async (): Promise<unknown[]> => {
      const provider = local();
      const spec = specOf('naive-bayes', { ngrams: 2, buckets: 1024 });
      await prepare(provider, spec, structuredClone(rows));
      const responses = await Promise.all(unseen.map(({ input }) => answerTo(provider, spec, input)));
      return responses.map((response) => ({ ...response, latencyMs: 0 }));
    };
    expect(await answers()).toEqual(await answers());
  });

  it('answers as the textbook formula does, worked out word by word', async () => {
    const word = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'eps');
    const text = fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join(' '));
    const row = fc.record({ input: fc.record({ text }), label: fc.constantFrom('a', 'b', 'c') });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 25 }), text, async (rows, asked) => {
        const scores = textbookScores(rows, asked, { alpha: 0.5, buckets: 65_536 });
        const [best, second] = [...scores.values()].sort((a, b) => b - a);
        // The model keeps 32-bit logarithms: nearer than that is a tie.
        fc.pre(second === undefined || (best ?? 0) - second > 1e-4);
        const provider = local();
        const spec = specOf('naive-bayes', { alpha: 0.5, buckets: 65_536 });
        await prepare(provider, spec, rows);
        expect(scores.get((await answerTo(provider, spec, { text: asked })).text)).toBe(best);
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  it.each([
    ['two labels of unclear texts', 0.3, ['ham', 'spam']],
    ['two labels of clear texts', 0.65, ['ham', 'spam']],
    ['four labels', 0.5, ['a', 'b', 'c', 'd']],
  ])('its confidence is calibrated on unseen rows: %s', async (_name, purity, labels) => {
    const random = seededRandom(5);
    const provider = local();
    const spec = specOf('naive-bayes');
    await prepare(provider, spec, textsOf(random, 3000, { purity, labels }));
    const bins = Array.from({ length: 5 }, () => ({ n: 0, right: 0, said: 0 }));
    const unseen = textsOf(random, 3000, { purity, labels });
    for (const { input, label } of unseen) {
      const { text, confidence } = await answerTo(provider, spec, input);
      const said = confidence ?? Number.NaN;
      // The answer is the likeliest label, so its probability is at least an even share.
      expect(said).toBeGreaterThanOrEqual(1 / labels.length - 1e-9);
      expect(said).toBeLessThanOrEqual(1);
      const bin = bins[Math.min(4, Math.floor(said * 5))];
      if (bin === undefined) throw new Error('a confidence outside its bins');
      bin.n++;
      bin.said += said;
      bin.right += text === label ? 1 : 0;
    }
    const right = bins.reduce((sum, bin) => sum + bin.right, 0) / unseen.length;
    expect(right).toBeGreaterThan(1 / labels.length + 0.1);
    // Expected calibration error; the sampling noise of five bins of 3,000 rows is about 0.01.
    const error = bins.reduce((sum, bin) => sum + Math.abs(bin.said - bin.right), 0) / unseen.length;
    expect(error).toBeLessThan(0.04);
  });

  it('gives a label it has seen and a confidence from 0 to 1, whatever it is asked', async () => {
    const provider = local();
    const spec = specOf('naive-bayes', { buckets: 64, ngrams: 2 });
    await prepare(provider, spec, textsOf(seededRandom(3), 60));
    const input = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('text', '__proto__')), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(input, async (asked) => {
        // A JSON value by construction.
        const { text, confidence, costUsd } = await answerTo(provider, spec, asked as Input);
        expect(['ham', 'spam']).toContain(text);
        expect(confidence).toBeGreaterThanOrEqual(0.5 - 1e-9);
        expect(confidence).toBeLessThanOrEqual(1);
        expect(costUsd).toBeGreaterThanOrEqual(4 / 1e6);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['one row', [{ input: { text: 'a' }, label: 'x' }]],
    ['one label', textsOf(seededRandom(2), 30, { labels: ['x'] })],
    ['empty texts', Array.from({ length: 20 }, () => ({ input: { text: '' }, label: 'x' }))],
  ])('of %s answers that label, surely', async (_name, rows) => {
    const provider = local();
    const spec = specOf('naive-bayes');
    await prepare(provider, spec, rows);
    expect(await answerTo(provider, spec, { text: 'anything' })).toMatchObject({ confidence: 1 });
  });

  it('reads only the fields and characters it is told to', async () => {
    const provider = local();
    const spec = specOf('naive-bayes', { fields: { text: 5 } });
    await prepare(
      provider,
      spec,
      Array.from({ length: 20 }, (_, i) => ({
        input: { text: i % 2 === 0 ? 'good x' : 'bad x', other: i % 2 === 0 ? 'bad' : 'good' },
        label: i % 2 === 0 ? 'yes' : 'no',
      })),
    );
    const plain = await answerTo(provider, spec, { text: 'good ' });
    expect(plain.text).toBe('yes');
    const more = await answerTo(provider, spec, { text: 'good bad bad bad', other: 'bad bad' });
    expect({ ...more, latencyMs: 0 }).toEqual({ ...plain, latencyMs: 0 });
  });

  it('counts words for its usage, and its cost is words times the declared price', async () => {
    const provider = local();
    const spec = specOf('naive-bayes');
    await prepare(provider, spec, textsOf(seededRandom(2), 20));
    const { usage, costUsd } = await answerTo(provider, spec, { text: 'one two three' });
    expect(usage).toEqual({ inputTokens: 3, outputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0 });
    expect(costUsd).toBeCloseTo((3 * 2 + 1 * 4) / 1e6, 12);
    const { price: _, ...unpriced } = spec;
    await prepare(provider, unpriced, textsOf(seededRandom(2), 20));
    expect((await answerTo(provider, unpriced, { text: 'one' })).costUsd).toBeNull();
  });
});

/** Multinomial naive Bayes with counts damped to log2(1 + count), as written in multinomial.ts. */
function textbookScores(
  rows: TrainingRow[],
  asked: string,
  { alpha, buckets }: { alpha: number; buckets: number },
): Map<string, number> {
  const damped = (text: Json): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const word of String(text).split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
    return new Map([...counts].map(([word, count]) => [word, Math.log2(1 + count)]));
  };
  const labels = [...new Set(rows.map(({ label }) => label))];
  return new Map(
    labels.map((label) => {
      const own = rows.filter((row) => row.label === label);
      const weights = new Map<string, number>();
      for (const { input } of own)
        for (const [word, value] of damped(input['text'] ?? ''))
          weights.set(word, (weights.get(word) ?? 0) + value);
      const mass = [...weights.values()].reduce((sum, value) => sum + value, 0);
      let score = Math.log((own.length + 1) / (rows.length + labels.length));
      for (const [word, value] of damped(asked))
        score += value * Math.log(((weights.get(word) ?? 0) + alpha) / (mass + alpha * buckets));
      return [label, score];
    }),
  );
}

describe('training', () => {
  const many = (): TrainingRow[] => {
    const random = seededRandom(9);
    const rows = textsOf(random, 4000);
    return rows.map((row) => ({ ...row, input: { text: `${String(row.input['text'])} `.repeat(20) } }));
  };
  const thrownBy = (attempt: Promise<unknown>): Promise<unknown> =>
    attempt.then(
      () => null,
      (reason: unknown) => reason,
    );

  it('stops in the middle when it is aborted, and leaves no half-trained model behind', async () => {
    const provider = local();
    const spec = specOf('naive-bayes', { ngrams: 2 });
    const rows = many();
    const controller = new AbortController();
    const training = thrownBy(prepare(provider, spec, rows, controller.signal));
    setImmediate(() => controller.abort());
    expect(await training).toHaveProperty('name', 'AbortError');
    const thrown = await thrownBy(answerTo(provider, spec, { text: 'w1' }));
    expect(thrown).toMatchObject({ failure: { class: 'bad_request', paidUsd: 0 } });
    await prepare(provider, spec, rows);
    expect((await answerTo(provider, spec, { text: 'w1' })).text).toBe('ham');
  });

  it('of one run that is aborted does not end that of another on the same rows', async () => {
    const provider = local();
    const [first, second] = [specOf('naive-bayes'), specOf('naive-bayes')];
    const rows = many();
    const controller = new AbortController();
    const ended = thrownBy(prepare(provider, first, rows, controller.signal));
    const kept = prepare(provider, second, rows);
    setImmediate(() => controller.abort());
    expect(await ended).toHaveProperty('name', 'AbortError');
    await kept;
    expect((await answerTo(provider, second, { text: 'w1' })).text).toBe('ham');
  });

  it('lets the rest of the program go on meanwhile', async () => {
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    await prepare(local(), specOf('naive-bayes', { ngrams: 2 }), many());
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(1);
  });

  it('of two runs on different rows keeps them apart, though their models are written alike', async () => {
    const provider = local();
    const [first, second] = [specOf('naive-bayes'), specOf('naive-bayes')];
    const labelled = (label: string): TrainingRow[] => [{ input: { text: 'a' }, label }];
    await prepare(provider, first, labelled('one'));
    await prepare(provider, second, labelled('two'));
    expect((await answerTo(provider, first, { text: 'a' })).text).toBe('one');
    expect((await answerTo(provider, second, { text: 'a' })).text).toBe('two');
  });

  it('an aborted signal trains and answers nothing', async () => {
    const provider = local();
    const spec = specOf('naive-bayes');
    const rows = textsOf(seededRandom(2), 20);
    expect(await thrownBy(prepare(provider, spec, rows, AbortSignal.abort()))).toHaveProperty(
      'name',
      'AbortError',
    );
    await prepare(provider, spec, rows);
    const request = { spec, messages: [], input: { text: 'w1' } };
    expect(await thrownBy(provider.call(request, AbortSignal.abort()))).toHaveProperty('name', 'AbortError');
    const streamed = Array.fromAsync(provider.stream(request, AbortSignal.abort()));
    expect(await thrownBy(streamed)).toHaveProperty('name', 'AbortError');
  });

  it.each([
    ['no rows', specOf('naive-bayes'), 'needs labelled fit rows'],
    ['a model there is not', specOf('naive-bays'), 'there are naive-bayes, encoder-logistic, echo'],
  ])('with %s is refused for nothing, and says why', async (_name, spec, why) => {
    const thrown = await thrownBy(prepare(local(), spec, []));
    expect(thrown).toBeInstanceOf(ProviderError);
    expect(thrown).toMatchObject({ failure: { class: 'bad_request', paidUsd: 0 } });
    expect(String(thrown)).toContain(why);
  });

  it.each([
    ['an unknown name', { bukets: 5 }, 'parameters'],
    ['a wrong kind', { buckets: 'many' }, 'parameters.buckets'],
    ['no smoothing', { alpha: 0 }, 'parameters.alpha'],
    ['more buckets than memory', { buckets: 2 ** 40 }, 'parameters.buckets'],
    ['no characters of a field', { fields: { text: 0 } }, 'parameters.fields.text'],
  ])('with a parameter of %s is refused, with the place', async (_name, parameters, where) => {
    const thrown = await thrownBy(
      prepare(local(), specOf('naive-bayes', parameters), textsOf(seededRandom(2), 5)),
    );
    expect(thrown).toMatchObject({ code: 'input.invalid', hint: expect.stringContaining('pipeline') });
    expect(String(thrown)).toContain(`local/naive-bayes: ${where}`);
  });
});

describe('the sentence encoder with logistic regression', () => {
  const about: [string, string][] = [
    ['the match ended with two goals', 'sport'],
    ['the striker scored in the final minute', 'sport'],
    ['our team won the league', 'sport'],
    ['the goalkeeper saved a penalty', 'sport'],
    ['simmer the onions in butter', 'food'],
    ['bake the bread for an hour', 'food'],
    ['add salt and pepper to the soup', 'food'],
    ['the cake needs three eggs', 'food'],
  ];
  const rows = about.map(([text, label]) => ({ input: { text }, label }));

  it('knows the subject of words it has not seen, the same each time, with a confidence below 1', async () => {
    const spec = specOf('encoder-logistic');
    const asked = ['the referee showed a red card', 'grill the fish with lemon', ''];
    const answers = async (): Promise<unknown[]> => {
      const provider = local();
      await prepare(provider, spec, rows);
      const given: ModelResponse[] = [];
      for (const text of asked) given.push(await answerTo(provider, spec, { text }));
      for (const { confidence } of given) {
        expect(confidence).toBeGreaterThanOrEqual(0.5);
        expect(confidence).toBeLessThan(1);
      }
      return given.map(({ text, confidence }) => [text, confidence]);
    };
    const first = await answers();
    expect(first.slice(0, 2)).toEqual([
      ['sport', expect.any(Number)],
      ['food', expect.any(Number)],
    ]);
    expect(await answers()).toEqual(first);
  });

  it('asked many at once answers each its own', async () => {
    const provider = local();
    const spec = specOf('encoder-logistic');
    await prepare(provider, spec, rows);
    const given = await Promise.all(rows.map(({ input }) => answerTo(provider, spec, input)));
    expect(given.map(({ text }) => text)).toEqual(rows.map(({ label }) => label));
  });

  it('stops when it is aborted', async () => {
    const controller = new AbortController();
    const lots = Array.from({ length: 400 }, (_, i) => rows[i % rows.length] ?? { input: {}, label: '' });
    const training = prepare(local(), specOf('encoder-logistic'), lots, controller.signal);
    setTimeout(() => controller.abort(), 30);
    await expect(training).rejects.toHaveProperty('name', 'AbortError');
  });
});

describe('echo', () => {
  it('repeats the last thing the user said, at once and untrained, and claims no confidence', async () => {
    const provider = local();
    const spec = specOf('echo', { suffix: '!' });
    expect(provider.learns?.(spec)).toBe(false);
    const messages = [
      { role: 'user' as const, content: 'first' },
      { role: 'assistant' as const, content: 'well' },
      { role: 'user' as const, content: 'one two' },
    ];
    const response = await provider.call({ spec, messages, input: {} }, quiet);
    expect(response).toMatchObject({ text: 'one two!', confidence: null, answeredBy: 'echo' });
    expect(response.costUsd).toBeCloseTo((4 * 2 + 2 * 4) / 1e6, 12);
    expect(await Array.fromAsync(provider.stream({ spec, messages, input: {} }, quiet))).toEqual([
      { type: 'text', text: 'one two!' },
      { type: 'done', response: expect.objectContaining({ text: 'one two!' }) },
    ]);
  });
});
