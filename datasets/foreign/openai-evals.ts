/**
 * OpenAI evals: the JSONL an `oaieval` run records: a line with the specification, a line an event, a final report.
 * Events of one sample are scattered, because samples run side by side, so they are gathered first.
 * Schema: openai/evals at 4bfc1f58: evals/record.py (Event, LocalRecorder), evals/base.py (RunSpec), evals/api.py
 * (record_and_check_match), evals/completion_fns/openai.py (usage of a sampling).
 */
import type { Json } from '../../engine/api/index.ts';
import { decodedText } from '../bytes.ts';
import { readLines } from '../read-json.ts';
import {
  type Fields,
  type ForeignFile,
  type ForeignItem,
  type ForeignOptions,
  type ForeignReader,
  emptyRow,
  namingFile,
} from './foreign-row.ts';
import { mismatch, parseJson } from './parse-json.ts';
import { amount, answerText, at, fieldsAt, isFields, sum, words } from './values.ts';

export const openaiEvals: ForeignReader = {
  format: 'openai-evals',
  async *rows(files, options) {
    for (const file of files) yield* namingFile(file, files, runRows(file, options));
  },
};

interface Sample {
  line: number;
  matches: Fields[];
  samplings: Fields[];
  metrics: Fields[];
  error: string | null;
  at: string | null;
}

async function* runRows(file: ForeignFile, options: ForeignOptions): AsyncGenerator<ForeignItem> {
  let candidate: string | null = null;
  let finished = false;
  const samples = new Map<string, Sample>();
  let line = 0;
  const text = decodedText({ ...file, encoding: file.encoding ?? 'utf8' }, { signal: options.signal });
  for await (const content of readLines(text, file.name)) {
    line++;
    if (content.trim() === '') continue;
    const event = parsed(content);
    if (!isFields(event)) {
      yield { line, problem: 'not a JSON object' };
      continue;
    }
    const spec = fieldsAt(event, 'spec');
    if (spec !== null) candidate = candidateOf(spec);
    else if (at(event, 'final_report') !== undefined) finished = true;
    else {
      const problem = gather(samples, event, line);
      if (problem !== null) yield { line, problem };
    }
  }
  if (candidate === null)
    throw mismatch(
      file.name,
      'it has no line with a "spec" that names the completion function',
      'OpenAI evals',
    );
  if (!finished) options.note('log_incomplete', `${file.name}: no final report`);
  for (const [id, sample] of samples) yield rowOf(id, sample, candidate, options);
}

function parsed(content: string): Json {
  try {
    return parseJson(content);
  } catch {
    return null;
  }
}

function candidateOf(spec: Fields): string | null {
  const names = at(spec, 'completion_fns');
  if (Array.isArray(names) && names.length > 0) return names.map((name) => words(name) ?? '').join(' + ');
  // Before completion functions, runs named their model.
  return words(at(spec, 'model_name')) ?? words(at(spec, 'model_names', 'completions', 0));
}

/** Adds an event to its sample, or says why it has none. */
function gather(samples: Map<string, Sample>, event: Fields, line: number): string | null {
  const id = words(at(event, 'sample_id'));
  if (id === null) return 'an event without sample_id';
  const sample = samples.get(id) ?? { line, matches: [], samplings: [], metrics: [], error: null, at: null };
  samples.set(id, sample);
  sample.at ??= words(at(event, 'created_at'));
  const data = fieldsAt(event, 'data') ?? {};
  if (event['type'] === 'match') sample.matches.push(data);
  else if (event['type'] === 'sampling') sample.samplings.push(data);
  else if (event['type'] === 'metrics') sample.metrics.push(data);
  else if (event['type'] === 'error')
    sample.error = words(at(data, 'message')) ?? words(at(data, 'type')) ?? 'it failed';
  return null;
}

function rowOf(id: string, sample: Sample, candidate: string, options: ForeignOptions): ForeignItem {
  const [match] = sample.matches;
  const [first] = sample.samplings;
  // Graders are sampled too: the answer is of the model that was asked first.
  const own = sample.samplings.filter((one) => at(one, 'model') === at(first, 'model'));
  const tokens = (key: string): number | null => sum(own.map((one) => amount(at(one, 'usage', key))));
  const judged = sample.error === null ? scoreOf(sample, options) : null;
  if (judged !== null && isFields(judged))
    return { line: sample.line, problem: words(judged['problem']) ?? '' };
  const prompt = at(first, 'prompt') ?? at(match, 'prompt');
  const input = promptInput(prompt);
  return {
    ...emptyRow(sample.line, { sample_id: id, match: match ?? null, metrics: sample.metrics[0] ?? null }),
    example: id,
    candidate,
    input,
    expected: at(match, 'expected') ?? at(match, 'options') ?? null,
    output: completionText(at(match, 'sampled') ?? at(first, 'sampled') ?? at(match, 'picked')),
    score: judged,
    inputTokens: tokens('prompt_tokens'),
    outputTokens: tokens('completion_tokens'),
    cachedInputTokens: sum(
      own.map((one) => amount(at(one, 'usage', 'prompt_tokens_details', 'cached_tokens'))),
    ),
    model: words(at(first, 'model')) ?? candidate,
    at: sample.at,
    error: sample.error,
  };
}

/** `correct` of the matches (their mean, where a sample has several), else a metric. A record: the problem. */
function scoreOf({ matches, metrics }: Sample, { score: wanted }: ForeignOptions): Json {
  const judged = matches.filter(
    ({ correct }) => correct === true || correct === false || amount(correct) !== null,
  );
  if (wanted === undefined && judged.length > 0)
    return judged.reduce((total, { correct }) => total + Number(correct), 0) / judged.length;
  const found: Fields = Object.assign(
    {},
    ...metrics,
    ...(matches[0] === undefined ? [] : [matches[0]]),
  ) as Fields;
  const names = Object.keys(found).filter(
    (key) => typeof found[key] === 'number' || typeof found[key] === 'boolean',
  );
  const name = wanted ?? ['score', 'accuracy', 'correct'].find((one) => names.includes(one)) ?? names[0];
  if (name === undefined) return null;
  if (!names.includes(name))
    return { problem: `no metric "${name}"; there are: ${names.slice(0, 10).join(', ')}` };
  return found[name] ?? null;
}

const completionText = (sampled: Json | undefined): string | null =>
  answerText(Array.isArray(sampled) ? (sampled[0] ?? null) : sampled);

/** A chat of one user message is its text. */
function promptInput(prompt: Json | undefined): Fields | null {
  if (prompt === undefined || prompt === null) return null;
  if (!Array.isArray(prompt) || prompt.length !== 1) return { prompt };
  const said = at(prompt, 0, 'content');
  return { prompt: typeof said === 'string' ? said : prompt };
}
