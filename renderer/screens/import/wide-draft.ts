/** A table with a row per example and columns per candidate: which columns belong to whom. */
import type { DatasetPreviewed } from '../../../engine/api/index.ts';

/** Stands for the candidate's name in the name of a column. */
export const PLACE = '{candidate}';

export const wideParts = {
  score: 'Score, 0 to 1',
  output: 'Answer',
  cost: 'Cost (USD)',
  latency: 'Latency (ms)',
  inputTokens: 'Input tokens',
  outputTokens: 'Output tokens',
  error: 'Failure',
} as const;
export type WidePart = keyof typeof wideParts;
// Every key of the parts is a part; in this order the engine takes the first for the candidates' names.
const order = Object.keys(wideParts) as WidePart[];

export interface WideDraft {
  example: string | null;
  patterns: Partial<Record<WidePart, string>>;
  /** Only these; empty: all that the first pattern finds. */
  candidates: string[];
}

const words: Record<WidePart, string> = {
  score: 'correct|score|accuracy|right|is_correct',
  output: 'answer|output|response|prediction',
  cost: 'cost|cost[_ ]?usd|price',
  latency: 'latency|latency[_ ]?ms|time[_ ]?ms',
  inputTokens: '(?:input|prompt)[_ ]?tokens',
  outputTokens: '(?:output|completion)[_ ]?tokens',
  error: 'error|failure',
};
const SEPARATOR = '[_.:|/ -]+';

export function guessWide({ columns }: Pick<DatasetPreviewed, 'columns'>): WideDraft {
  const names = columns.map(({ name }) => name);
  const patterns: WideDraft['patterns'] = {};
  for (const part of order) {
    const pattern = likeliest(names, words[part]);
    if (pattern !== null) patterns[part] = pattern;
  }
  const taken = new Set(Object.values(patterns).flatMap((pattern) => columnsOf(names, pattern)));
  const example = names.find(
    (name) => !taken.has(name) && /^(example|id|example[_ ]?id|problem|question|row|sample_id)$/i.test(name),
  );
  return { example: example ?? null, patterns, candidates: [] };
}

/** The beginning or ending that most columns share, where at least two do. */
function likeliest(names: string[], word: string): string | null {
  const found = new Map<string, number>();
  for (const name of names) {
    const after = new RegExp(`^(.+?)(${SEPARATOR}(?:${word}))$`, 'i').exec(name)?.[2];
    const before = new RegExp(`^((?:${word})${SEPARATOR}).+$`, 'i').exec(name)?.[1];
    const pattern = after !== undefined ? PLACE + after : before !== undefined ? before + PLACE : null;
    if (pattern !== null) found.set(pattern, (found.get(pattern) ?? 0) + 1);
  }
  const [best] = [...found].filter(([, count]) => count > 1).sort(([, a], [, b]) => b - a);
  return best?.[0] ?? null;
}

const around = (pattern: string): [string, string] => {
  const [before = '', after = ''] = pattern.split(PLACE);
  return [before, after];
};

function columnsOf(names: string[], pattern: string): string[] {
  const [before, after] = around(pattern);
  return names.filter(
    (name) => name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after),
  );
}

/** The candidates that the first pattern with a place finds among the columns. */
export function candidatesFound(names: string[], { patterns, candidates }: WideDraft): string[] {
  if (candidates.length > 0) return candidates;
  const lead = order.map((part) => patterns[part]).find((pattern) => pattern?.includes(PLACE) === true);
  if (lead === undefined || lead === PLACE) return [];
  const [before, after] = around(lead);
  return columnsOf(names, lead).map((name) => name.slice(before.length, name.length - after.length));
}

/** The mapping to send, or what is missing in words. */
export function wideMapping(
  names: string[],
  draft: WideDraft,
):
  | { problem: string }
  | { mapping: { example: string; candidates?: string[] } & Partial<Record<WidePart, string>> } {
  const { example, candidates } = draft;
  if (example === null) return { problem: 'Choose the column with the row id.' };
  const patterns = Object.fromEntries(
    order.flatMap((part) => {
      const pattern = draft.patterns[part]?.trim() ?? '';
      return pattern === '' ? [] : [[part, pattern]];
    }),
  ) as WideDraft['patterns'];
  if (patterns.score === undefined && patterns.output === undefined)
    return { problem: `Say which columns hold scores or answers, such as ${PLACE}_correct.` };
  const placed = order.flatMap((part) => (patterns[part]?.includes(PLACE) === true ? [patterns[part]] : []));
  if (placed.length === 0) return { problem: `Write ${PLACE} where the candidate's name stands.` };
  if (placed[0] === PLACE && candidates.length === 0)
    return { problem: 'Choose the columns that are candidates.' };
  if (candidatesFound(names, { ...draft, patterns }).length === 0)
    return { problem: `No column is like ${placed[0] ?? PLACE}.` };
  return { mapping: { example, ...patterns, ...(candidates.length === 0 ? {} : { candidates }) } };
}
