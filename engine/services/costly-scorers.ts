/** Scorers that take a process, a database, an encoder or a model: made for one scoring, and closed after it. */
import {
  type CostlyScorerSpec,
  type Example,
  type JudgeModel,
  type Outcome,
  WorkbenchError,
} from '../api/index.ts';
import { loadEncoder, type ModelSpec, type ProviderRegistry } from '../providers/index.ts';
import type { Judging } from '../runs/index.ts';
import {
  codeOf,
  expectedText,
  gradeMessages,
  juryGrade,
  juryPreference,
  juryVote,
  preferenceMessages,
  readGrade,
  readPreference,
  requireCodeRunner,
  runCodeTests,
  sameRows,
  sqlOf,
  type JudgeMessage,
} from '../scoring/index.ts';
import { openSqlSandbox } from '../store/index.ts';

export interface Judgement {
  /** Null: not judged. */
  score: number | null;
  unparsed: boolean;
}
export interface CostlyScorer {
  judge(example: Example, outcome: Outcome & { output: string }): Promise<Judgement>;
  close(): void;
}
export interface CostlyContext {
  providers: ProviderRegistry;
  judging: Judging;
  /** Counts what a jury said that was no verdict, failed, or changed with the order. */
  jury: { unreadable: number; failed: number; swayed: number };
  /** The text a candidate gave to an example, for pairwise judging. */
  answerOf(candidate: string, example: string): string | null;
  allowCode: boolean;
  signal: AbortSignal;
}

const unparsed: Judgement = { score: 0, unparsed: true };
const unjudged: Judgement = { score: null, unparsed: false };
const scored = (score: number): Judgement => ({ score, unparsed: false });

export async function openCostlyScorer(
  spec: CostlyScorerSpec,
  context: CostlyContext,
): Promise<CostlyScorer> {
  switch (spec.kind) {
    case 'embedding':
      return { judge: await embeddingJudge(), close: () => undefined };
    case 'sql':
      return sqlScorer(spec);
    case 'code':
      return codeScorer(spec, context);
    case 'judge': {
      if (spec.scale[0] >= spec.scale[1]) {
        throw new WorkbenchError(
          'scorer.invalid',
          'The scale must go up from its first number to its second.',
          {
            hint: 'Write for example "scale": [1, 5].',
          },
        );
      }
      const jurors = jurorsOf(spec.models, context);
      return {
        judge: (example, outcome) => grade(spec, jurors, { example, outcome, context }),
        close: () => undefined,
      };
    }
    case 'judge-pairwise': {
      const jurors = jurorsOf(spec.models, context);
      return {
        judge: (example, outcome) => prefer(spec, jurors, { example, outcome, context }),
        close: () => undefined,
      };
    }
  }
}

/** Characters of a text the encoder reads: its time and memory grow with them. */
const MAX_ENCODED = 20_000;

async function embeddingJudge(): Promise<CostlyScorer['judge']> {
  const encoder = await loadEncoder();
  return async (example, { output }) => {
    const wanted = expectedText(example.expected);
    if (wanted === null) return unjudged;
    if (output.trim() === '') return unparsed;
    const [a, b] = await encoder.encode([output, wanted].map((text) => text.slice(0, MAX_ENCODED)));
    return scored(cosine(a ?? [], b ?? []));
  };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    lengthA += a[i]! ** 2;
    lengthB += b[i]! ** 2;
  }
  const length = Math.sqrt(lengthA * lengthB);
  return length === 0 ? 0 : Math.min(1, Math.max(0, dot / length));
}

async function sqlScorer(spec: Extract<CostlyScorerSpec, { kind: 'sql' }>): Promise<CostlyScorer> {
  const sandbox = await openSqlSandbox(spec);
  return {
    async judge(example, { output }) {
      const wanted = expectedText(example.expected);
      if (wanted === null) return unjudged;
      const query = sqlOf(output);
      if (query === null) return unparsed;
      const right = await sandbox.query(sqlOf(wanted) ?? wanted);
      if (!right.ok) {
        throw new WorkbenchError(
          'scorer.invalid',
          `The expected query of example ${example.id} fails: ${right.message}`,
          {
            hint: 'Correct the dataset, or the schema script of the scorer.',
          },
        );
      }
      const given = await sandbox.query(query);
      // A query that does not run has no result to compare: it was no answer in SQL.
      if (!given.ok) return given.reason === 'failed' || given.reason === 'refused' ? unparsed : scored(0);
      return scored(sameRows(given.rows, right.rows, spec.ordered) ? 1 : 0);
    },
    close: () => sandbox.close(),
  };
}

