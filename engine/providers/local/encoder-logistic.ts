/** Sentence encoder and logistic regression: dearer and better on short texts than counting words. */
import { z } from 'zod';
import { breathe } from './breathe.ts';
import { type Encoder, loadEncoder } from './encoder.ts';
import type { LocalModel } from './local-model.ts';
import { fitLogistic, probabilitiesOf } from './logistic-regression.ts';
import { readParameters } from './parameters.ts';
import { countWords, readFields } from './text-fields.ts';

const Parameters = z.strictObject({
  fields: z.record(z.string(), z.number().int().min(1)).optional(),
  l2: z.number().positive().default(1e-4),
});

/** A batch of 8 is three times as fast a text as single texts; more gains little and holds the thread longer. */
const BATCH = 8;

export const encoderLogistic: LocalModel = {
  name: 'encoder-logistic',
  learns: true,
  async train(parameters, rows, signal) {
    const { fields = null, l2 } = readParameters('encoder-logistic', Parameters, parameters);
    const encoder = await loadEncoder();
    const labels = [...new Set(rows.map((row) => row.label))].sort();
    const indexOf = new Map(labels.map((label, index) => [label, index]));
    const read = (input: Parameters<typeof readFields>[0]): string => readFields(input, fields).join('\n');
    const pause = breathe(signal);
    const { dimensions } = encoder;
    const vectors = new Float64Array(rows.length * dimensions);
    for (let from = 0; from < rows.length; from += BATCH) {
      await pause();
      const batch = await encoder.encode(rows.slice(from, from + BATCH).map(({ input }) => read(input)));
      for (const [i, vector] of batch.entries()) vectors.set(vector, (from + i) * dimensions);
    }
    const truth = Int32Array.from(rows, ({ label }) => indexOf.get(label) ?? 0);
    const weights = await fitLogistic({ vectors, truth, dimensions, classes: labels.length }, l2, pause);
    const encode = batched(encoder);
    return async ({ input }) => {
      const text = read(input);
      const probabilities = new Float64Array(labels.length);
      probabilitiesOf(await encode(text), weights, probabilities);
      let top = 0;
      for (let c = 1; c < labels.length; c++)
        if ((probabilities[c] ?? 0) > (probabilities[top] ?? 0)) top = c;
      return { text: labels[top] ?? '', confidence: probabilities[top] ?? 0, inputWords: countWords(text) };
    };
  },
};

/** Texts asked for in the same turn of the event loop go through the encoder together. */
function batched(encoder: Encoder): (text: string) => Promise<number[]> {
  let waiting: { text: string; resolve: (vector: number[]) => void; reject: (reason: unknown) => void }[] =
    [];
  const flush = async (): Promise<void> => {
    const batch = waiting.splice(0, BATCH);
    if (waiting.length > 0) setImmediate(() => void flush());
    try {
      const vectors = await encoder.encode(batch.map(({ text }) => text));
      for (const [i, { resolve }] of batch.entries()) resolve(vectors[i] ?? []);
    } catch (thrown) {
      for (const { reject } of batch) reject(thrown);
    }
  };
  return (text) =>
    new Promise((resolve, reject) => {
      waiting.push({ text, resolve, reject });
      if (waiting.length === 1) setImmediate(() => void flush());
    });
}
