/** The recorded data sets beside the checkout as outcome matrices, and draws from them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { OutcomeMatrix, SignalColumn } from '../../engine/api/index.ts';
import { seededRandom, shuffle } from '../../engine/math/index.ts';
import { canonicalAnswer } from '../../engine/policy/index.ts';
import { createProviders, type ModelSpec } from '../../engine/providers/index.ts';
import { sharedData } from '../fixtures/shared-data.ts';

export const worldNames = ['mmlu', 'gsm8k', 'zeroeval', 'clinc150'] as const;
export type WorldName = (typeof worldNames)[number];

interface Recorded {
  ids: string[];
  texts: string[];
  tags?: Record<string, string[]>;
  candidates: Record<string, { score: number[]; cost: number[]; answer?: number[]; confidence?: number[] }>;
}

const loaders: Record<WorldName, () => Recorded | Promise<Recorded>> = {
  mmlu,
  gsm8k,
  zeroeval,
  clinc150,
};

export const loadWorld = async (name: WorldName): Promise<OutcomeMatrix> =>
  matrixOf(name, await loaders[name]());

const csv = (path: string): Record<string, string>[] =>
  parse(readFileSync(join(sharedData, path), 'utf8'), { columns: true });
const jsonl = <T>(path: string): T[] =>
  readFileSync(join(sharedData, path), 'utf8')
    .trim()
    .split('\n')
    // The files' fields are stated in their README; a bench reads them as they are.
    .map((line) => JSON.parse(line) as T);
const flat = (n: number, usd: number): number[] => Array.from({ length: n }, () => usd);

/** One price a call, so that the share of calls is the share of cost: 1 to 100, as RouteLLM's two models. */
function mmlu(): Recorded {
  const rows = csv('routellm/mmlu.csv').filter((row) => row['contaminated'] === '0');
  const score = (column: string): number[] => rows.map((row) => Number(row[column]));
  return {
    ids: rows.map((row) => row['id']!),
    texts: rows.map((row) => row['prompt']!),
    tags: { domain: rows.map((row) => row['domain']!) },
    candidates: {
      'mixtral-8x7b': { score: score('mixtral_8x7b_correct'), cost: flat(rows.length, 0.0001) },
      'gpt-4': { score: score('gpt4_1106_correct'), cost: flat(rows.length, 0.01) },
    },
  };
}

function gsm8k(): Recorded {
  interface Row {
    id: string;
    prompt: string;
    contaminated: number;
    models: Record<string, { correct: number }>;
  }
  const rows = jsonl<Row>('routellm/gsm8k.jsonl').filter(({ contaminated }) => contaminated === 0);
  const score = (model: string): number[] => rows.map(({ models }) => models[model]!.correct);
  return {
    ids: rows.map(({ id }) => id),
    texts: rows.map(({ prompt }) => prompt),
    candidates: {
      'mixtral-8x7b': { score: score('mixtral-8x7b-instruct-v0.1'), cost: flat(rows.length, 0.0001) },
      'gpt-4': { score: score('gpt-4-1106-preview'), cost: flat(rows.length, 0.01) },
    },
  };
}

/** The eight models whose texts are recorded. */
function zeroeval(): Recorded {
  const problems = jsonl<{ id: string; question: string }>('zeroeval_gsm/problems.jsonl');
  const models = csv('zeroeval_gsm/models.csv').filter((row) => row['outputs_included'] === '1');
  const at = new Map(problems.map(({ id }, i) => [id, i]));
  const codes = new Map<string, number>();
  const code = (text: string): number => {
    const answer = canonicalAnswer({ kind: 'numeric' }, text);
    if (answer === null) return -1;
    if (!codes.has(answer)) codes.set(answer, codes.size);
    return codes.get(answer)!;
  };
  const blank = (): number[] => problems.map(() => NaN);
  const candidates = Object.fromEntries(
    models.map((row) => [row['model']!, { score: blank(), cost: blank(), answer: blank() }]),
  );
  for (const row of csv('zeroeval_gsm/outcomes.csv')) {
    const own = candidates[row['model']!];
    const i = at.get(row['id']!);
    if (own === undefined || i === undefined) continue;
    own.score[i] = Number(row['correct']);
    own.cost[i] = Number(row['est_cost_usd']);
    own.answer[i] = code(row['parsed_answer'] ?? '');
  }
  return { ids: problems.map(({ id }) => id), texts: problems.map(({ question }) => question), candidates };
}

/**
 * No outcomes are recorded there: our own naive Bayes and encoder answer, trained on one in five of the train rows,
 * asked on the 5,500 test rows. Prices nominal, 1 to 10.
 */
async function clinc150(): Promise<Recorded> {
  const rows = csv('clinc150/clinc150.csv');
  const learnt = rows.filter((row) => row['split'] === 'train').filter((_, i) => i % 5 === 0);
  const asked = rows.filter((row) => row['split'] === 'test');
  const training = learnt.map((row) => ({ input: { text: row['text']! }, label: row['intent']! }));
  const provider = createProviders({ env: {} }).get('local');
  const { signal } = new AbortController();
  const answers = async (model: string, usd: number): Promise<Recorded['candidates'][string]> => {
    const price = { inputPerMTok: 1, outputPerMTok: 1, nominal: true };
    const spec: ModelSpec = { provider: 'local', model, parameters: {}, price };
    await provider.prepare?.(spec, training, signal);
    const own = { score: [] as number[], cost: flat(asked.length, usd), confidence: [] as number[] };
    for (const row of asked) {
      const messages = [{ role: 'user' as const, content: '' }];
      const response = await provider.call({ spec, messages, input: { text: row['text']! } }, signal);
      own.score.push(response.text === row['intent'] ? 1 : 0);
      own.confidence.push(response.confidence ?? NaN);
    }
    return own;
  };
  return {
    ids: asked.map((row) => row['id']!),
    texts: asked.map((row) => row['text']!),
    candidates: {
      'naive-bayes': await answers('naive-bayes', 0.0001),
      encoder: await answers('encoder-logistic', 0.001),
    },
  };
}

