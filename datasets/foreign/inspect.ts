/**
 * Inspect logs: .eval (a zip of JSON) and .json, one log per model and task.
 * Schema: UKGovernmentBEIS/inspect_ai at 499e6152: src/inspect_ai/log/_log.py (EvalLog, EvalSpec, EvalSample),
 * log/_recorders/eval.py (members of the archive), scorer/_metric.py (Score, C/I/P/N, NaN for unscored),
 * model/_model_output.py (ModelOutput, ModelUsage: input_tokens are without the cached ones).
 */
import type { Json } from '../../engine/api/index.ts';
import type { Fields, ForeignFile, ForeignItem, ForeignOptions, ForeignReader } from './foreign-row.ts';
import { sampleRow } from './inspect-sample.ts';
import { mismatch, parsedDocument, wholeText } from './parse-json.ts';
import { at, fieldsAt, isFields, words } from './values.ts';
import { openArchive } from './zip-archive.ts';

interface Log {
  file: ForeignFile;
  /** `eval`: the task, the model, when. */
  spec: Fields;
  status: string | null;
  samples(): AsyncGenerator<{ place: string; sample: Json }>;
}

export const inspect: ForeignReader = {
  format: 'inspect',
  async *rows(files, options) {
    const tasks = new Set<string>();
    for (const file of files) tasks.add(taskOf((await openLog(file, options)).spec));
    let line = 0;
    for (const file of files) {
      const log = await openLog(file, options);
      if (log.status !== null && log.status !== 'success')
        options.note('log_incomplete', `${file.name}: ${log.status}`);
      for await (const { place, sample } of log.samples()) {
        line++;
        options.signal?.throwIfAborted();
        yield itemOf(sample, { line, place, log, many: tasks.size > 1, options });
      }
    }
  },
};

function itemOf(
  sample: Json,
  {
    line,
    place,
    log,
    many,
    options,
  }: { line: number; place: string; log: Log; many: boolean; options: ForeignOptions },
): ForeignItem {
  if (!isFields(sample)) return { line, problem: `${place} is not an object` };
  const row = sampleRow(sample, { line, model: words(log.spec['model']), options });
  if ('problem' in row) return { line, problem: `${place}: ${row.problem}` };
  return {
    ...row,
    example: many ? `${taskOf(log.spec)}/${row.example}` : row.example,
    candidate: words(log.spec['model']) ?? 'unknown',
    at: words(at(sample, 'started_at')) ?? words(log.spec['created']),
    // What overriding paths reach into also has the log's own facts, such as eval.solver.
    raw: { eval: log.spec, ...light(sample) },
  };
}

/** Without what makes samples large: nobody maps a column to a transcript. */
function light(sample: Fields): Fields {
  const {
    events: _events,
    messages: _messages,
    attachments: _attachments,
    events_data: _data,
    ...rest
  } = sample;
  return rest;
}

const taskOf = (spec: Fields): string => words(spec['task']) ?? 'task';

async function openLog(file: ForeignFile, options: ForeignOptions): Promise<Log> {
  const log = file.encoding === null ? await openPacked(file, options) : await openJson(file, options);
  if (words(log.spec['model']) === null) throw mismatch(file.name, 'its eval names no model', 'Inspect log');
  return log;
}

async function openJson(file: ForeignFile, { signal }: ForeignOptions): Promise<Log> {
  const document = parsedDocument(await wholeText(file, signal), file.name);
  const spec = fieldsAt(document, 'eval');
  if (spec === null) throw mismatch(file.name, 'it has no eval', 'Inspect log');
  const samples = at(document, 'samples');
  return {
    file,
    spec,
    status: words(at(document, 'status')),
    async *samples() {
      for (const [i, sample] of (Array.isArray(samples) ? samples : []).entries())
        yield { place: `samples[${i}]`, sample };
    },
  };
}

/** header.json is written at the end; a log that was cut off has the journal's start.json alone. */
async function openPacked(file: ForeignFile, { signal }: ForeignOptions): Promise<Log> {
  await using archive = await openArchive(file.path, file.name);
  const header = ['header.json', '_journal/start.json'].find((name) => archive.names.includes(name));
  if (header === undefined)
    throw mismatch(file.name, 'it has neither header.json nor _journal/start.json', 'Inspect log');
  const document = parsedDocument(await archive.text(header, signal), `${file.name}: ${header}`);
  const spec = fieldsAt(document, 'eval');
  if (spec === null) throw mismatch(`${file.name}: ${header}`, 'it has no eval', 'Inspect log');
  return {
    file,
    spec,
    status: header === 'header.json' ? words(at(document, 'status')) : 'started',
    async *samples() {
      await using again = await openArchive(file.path, file.name);
      for (const name of again.names) {
        if (!/^samples\/.+\.json$/.test(name)) continue;
        yield {
          place: name,
          sample: parsedDocument(await again.text(name, signal), `${file.name}: ${name}`),
        };
      }
    },
  };
}
