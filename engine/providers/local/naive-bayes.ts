/** Hashed naive Bayes whose confidence is calibrated on a held-out fifth of the rows it learns from. */
import { z } from 'zod';
import type { TrainingRow } from '../provider.ts';
import { type FeatureSpace, featureExtractor } from './hashed-features.ts';
import type { LocalModel } from './local-model.ts';
import { type Multinomial, multinomialTrainer } from './multinomial.ts';
import { breathe } from './breathe.ts';
import { readParameters } from './parameters.ts';
import { fitTemperature, type HeldOutRow, topLabel } from './temperature.ts';
import { type FieldLimits, readFields } from './text-fields.ts';

const Parameters = z.strictObject({
  /** Field → most characters read of it; every field of the input when absent. */
  fields: z.record(z.string(), z.number().int().min(1)).optional(),
  ngrams: z.union([z.literal(1), z.literal(2)]).default(1),
  buckets: z.number().int().min(2).max(4_194_304).default(4096),
  alpha: z.number().min(1e-9).max(1e9).default(1),
});

/** One row of five; a fifth of 3,000 rows fixes two numbers well. */
const HELD_OUT_EVERY = 5;

export const naiveBayes: LocalModel = {
  name: 'naive-bayes',
  learns: true,
  async train(parameters, rows, signal) {
    const { fields = null, ngrams, buckets, alpha } = readParameters('naive-bayes', Parameters, parameters);
    const labels = [...new Set(rows.map((row) => row.label))].sort();
    const space = { buckets, ngrams, fields, alpha };
    const inner = await learn(space, labels, { rows, signal, skipHeldOut: true });
    const temperature = fitTemperature(await scoreHeldOut(space, inner, { rows, signal }));
    const model = await learn(space, labels, { rows, signal, skipHeldOut: false });
    const extract = featureExtractor(space);
    const scores = new Float64Array(labels.length);
    return ({ input }) => {
      const features = extract(readFields(input, fields));
      const mass = model.score(features, scores);
      const { index, probability } = topLabel(scores, mass, temperature);
      return { text: labels[index] ?? '', confidence: probability, inputWords: features.words };
    };
  },
};

interface Space extends FeatureSpace {
  fields: FieldLimits | null;
  alpha: number;
}
interface Rows {
  rows: TrainingRow[];
  signal: AbortSignal;
}

async function learn(
  space: Space,
  labels: string[],
  { rows, signal, skipHeldOut }: Rows & { skipHeldOut: boolean },
): Promise<Multinomial> {
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const trainer = multinomialTrainer(labels, space.buckets, space.alpha);
  const extract = featureExtractor(space);
  const pause = breathe(signal);
  for (const [i, row] of rows.entries()) {
    await pause();
    if (skipHeldOut && isHeldOut(i)) continue;
    trainer.add(extract(readFields(row.input, space.fields)), indexOf.get(row.label) ?? 0);
  }
  return trainer.finish();
}

async function scoreHeldOut(space: Space, model: Multinomial, { rows, signal }: Rows): Promise<HeldOutRow[]> {
  const indexOf = new Map(model.labels.map((label, index) => [label, index]));
  const extract = featureExtractor(space);
  const pause = breathe(signal);
  const held: HeldOutRow[] = [];
  for (const [i, row] of rows.entries()) {
    if (!isHeldOut(i)) continue;
    await pause();
    const scores = new Float64Array(model.labels.length);
    const mass = model.score(extract(readFields(row.input, space.fields)), scores);
    held.push({ scores, mass, truth: indexOf.get(row.label) ?? -1 });
  }
  return held;
}

const isHeldOut = (index: number): boolean => index % HELD_OUT_EVERY === HELD_OUT_EVERY - 1;
