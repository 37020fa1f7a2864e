/** One sample of an Inspect log. */
import type { Json } from '../../engine/api/index.ts';
import { type Fields, type ForeignOptions, type ForeignRow, emptyRow } from './foreign-row.ts';
import { amount, answerText, at, fieldsAt, isFields, seconds, sum, tagsOf, words } from './values.ts';

type Sample = Omit<ForeignRow, 'candidate' | 'at'> & { at: null };

/** Throws nothing: what is not there is null, and a sample without an id is a problem. */
export function sampleRow(
  sample: Fields,
  { line, model, options }: { line: number; model: string | null; options: ForeignOptions },
): Sample | { problem: string } {
  const id = words(at(sample, 'id'));
  if (id === null) return { problem: 'the sample has no id' };
  const attached = resolver(fieldsAt(sample, 'attachments') ?? {});
  const output = fieldsAt(sample, 'output') ?? {};
  const stop = words(at(output, 'choices', 0, 'stop_reason'));
  const picked = pickScore(fieldsAt(sample, 'scores'), options);
  if (picked !== null && 'problem' in picked) return picked;
  const refused = stop === 'content_filter' && picked === null;
  const error =
    words(at(sample, 'error', 'message')) ??
    (refused ? `refused: ${words(at(output, 'error')) ?? 'content filter'}` : null);
  const answer = picked?.answer ?? null;
  return {
    ...emptyRow(line, sample),
    ...usageOf(sample, output, model),
    at: null,
    example: id,
    epoch: words(at(sample, 'epoch')) ?? '1',
    input: inputOf(sample, attached),
    expected: single(at(sample, 'target') ?? null),
    tags: tagsOf(at(sample, 'metadata')),
    output: attached(answer ?? completionOf(output)),
    score: error === null ? (picked?.value ?? null) : null,
    unparsed: picked !== null && picked.noAnswer,
    latencyMs:
      seconds(at(sample, 'working_time')) ?? seconds(at(sample, 'total_time')) ?? seconds(at(output, 'time')),
    model,
    finish: stop === 'max_tokens' || stop === 'model_length' || stop === 'length' ? 'length' : null,
    error,
  };
}

interface Picked {
  value: Json;
  answer: string | null;
  noAnswer: boolean;
}

/** The score of the wanted scorer (`scorer` or `scorer.key` of a dictionary), else of the first one. */
function pickScore(scores: Fields | null, options: ForeignOptions): Picked | { problem: string } | null {
  const names = Object.keys(scores ?? {});
  const [first] = names;
  if (scores === null || first === undefined) return null;
  const wanted = options.score;
  const name =
    wanted === undefined ? first : names.find((one) => wanted === one || wanted.startsWith(`${one}.`));
  if (name === undefined)
    return { problem: `no scorer "${wanted ?? ''}"; there are: ${names.slice(0, 10).join(', ')}` };
  if (wanted === undefined && names.length > 1)
    options.note('score_chosen', `${first} (others: ${names.slice(1, 6).join(', ')})`);
  const score = scores[name] ?? null;
  const key = wanted?.slice(name.length + 1) ?? '';
  const whole = at(score, 'value') ?? null;
  const value = key === '' ? whole : (at(whole, ...key.split('.')) ?? null);
  if (isFields(value))
    return {
      problem: `the score "${name}" has parts: name one with --score ${name}.${Object.keys(value)[0] ?? 'KEY'}`,
    };
  const answer = at(score, 'answer');
  return { value: letterScore(value), answer: words(answer), noAnswer: value === 'N' };
}

/** Inspect's own letters; anything else is judged as in any other file. */
function letterScore(value: Json): Json {
  if (value === 'C') return 1;
  if (value === 'I' || value === 'N') return 0;
  return value === 'P' ? 0.5 : value;
}

/** Tokens and cost of the evaluated model alone: graders and helpers are listed beside it. */
function usageOf(
  sample: Fields,
  output: Fields,
  model: string | null,
): Pick<ForeignRow, 'costUsd' | 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'cacheWriteTokens'> {
  const byModel = fieldsAt(sample, 'model_usage');
  const own = model === null ? null : fieldsAt(byModel, model);
  const usage =
    own ?? (byModel === null || Object.keys(byModel).length === 0 ? fieldsAt(output, 'usage') : null) ?? {};
  const read = amount(at(usage, 'input_tokens_cache_read'));
  const written = amount(at(usage, 'input_tokens_cache_write'));
  const plain = amount(at(usage, 'input_tokens'));
  return {
    costUsd: amount(at(usage, 'total_cost')),
    inputTokens: plain === null ? null : sum([plain, read, written]),
    outputTokens: amount(at(usage, 'output_tokens')),
    cachedInputTokens: read,
    cacheWriteTokens: written,
  };
}

const single = (value: Json): Json =>
  Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value;

const completionOf = (output: Fields): string | null => {
  const completion = answerText(at(output, 'completion'));
  return completion === null || completion === ''
    ? (messageText(at(output, 'choices', 0, 'message', 'content')) ?? completion)
    : completion;
};

function messageText(content: Json | undefined): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content.map((part) => at(part, 'text')).filter((text) => typeof text === 'string');
  return texts.length === 0 ? null : texts.join('\n');
}

/** One user message is its text; a conversation stays a list of messages. */
function inputOf(sample: Fields, attached: (text: string | null) => string | null): Fields | null {
  const given = at(sample, 'input');
  const choices = at(sample, 'choices');
  const asked: Json | null =
    typeof given === 'string'
      ? attached(given)
      : Array.isArray(given) && given.length === 1
        ? attached(messageText(at(given, 0, 'content')))
        : Array.isArray(given)
          ? given.map((message) => ({
              role: words(at(message, 'role')) ?? 'user',
              content: attached(messageText(at(message, 'content'))),
            }))
          : null;
  if (asked === null) return null;
  return { input: asked, ...(Array.isArray(choices) && choices.length > 0 ? { choices } : {}) };
}

/** Long texts are kept once under `attachments` and named by hash where they stood. */
const resolver =
  (attachments: Fields) =>
  (text: string | null): string | null =>
    text?.replace(/attachment:\/\/([0-9a-f]{32})/g, (whole, hash: string) => {
      const found = Object.hasOwn(attachments, hash) ? attachments[hash] : undefined;
      return typeof found === 'string' ? found : whole;
    }) ?? null;
