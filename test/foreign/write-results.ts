/** One set of answers in every format a tool would have written it in. */
import { mkdir } from 'node:fs/promises';
import { zipOf } from '../fixtures/zip.ts';
import type { Scratch } from '../fixtures/scratch.ts';
import { seededRandom } from '../../engine/math/index.ts';

export interface Answer {
  example: number;
  question: string;
  expected: string;
  candidate: 'small' | 'large';
  output: string;
  right: boolean;
}

export const models = { small: 'gpt-4o-mini', large: 'gpt-4o' } as const;
/** 40 tokens in and 3 out at the frozen table's price. */
export const costUsd = { small: 40 * 0.15e-6 + 3 * 0.6e-6, large: 40 * 2.5e-6 + 3 * 10e-6 } as const;
export const latencyMs = { small: 300, large: 900 } as const;
const candidates = ['small', 'large'] as const;

/** Small is right on 70 %, large on 95 %. */
export function answersOf(rows: number, seed = 5): Answer[] {
  const random = seededRandom(seed);
  return Array.from({ length: rows }, (_, example) => {
    const expected = String(100 + example);
    return candidates.map((candidate) => {
      const right = random.next() < (candidate === 'small' ? 0.7 : 0.95);
      return {
        example,
        question: `What is ${example} + 100?`,
        expected,
        candidate,
        right,
        output: right ? expected : '7',
      };
    });
  }).flat();
}

export interface Written {
  /** What `outcomes import` is given. */
  path: string;
  /** Its name for each candidate. */
  names: Record<'small' | 'large', string>;
  /** Whether the format holds costs or tokens, and latencies. */
  costs: boolean;
  latencies: boolean;
}
type Writer = (dir: Scratch, answers: Answer[]) => Promise<Written>;

const own = (answers: Answer[], candidate: Answer['candidate']): Answer[] =>
  answers.filter((answer) => answer.candidate === candidate);
const lines = (rows: unknown[]): string => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
const cells = (values: unknown[]): string =>
  values.map((value) => `"${String(value).replaceAll('"', '""')}"`).join(',');

const promptfoo: Writer = async (dir, answers) => ({
  names: { small: 'small', large: 'large' },
  costs: true,
  latencies: true,
  path: await dir.file(
    'promptfoo.json',
    JSON.stringify({
      evalId: 'eval-1',
      results: {
        version: 3,
        timestamp: '2026-09-01T10:00:00.000Z',
        prompts: [],
        results: answers.map(({ example, question, expected, candidate, output, right }) => ({
          cost: costUsd[candidate],
          failureReason: right ? 0 : 1,
          error: right ? null : `Expected output "${output}" to equal "${expected}"`,
          latencyMs: latencyMs[candidate],
          prompt: { raw: question, label: '{{question}}' },
          provider: { id: `openai:${models[candidate]}`, label: candidate },
          promptIdx: candidates.indexOf(candidate),
          testIdx: example,
          score: right ? 1 : 0,
          success: right,
          response: {
            output,
            tokenUsage: { prompt: 40, completion: 3, total: 43 },
            cost: costUsd[candidate],
          },
          gradingResult: { pass: right, score: right ? 1 : 0 },
          testCase: { vars: { question }, assert: [{ type: 'equals', value: expected }] },
          vars: { question },
        })),
        stats: {},
      },
      config: {},
    }),
  ),
});

const inspectLog = (answers: Answer[], candidate: Answer['candidate']) => ({
  header: {
    version: 2,
    status: 'success',
    eval: {
      created: '2026-09-01T10:00:00+00:00',
      task: 'sums',
      run_id: 'r',
      model: `openai/${models[candidate]}`,
    },
  },
  samples: own(answers, candidate).map(({ example, question, expected, output, right }) => ({
    id: example,
    epoch: 1,
    input: question,
    target: expected,
    output: { model: models[candidate], completion: output, choices: [{ stop_reason: 'stop' }] },
    scores: { match: { value: right ? 'C' : 'I', answer: output } },
    model_usage: {
      [`openai/${models[candidate]}`]: { input_tokens: 40, output_tokens: 3, total_tokens: 43 },
    },
    working_time: latencyMs[candidate] / 1000,
  })),
});