function codeScorer(spec: Extract<CostlyScorerSpec, { kind: 'code' }>, context: CostlyContext): CostlyScorer {
  if (!context.allowCode) {
    throw new WorkbenchError(
      'scorer.code_off',
      'This scorer runs code that a model wrote, which is off unless allowed.',
      {
        hint: 'Read in docs/scorers.md what it does not protect from; then add `--allow-code`.',
      },
    );
  }
  requireCodeRunner();
  return {
    async judge(example, { output }) {
      const tests = expectedText(example.expected);
      if (tests === null) return unjudged;
      const code = codeOf(output);
      if (code === null) return unparsed;
      const { verdict } = await runCodeTests(code, tests, { ...spec, signal: context.signal });
      return scored(verdict === 'passed' ? 1 : 0);
    },
    close: () => undefined,
  };
}

function jurorsOf(models: readonly JudgeModel[], { providers }: CostlyContext): ModelSpec[] {
  return models.map((model) => {
    const spec = typeof model === 'string' ? providers.resolve(model) : spelt(model);
    providers.get(spec.provider).requireKey?.(spec);
    return spec;
  });
}

function spelt(model: Exclude<JudgeModel, string>): ModelSpec {
  const clean = (value: object): object =>
    Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
  const { price, ...rest } = model;
  // Parsed by zod with ModelSpec's keys and types; only keys without a value are left out.
  return {
    ...clean(rest),
    parameters: {},
    ...(price === undefined ? {} : { price: { ...clean(price), nominal: false } }),
  } as ModelSpec;
}

/** Waits for all before it throws what the first one threw: a paid call still in flight must reach the ledger. */
async function together<T>(calls: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

interface Case {
  example: Example;
  outcome: Outcome & { output: string };
  context: CostlyContext;
}

async function reply(
  { example, outcome, context }: Case,
  spec: ModelSpec,
  asked: { step: string; messages: JudgeMessage[] },
): Promise<string | null> {
  const { candidate } = outcome;
  const request = { spec, messages: asked.messages, input: example.input };
  const text = await context.judging.ask({ example, candidate, step: asked.step, request });
  if (text === null) context.jury.failed++;
  return text;
}

async function grade(
  spec: Extract<CostlyScorerSpec, { kind: 'judge' }>,
  jurors: readonly ModelSpec[],
  item: Case,
): Promise<Judgement> {
  const { example, outcome, context } = item;
  if (outcome.output.trim() === '') return unparsed;
  const messages = gradeMessages({
    ...spec,
    input: example.input,
    expected: example.expected,
    output: outcome.output,
  });
  const grades = await together(
    jurors.map(async (juror, i) => {
      const text = await reply(item, juror, { step: `judge/${i}`, messages });
      const given = text === null ? null : readGrade(text, spec.scale);
      if (text !== null && given === null) context.jury.unreadable++;
      return given;
    }),
  );
  return { score: juryGrade(grades, spec.scale), unparsed: false };
}

async function prefer(
  spec: Extract<CostlyScorerSpec, { kind: 'judge-pairwise' }>,
  jurors: readonly ModelSpec[],
  item: Case,
): Promise<Judgement> {
  const { example, outcome, context } = item;
  // Against itself it ties by definition: nobody is paid to say so.
  if (outcome.candidate === spec.baseline) return scored(0.5);
  const other = context.answerOf(spec.baseline, example.id);
  if (other === null) return unjudged;
  const pair = { ...spec, input: example.input, expected: example.expected };
  const ask = async (juror: ModelSpec, step: string, texts: { first: string; second: string }) => {
    const text = await reply(item, juror, { step, messages: preferenceMessages({ ...pair, ...texts }) });
    const preference = text === null ? null : readPreference(text);
    if (text !== null && preference === null) context.jury.unreadable++;
    return preference;
  };
  const votes = await together(
    jurors.map(async (juror, i) => {
      const [candidateFirst = null, candidateSecond = null] = await together([
        ask(juror, `judge/${i}/first`, { first: outcome.output, second: other }),
        ask(juror, `judge/${i}/second`, { first: other, second: outcome.output }),
      ]);
      const vote = juryVote({ candidateFirst, candidateSecond });
      if (vote?.swayed === true) context.jury.swayed++;
      return vote?.vote ?? null;
    }),
  );
  return { score: juryPreference(votes), unparsed: false };
}
