/**
 * promptfoo: the file of `promptfoo eval -o results.json` (or .jsonl, a result a line).
 * Schema: promptfoo/promptfoo src/types/index.ts (OutputFile, EvaluateSummaryV2, EvaluateSummaryV3, EvaluateResult) at
 * 0011eb02; src/types/results.ts (ResultFailureReason); src/models/evalResult.ts at 013bf397, where an absent cost and
 * an absent latency are written as 0.
 */
import type { Json } from '../../engine/api/index.ts';
import { decodedText } from '../bytes.ts';
import { readJsonl } from '../read-json.ts';
import {
  type Fields,
  type ForeignFile,
  type ForeignItem,
  type ForeignOptions,
  type ForeignReader,
  emptyRow,
  namingFile,
} from './foreign-row.ts';
import { mismatch, parsedDocument, wholeText } from './parse-json.ts';
import { expectedOf, inputOf } from './promptfoo-test.ts';
import { amount, answerText, at, contentId, fieldsAt, isFields, sum, tagsOf, words } from './values.ts';

const ERROR = 2;

export const promptfoo: ForeignReader = {
  format: 'promptfoo',
  async *rows(files, options) {
    for (const file of files) {
      yield* namingFile(file, files, resultRows(await recordsOf(file, options), options));
    }
  },
};

interface Record {
  line: number;
  fields: Fields | null;
  problem: string;
  timestamp: string | null;
}

async function recordsOf(file: ForeignFile, { signal }: ForeignOptions): Promise<Record[]> {
  const text = await wholeText(file, signal);
  // A result a line has no outer object, so its first line is a whole result.
  const [first = ''] = text.trimStart().split('\n', 1);
  if (isResultLine(first)) {
    const found = await Array.fromAsync(
      readJsonl(decodedText({ ...file, encoding: file.encoding ?? 'utf8' }, { signal }), file.name),
    );
    return found.map((record) => ({
      line: record.line,
      fields: record.fields,
      problem: record.fields === null ? record.rejected.message : '',
      timestamp: null,
    }));
  }
  const document = parsedDocument(text, file.name);
  const summary = Array.isArray(at(document, 'results')) ? document : at(document, 'results');
  const results = at(summary, 'results');
  if (!Array.isArray(results)) throw mismatch(file.name, 'it has no list results.results', 'promptfoo');
  const timestamp = words(at(summary, 'timestamp'));
  return results.map((result, i) => ({
    line: i + 1,
    fields: isFields(result) ? result : null,
    problem: `results[${i}] is not an object`,
    timestamp,
  }));
}

function isResultLine(line: string): boolean {
  try {
    const value = JSON.parse(line) as Json;
    return isFields(value) && at(value, 'provider') !== undefined && at(value, 'results') === undefined;
  } catch {
    return false;
  }
}

/** `repeat` gives every repetition a test index of its own: the same test is the same example, told by its content. */
function* resultRows(records: Record[], options: ForeignOptions): Generator<ForeignItem> {
  const prompts = new Map<string, Set<string>>();
  const testsByContent = new Map<string, number[]>();
  const contents = records.map(({ fields }, i) => {
    if (fields === null) return '';
    const provider = providerName(fields);
    const labels = prompts.get(provider) ?? new Set();
    prompts.set(provider, labels.add(promptName(fields)));
    const content = contentId([inputOf(fields), expectedOf(fields)?.value ?? null]);
    const tests = testsByContent.get(content) ?? [];
    const test = testIndex(fields) ?? i;
    if (!tests.includes(test)) testsByContent.set(content, [...tests, test]);
    return content;
  });
  for (const [i, { line, fields, problem, timestamp }] of records.entries()) {
    if (fields === null) {
      yield { line, problem };
      continue;
    }
    const content = contents[i] ?? '';
    const tests = testsByContent.get(content) ?? [];
    const provider = providerName(fields);
    if (provider === '') {
      yield { line, problem: 'no provider.id' };
      continue;
    }
    const test = testIndex(fields);
    const many = (prompts.get(provider)?.size ?? 0) > 1;
    yield {
      ...emptyRow(line, fields),
      ...resultFacts(fields, options),
      // Version 2 has no test index; its tests are told apart by content alone.
      example: test === null ? content : String(tests[0] ?? test),
      epoch: test === null ? null : String(tests.indexOf(test) + 1),
      candidate: many ? `${provider} · ${promptName(fields)}` : provider,
      input: inputOf(fields),
      expected: expectedOf(fields)?.value ?? null,
      tags: tagsOf(at(fields, 'testCase', 'metadata')),
      at: timestamp,
    };
  }
}

function resultFacts(result: Fields, options: ForeignOptions) {
  const response = fieldsAt(result, 'response') ?? {};
  const usage = fieldsAt(response, 'tokenUsage') ?? fieldsAt(result, 'tokenUsage') ?? {};
  const cached = at(response, 'cached') === true;
  const stated = amount(at(response, 'cost')) ?? amount(at(result, 'cost'));
  const latency = amount(at(result, 'latencyMs'));
  const prompt = amount(at(usage, 'prompt'));
  const completion = amount(at(usage, 'completion'));
  const counted = !cached && (sum([prompt, completion]) ?? 0) > 0;
  const failed = failureOf(result, response);
  return {
    output: answerText(at(response, 'output')),
    score: failed === null ? scoreOf(result, options.score) : null,
    // 0 is what promptfoo writes for a cost it does not know; an answer from its cache cost nothing then, but does to ask.
    costUsd: cached || stated === 0 ? null : stated,
    latencyMs: cached || latency === 0 ? null : latency,
    inputTokens: counted ? prompt : null,
    outputTokens: counted ? completion : null,
    model: words(at(result, 'provider', 'id')) ?? words(at(result, 'provider')),
    finish: words(at(response, 'finishReason')),
    error: failed,
  };
}

/** promptfoo writes the reason of a failed assertion into `error` too: only failureReason tells them apart. */
function failureOf(result: Fields, response: Fields): string | null {
  const reason = at(result, 'failureReason');
  const message = words(at(response, 'error')) ?? words(at(result, 'error'));
  if (typeof reason === 'number') return reason === ERROR ? (message ?? 'the call failed') : null;
  return words(at(response, 'error')) ?? (fieldsAt(result, 'gradingResult') === null ? message : null);
}

function scoreOf(result: Fields, wanted: string | undefined): Json {
  if (wanted === undefined) return at(result, 'score') ?? at(result, 'success') ?? null;
  return at(result, 'namedScores', wanted) ?? at(result, ...wanted.split('.')) ?? null;
}

const testIndex = (result: Fields): number | null => amount(at(result, 'testIdx'));
const providerName = (result: Fields): string =>
  words(at(result, 'provider', 'label')) ??
  words(at(result, 'provider', 'id')) ??
  (typeof at(result, 'provider') === 'string' ? (words(at(result, 'provider')) ?? '') : '');
const promptName = (result: Fields): string =>
  (
    words(at(result, 'prompt', 'label')) ??
    words(at(result, 'promptId')) ??
    words(at(result, 'promptIdx')) ??
    ''
  )
    .trim()
    .slice(0, 80);