/** One log as JSON, the other as an archive. */
const inspect: Writer = async (dir, answers) => {
  const small = inspectLog(answers, 'small');
  await dir.file('small.json', JSON.stringify({ ...small.header, samples: small.samples }));
  const large = inspectLog(answers, 'large');
  const members = large.samples.map((sample): [string, string] => [
    `samples/${sample.id}_epoch_1.json`,
    JSON.stringify(sample),
  ]);
  await dir.file('large.eval', zipOf([...members, ['header.json', JSON.stringify(large.header)]], 'zstd'));
  return {
    path: `${dir.folder}/{small.json,large.eval}`,
    names: { small: `openai/${models.small}`, large: `openai/${models.large}` },
    costs: true,
    latencies: true,
  };
};

/** In a folder per model, as the harness writes them. */
const lmEval: Writer = async (dir, answers) => {
  for (const candidate of candidates) {
    await mkdir(`${dir.folder}/${candidate}`);
    await dir.file(
      `${candidate}/samples_sums_2026-09-01T10-00-00.jsonl`,
      lines(
        own(answers, candidate).map(({ example, question, expected, output, right }) => ({
          doc_id: example,
          doc: { question, answer: expected },
          target: expected,
          arguments: { gen_args_0: { arg_0: question, arg_1: {} } },
          resps: [[output]],
          filtered_resps: [output],
          filter: 'none',
          metrics: ['exact_match'],
          exact_match: right ? 1 : 0,
        })),
      ),
    );
  }
  return {
    path: `${dir.folder}/*/samples_*.jsonl`,
    names: { small: 'small', large: 'large' },
    costs: false,
    latencies: false,
  };
};

const openaiEvals: Writer = async (dir, answers) => {
  for (const candidate of candidates) {
    const mine = own(answers, candidate);
    const event = (example: number, type: string, data: object) => ({
      run_id: 'r',
      event_id: example,
      sample_id: `sums.test.${example}`,
      type,
      data,
      created_by: '',
      created_at: '2026-09-01 10:00:00+00:00',
    });
    await dir.file(
      `${candidate}.jsonl`,
      lines([
        { spec: { completion_fns: [models[candidate]], eval_name: 'sums.test.v0', run_id: 'r' } },
        // All samplings before all matches: events of one sample are not neighbours.
        ...mine.map(({ example, question, output }) =>
          event(example, 'sampling', {
            prompt: [{ role: 'user', content: question }],
            sampled: [output],
            model: models[candidate],
            usage: { prompt_tokens: 40, completion_tokens: 3 },
          }),
        ),
        ...mine.map(({ example, expected, output, right }) =>
          event(example, 'match', {
            correct: right,
            expected,
            picked: right ? expected : null,
            sampled: output,
          }),
        ),
        { final_report: { accuracy: 1 } },
      ]),
    );
  }
  return { path: `${dir.folder}/*.jsonl`, names: models, costs: true, latencies: false };
};

const langfuse: Writer = async (dir, answers) => {
  const columns =
    'id,traceId,startTime,type,name,level,statusMessage,input,output,metadata,model,usageDetails,totalCost,latency,correct';
  const rows = answers.map(({ example, question, expected, candidate, output, right }, i) =>
    cells([
      `o${i}`,
      `t${i}`,
      '2026-09-01T10:00:00Z',
      'GENERATION',
      'answer',
      'DEFAULT',
      '',
      question,
      output,
      JSON.stringify({ dataset_item_id: `i${example}`, expected_output: expected }),
      models[candidate],
      '{"input":40,"output":3,"total":43}',
      costUsd[candidate],
      latencyMs[candidate] / 1000,
      `[${right ? 1 : 0}]`,
    ]),
  );
  return {
    path: await dir.file('langfuse.csv', `${columns}\n${rows.join('\n')}\n`),
    names: models,
    costs: true,
    latencies: true,
  };
};

const langsmith: Writer = async (dir, answers) => {
  for (const candidate of candidates) {
    const rows = own(answers, candidate).map(({ example, question, expected, output, right }, i) =>
      cells([
        i,
        question,
        output,
        '',
        expected,
        right ? 'True' : 'False',
        latencyMs[candidate] / 1000,
        `e${example}`,
        i,
      ]),
    );
    await dir.file(
      `${candidate}.csv`,
      `,inputs.question,outputs.output,error,reference.answer,feedback.correct,execution_time,example_id,id\n${rows.join('\n')}\n`,
    );
  }
  return {
    path: `${dir.folder}/*.csv`,
    names: { small: 'small', large: 'large' },
    costs: false,
    latencies: true,
  };
};

export const writers = {
  promptfoo,
  inspect,
  'lm-eval': lmEval,
  'openai-evals': openaiEvals,
  langfuse,
  langsmith,
};
