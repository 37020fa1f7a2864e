/** Which column of a file of recorded outcomes plays which part. */
import type { DatasetPreviewed } from '../../../engine/api/index.ts';

export const outcomeParts = {
  example: 'Row id of the dataset',
  candidate: 'Candidate',
  score: 'Score, 0 to 1',
  output: 'Answer',
  cost: 'Cost (USD)',
  latency: 'Latency (ms)',
  inputTokens: 'Input tokens',
  outputTokens: 'Output tokens',
  error: 'Failure',
  epoch: 'Number of the repeat',
  model: 'Model, for its price',
  finish: 'Why the answer ended',
  signal: 'Signal',
  ignore: 'Leave out',
} as const;
export type OutcomePart = keyof typeof outcomeParts;
type Single = Exclude<OutcomePart, 'signal' | 'ignore'>;

const guesses: [OutcomePart, RegExp][] = [
  ['example', /^(example|id|example[_ ]?id|problem|question|row)$/i],
  ['candidate', /^(candidate|model|model[_ ]?name|system)$/i],
  ['score', /^(score|correct|accuracy|right)$/i],
  ['output', /^(output|answer|response|prediction)$/i],
  ['cost', /^(cost|cost[_ ]?usd|price)$/i],
  ['latency', /^(latency|latency[_ ]?ms|time[_ ]?ms)$/i],
  ['inputTokens', /^(input|prompt)[_ ]?tokens$/i],
  ['outputTokens', /^(output|completion)[_ ]?tokens$/i],
  ['error', /^(error|failure)$/i],
  ['epoch', /^(epoch|repeat|trial|attempt)$/i],
  ['finish', /^(finish|stop)[_ ]?reason$/i],
];

export function guessParts(preview: Pick<DatasetPreviewed, 'columns'>): Record<string, OutcomePart> {
  const taken = new Set<OutcomePart>();
  return Object.fromEntries(
    preview.columns.map(({ name }): [string, OutcomePart] => {
      const part =
        guesses.find(([guess, pattern]) => pattern.test(name) && !taken.has(guess))?.[0] ?? 'ignore';
      if (part !== 'ignore') taken.add(part);
      return [name, part];
    }),
  );
}

/** Signals may be many; every other part has one column, so the newest choice takes it. */
export function withPart(
  parts: Record<string, OutcomePart>,
  column: string,
  part: OutcomePart,
): Record<string, OutcomePart> {
  const many = part === 'signal' || part === 'ignore';
  return Object.fromEntries(
    Object.entries(parts).map(([name, was]): [string, OutcomePart] => [
      name,
      name === column ? part : !many && was === part ? 'ignore' : was,
    ]),
  );
}

/** The mapping to send, or what is missing in words. */
export function outcomesMapping(
  parts: Record<string, OutcomePart>,
):
  | { problem: string }
  | { mapping: { example: string; candidate: string; signals: string[] } & Partial<Record<Single, string>> } {
  const { example, candidate, ...rest } = Object.fromEntries(
    Object.entries(parts).flatMap(([column, part]) =>
      part === 'signal' || part === 'ignore' ? [] : [[part, column]],
    ),
  ) as Partial<Record<Single, string>>;
  if (example === undefined) return { problem: 'Choose the column with the row id.' };
  if (candidate === undefined) return { problem: 'Choose the column with the candidate.' };
  if (rest.score === undefined && rest.output === undefined)
    return { problem: 'Choose a score or an answer.' };
  const signals = Object.entries(parts).flatMap(([column, part]) => (part === 'signal' ? [column] : []));
  return { mapping: { example, candidate, ...rest, signals } };
}
