/**
 * lm-evaluation-harness: samples_TASK_DATE.jsonl of `--log_samples`, a file per model and task, in a folder named
 * after the model. A line is a document under one filter.
 * Schema: EleutherAI/lm-evaluation-harness at 4e7e0d47: lm_eval/evaluator.py (the logged example),
 * lm_eval/loggers/evaluation_tracker.py (save_results_samples), lm_eval/utils.py (sanitize_model_name).
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
import { parseJson } from './parse-json.ts';
import { answerText, at, fieldsAt, isFields, words } from './values.ts';

export const lmEval: ForeignReader = {
  format: 'lm-eval',
  async *rows(files, options) {
    const many = new Set(files.map(taskOf)).size > 1;
    for (const file of files)
      yield* namingFile(
        file,
        files,
        samplesOf({ file, many, chosen: { metric: null, filter: null }, options }),
      );
  },
};

async function* samplesOf(where: Where): AsyncGenerator<ForeignItem> {
  const { file, options } = where;
  let line = 0;
  const text = decodedText({ ...file, encoding: file.encoding ?? 'utf8' }, { signal: options.signal });
  for await (const content of readLines(text, file.name)) {
    line++;
    if (content.trim() === '') continue;
    const item = sampleOf(content, line, where);
    if (item !== null) yield item;
  }
}

interface Where {
  file: ForeignFile;
  many: boolean;
  /** Of the first line, kept for the whole file: lines of other filters say the same answers in other words. */
  chosen: { metric: string | null; filter: string | null };
  options: ForeignOptions;
}

/** Null for a line of another filter. */
function sampleOf(content: string, line: number, where: Where): ForeignItem | null {
  const { file, many } = where;
  let sample: Json;
  try {
    sample = parseJson(content);
  } catch (cause) {
    return { line, problem: `not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
  if (!isFields(sample)) return { line, problem: 'not a JSON object' };
  const doc = words(at(sample, 'doc_id'));
  if (doc === null) return { line, problem: 'no doc_id' };
  const picked = pick(sample, where);
  if (picked === null) return null;
  if ('problem' in picked) return { line, problem: picked.problem };
  const model = file.folder ?? file.name.replace(/\.jsonl?(\.\w+)?$/, '');
  const prompt =
    words(at(sample, 'arguments', 'gen_args_0', 'arg_0')) ?? words(at(sample, 'arguments', 0, 0));
  return {
    ...emptyRow(line, sample),
    example: many ? `${taskOf(file)}/${doc}` : doc,
    candidate: model,
    model: model.replace('__', '/'),
    input: prompt === null ? null : { prompt },
    expected: at(sample, 'target') ?? null,
    tags: many ? { task: taskOf(file) } : {},
    output: answerOf(sample),
    score: picked.value,
    unparsed: answerOf(sample)?.trim() === '[invalid]',
  };
}

const taskOf = (file: ForeignFile): string => /^samples_(.+)_[^_]*\.jsonl?/.exec(file.name)?.[1] ?? file.name;

/** `metric` or `metric,filter`, as the harness itself writes them in its results. */
function pick(sample: Fields, { chosen, options }: Where): { value: Json } | { problem: string } | null {
  const filter = words(at(sample, 'filter'));
  const listed = at(sample, 'metrics');
  const metrics = Array.isArray(listed) ? listed.filter((one) => typeof one === 'string') : guessed(sample);
  const [wantedMetric, wantedFilter] = options.score?.split(',').map((part) => part.trim()) ?? [];
  chosen.metric ??= wantedMetric ?? metrics[0] ?? null;
  const first = chosen.filter === null;
  chosen.filter ??= wantedFilter ?? filter;
  const { metric } = chosen;
  if (chosen.filter !== filter) {
    if (wantedFilter === undefined)
      options.note('score_chosen', `${metric ?? ''},${chosen.filter ?? ''} (not ${filter ?? ''})`);
    return null;
  }
  if (metric === null || !metrics.includes(metric))
    return { problem: `no metric "${metric ?? ''}"; there are: ${metrics.slice(0, 10).join(', ')}` };
  if (first && wantedMetric === undefined && metrics.length > 1)
    options.note('score_chosen', `${metric} (others: ${metrics.slice(1, 6).join(', ')})`);
  return { value: at(sample, metric) ?? null };
}

/** Older logs have no list of metrics: numbers beside the known fields are the metrics. */
const guessed = (sample: Fields): string[] =>
  Object.keys(sample).filter((key) => key !== 'doc_id' && typeof sample[key] === 'number');

/** The filtered answer; where choices were weighed, the text of the likeliest one. */
function answerOf(sample: Fields): string | null {
  const answers = at(sample, 'filtered_resps');
  if (!Array.isArray(answers)) return null;
  const weighed = answers.map((answer) =>
    Array.isArray(answer) && answer.length === 2 && /^(true|false)$/i.test(words(answer[1]) ?? '')
      ? Number(answer[0])
      : NaN,
  );
  if (weighed.length > 1 && weighed.every((likelihood) => !Number.isNaN(likelihood))) {
    const best = weighed.indexOf(Math.max(...weighed));
    const said = answerText(at(fieldsAt(sample, 'arguments'), `gen_args_${best}`, 'arg_1'));
    return said?.trim() ?? String(best);
  }
  const [only] = answers;
  return answerText(Array.isArray(only) && only.length === 1 ? only[0] : only);
}