function matrixOf(name: WorldName, { ids, texts, tags, candidates }: Recorded): OutcomeMatrix {
  const n = ids.length;
  const names = Object.keys(candidates).toSorted();
  const own = names.map((id) => candidates[id]!);
  const first = new Map<string, number>();
  const groups = Int32Array.from(texts, (text) => {
    if (!first.has(text)) first.set(text, first.size);
    return first.get(text)!;
  });
  return {
    dataset: { name, hash: '', rows: n, scorer: { kind: 'exact', caseSensitive: false }, inputFields: ['q'] },
    runs: [name],
    examples: ids,
    candidates: names,
    scores: own.map(({ score }) => Float64Array.from(score)),
    costs: own.map(({ cost }) => Float64Array.from(cost)),
    latencies: own.map(() => new Float64Array(n).fill(NaN)),
    answers: own.map(({ answer }) => (answer ? Int32Array.from(answer) : new Int32Array(n).fill(-1))),
    failed: own.map(() => new Uint8Array(n)),
    groups,
    groupCount: first.size,
    splits: new Int8Array(n).fill(-1),
    tags: tags ?? {},
    signals: own.flatMap(({ confidence }, c): SignalColumn[] =>
      confidence === undefined
        ? []
        : [
            {
              id: `confidence(${names[c]!})`,
              when: 'after',
              candidate: names[c]!,
              name: 'confidence',
              type: 'number',
              values: Float64Array.from(confidence),
            },
          ],
    ),
    inputs: texts.map((q) => ({ q })),
    nominal: new Set(),
    models: {},
  };
}

export interface Draw {
  matrix: OutcomeMatrix;
  /** Rows of the whole that were not drawn; all of them where rows were drawn with replacement. */
  heldOut: Int32Array;
  replaced: boolean;
}

/**
 * n rows of the whole at random. Without replacement where half the rows stay held out; else with replacement, each
 * draw a row of its own, and what is promised is judged on all rows: they are what was drawn from.
 */
export function drawRows(whole: OutcomeMatrix, n: number, seed: number): Draw {
  const total = whole.examples.length;
  const random = seededRandom(seed);
  const replaced = n > total / 2;
  if (replaced) {
    const rows = Array.from({ length: n }, () => random.int(total));
    return { matrix: rowsOf(whole, rows, true), heldOut: Int32Array.from(whole.examples.keys()), replaced };
  }
  const order = [...whole.examples.keys()];
  shuffle(order, random);
  return {
    matrix: rowsOf(whole, order.slice(0, n), false),
    heldOut: Int32Array.from(order.slice(n)).sort(),
    replaced,
  };
}

const fitRows = 4000;
const testRows = 100;

/** n rows to calibrate on, beside 4,000 to choose on and 100 to show; the rest is held out. */
export function drawCalibration(whole: OutcomeMatrix, n: number, seed: number): Draw {
  const order = [...whole.examples.keys()];
  shuffle(order, seededRandom(seed));
  const drawn = fitRows + n + testRows;
  const matrix = rowsOf(whole, order.slice(0, drawn), false);
  const splits = Int8Array.from(matrix.examples, (_, i) => (i < fitRows ? 0 : i < fitRows + n ? 1 : 2));
  return {
    matrix: { ...matrix, splits },
    heldOut: Int32Array.from(order.slice(drawn)).sort(),
    replaced: false,
  };
}

export function rowsOf(whole: OutcomeMatrix, rows: readonly number[], apart: boolean): OutcomeMatrix {
  const numbers = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row]!);
  const labels = (values: readonly (string | null)[]): (string | null)[] =>
    rows.map((row) => values[row] ?? null);
  const dense = new Map<number, number>();
  const groups = Int32Array.from(rows, (row, i) => {
    const group = apart ? i : whole.groups[row]!;
    if (!dense.has(group)) dense.set(group, dense.size);
    return dense.get(group)!;
  });
  return {
    ...whole,
    dataset: { ...whole.dataset, rows: rows.length },
    examples: rows.map((row, i) => (apart ? `${i}/` : '') + whole.examples[row]!),
    scores: whole.scores.map(numbers),
    costs: whole.costs.map(numbers),
    latencies: whole.latencies.map(numbers),
    answers: whole.answers.map((values) => Int32Array.from(rows, (row) => values[row]!)),
    failed: whole.failed.map((values) => Uint8Array.from(rows, (row) => values[row]!)),
    groups,
    groupCount: dense.size,
    splits: Int8Array.from(rows, (row) => whole.splits[row]!),
    tags: Object.fromEntries(Object.entries(whole.tags).map(([tag, values]) => [tag, labels(values)])),
    signals: whole.signals.map((signal) => ({
      ...signal,
      values: signal.values instanceof Float64Array ? numbers(signal.values) : labels(signal.values),
    })),
    inputs: rows.map((row) => whole.inputs[row]!),
  };
}
