/** A scorer as a form: which settings each kind has, and what is sent. */
import { AnyScorerSpec } from '../../../engine/api/index.ts';

export type ScorerKind = AnyScorerSpec['kind'];
export type Draft = Record<string, string>;

export interface Field {
  name: string;
  label: string;
  /** Number, one of, or text; `lines` for long ones, `json` for an object, `names` for a list with commas. */
  as: 'text' | 'number' | 'lines' | 'json' | 'names' | readonly string[];
  usual?: string;
}

export const scorerWords: Record<ScorerKind, string> = {
  exact: 'Exact, but for case and blanks',
  verbatim: 'Exact to the last character',
  normalised: 'Normalised (SQuAD)',
  contains: 'Contains the expected answer',
  regex: 'What a pattern finds',
  numeric: 'The last number',
  choice: 'The letter of an option',
  'json-field': 'A field of the JSON',
  'json-schema': 'JSON that a schema accepts',
  'set-f1': 'F1 of a set',
  'list-f1': 'F1 of a list',
  'token-f1': 'F1 of words',
  rouge: 'ROUGE',
  bleu: 'BLEU',
  chrf: 'chrF',
  edit: 'Edit similarity',
  embedding: 'Similarity of meaning (local encoder)',
  sql: 'SQL with the same result',
  code: 'Code that passes assertions',
  judge: 'Graded by models',
  'judge-pairwise': 'Preferred by models',
};

/** Only by scoring again: they take money, a process, or run what a model wrote. */
export const costlyKinds: ReadonlySet<ScorerKind> = new Set([
  'embedding',
  'sql',
  'code',
  'judge',
  'judge-pairwise',
]);

const yesNo = ['false', 'true'] as const;
const separator: Field = { name: 'separator', label: 'Between items', as: 'text', usual: ',' };
const limits: Field[] = [
  { name: 'timeoutMs', label: 'Milliseconds at most', as: 'number', usual: '5000' },
  { name: 'memoryMb', label: 'Megabytes at most', as: 'number', usual: '256' },
];
const jury: Field[] = [
  { name: 'models', label: 'Models, with commas', as: 'names' },
  { name: 'rubric', label: 'Rubric', as: 'lines' },
];
const caseSensitive: Field = { name: 'caseSensitive', label: 'Case matters', as: yesNo, usual: 'false' };

export const scorerFields: Partial<Record<ScorerKind, Field[]>> = {
  exact: [caseSensitive],
  contains: [caseSensitive],
  regex: [
    { name: 'pattern', label: 'Pattern', as: 'text' },
    { name: 'flags', label: 'Flags', as: 'text', usual: '' },
  ],
  numeric: [
    { name: 'absolute', label: 'Absolute tolerance', as: 'number', usual: '1e-9' },
    { name: 'relative', label: 'Relative tolerance', as: 'number', usual: '1e-9' },
    { name: 'unit', label: 'Unit, where there is one', as: 'text', usual: '' },
  ],
  choice: [{ name: 'options', label: 'Options, from A', as: 'number', usual: '5' }],
  'json-field': [
    { name: 'path', label: 'Path, with dots', as: 'text' },
    { name: 'as', label: 'Compared as', as: ['exact', 'numeric'], usual: 'exact' },
  ],
  'json-schema': [{ name: 'schema', label: 'JSON Schema', as: 'json' }],
  'set-f1': [separator],
  'list-f1': [separator],
  rouge: [
    { name: 'variant', label: 'Variant', as: ['rouge1', 'rouge2', 'rougeL'], usual: 'rougeL' },
    { name: 'figure', label: 'Figure', as: ['f1', 'precision', 'recall'], usual: 'f1' },
  ],
  chrf: [{ name: 'wordOrder', label: 'Order of words', as: ['0', '2'], usual: '0' }],
  edit: [{ name: 'unit', label: 'Unit', as: ['chars', 'words'], usual: 'chars' }],
  sql: [
    { name: 'schema', label: 'Statements that make the tables', as: 'lines', usual: '' },
    { name: 'ordered', label: 'Order of rows matters', as: yesNo, usual: 'false' },
    ...limits,
  ],
  code: limits,
  judge: jury,
  'judge-pairwise': [...jury, { name: 'baseline', label: 'Compared with candidate', as: 'text' }],
};

const valueOf = ({ as }: Field, text: string): unknown => {
  if (as === 'number') return text.trim() === '' ? undefined : Number(text);
  if (as === 'json') {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined;
    }
  }
  if (as === 'names') {
    return text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
  }
  if (as === yesNo) return text === 'true';
  if (Array.isArray(as) && as.every((one) => /^\d+$/.test(one))) return Number(text);
  return text;
};

/** The scorer to send, or what is missing in words. */
export function scorerOf(kind: ScorerKind, draft: Draft): { scorer: AnyScorerSpec } | { problem: string } {
  const fields = scorerFields[kind] ?? [];
  const settings = fields.flatMap((field): [string, unknown][] => {
    const text = draft[field.name] ?? field.usual ?? '';
    return text === '' && field.usual === '' ? [] : [[field.name, valueOf(field, text)]];
  });
  const parsed = AnyScorerSpec.safeParse({ kind, ...Object.fromEntries(settings) });
  if (parsed.success) return { scorer: parsed.data };
  const wrong = fields.find(({ name }) => parsed.error.issues.some(({ path }) => path[0] === name));
  return {
    problem: wrong === undefined ? 'A setting cannot be read.' : `Check: ${wrong.label.toLowerCase()}.`,
  };
}
