import { costUsd, priceOf } from './costs.ts';
import { tableEntry } from './price-table.ts';
import type { ModelRequest, ModelSpec, Usage } from './provider.ts';

/** Wrapping of a message in tokens of its own: role, separators. */
const TOKENS_PER_MESSAGE = 16;
const FIXED_TOKENS = 64;
/** Messages has no default of its own: what is asked for where the spec gives no limit. */
export const ANTHROPIC_MAX_TOKENS = 4096;

/**
 * The most a request may cost, USD; null when the price or the length of the answer is not bounded.
 * Input: a token is at least one byte of UTF-8 in every byte-level vocabulary, so bytes bound tokens from above (about
 * four times what English is); tools and schema count too; nothing is taken to be cached, and all of it may be written
 * to the cache, which can be dearer than reading. Output: maxOutputTokens, or the model's whole context.
 */
export function worstCaseUsd(request: ModelRequest): number | null {
  const { spec, messages, tools, output } = request;
  const price = priceOf(spec);
  if (price === null) return null;
  if (price.inputPerMTok === undefined && price.outputPerMTok === undefined) return price.perCallUsd ?? null;
  let inputTokens = FIXED_TOKENS;
  for (const message of messages) {
    inputTokens += TOKENS_PER_MESSAGE + Buffer.byteLength(message.content);
    if (message.toolCalls !== undefined) inputTokens += Buffer.byteLength(JSON.stringify(message.toolCalls));
  }
  if (tools !== undefined) inputTokens += Buffer.byteLength(JSON.stringify(tools));
  if (output !== undefined) inputTokens += Buffer.byteLength(JSON.stringify(output));
  const outputTokens = outputLimit(spec);
  if (outputTokens === null) return null;
  const uncached: Usage = { inputTokens, outputTokens, cachedInputTokens: 0, cacheWriteTokens: 0 };
  const plain = costUsd(spec, uncached);
  const written = costUsd(spec, { ...uncached, cacheWriteTokens: inputTokens });
  return plain === null || written === null ? null : Math.max(plain, written);
}

const limitNames = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];

/** Answers asked for (`n`) times the limit of each; parameters go to the provider as they are, so they may hold one. */
function outputLimit(spec: ModelSpec): number | null {
  const given = limitNames.map((name) => spec.parameters[name]).filter((value) => typeof value === 'number');
  const answers = typeof spec.parameters['n'] === 'number' ? Math.max(1, spec.parameters['n']) : 1;
  const stated = spec.maxOutputTokens === undefined ? given : [...given, spec.maxOutputTokens];
  if (stated.length > 0) return answers * Math.max(...stated);
  if (spec.provider === 'anthropic') return answers * ANTHROPIC_MAX_TOKENS;
  const window = tableEntry(spec, new Date())?.contextWindow ?? null;
  return window === null ? null : answers * window;
}
