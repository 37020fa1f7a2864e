/** What a call costs. Unknown is null and never 0. */
import type { ModelPrice } from '@pydantic/genai-prices';
import { tableEntry } from './price-table.ts';
import type { ModelSpec, PriceSpec, Usage } from './provider.ts';

/** Price per million tokens at a prompt of `inputTokens` tokens. */
export interface TokenPrice {
  inputPerMTok: number;
  outputPerMTok: number;
  cachedInputPerMTok: number;
  cacheWritePerMTok: number;
}

/**
 * The price of a model, USD per million tokens or per call: the spec's own when it declares one, else the frozen
 * table's at a prompt of `inputTokens` tokens (long prompts may be on a dearer tier); null when unknown.
 */
export function priceOf(spec: ModelSpec, { inputTokens = 0, at = new Date() } = {}): PriceSpec | null {
  if (spec.price !== undefined) return spec.price;
  const entry = tableEntry(spec, at);
  const table = entry && tokenPrice(entry.prices, inputTokens);
  return table && { ...table, nominal: false };
}

/** USD of one call with this usage; null when the price or the usage is unknown. */
export function costUsd(spec: ModelSpec, usage: Usage | null, at?: Date): number | null {
  const price = priceOf(spec, { inputTokens: usage?.inputTokens ?? 0, ...(at && { at }) });
  if (price === null) return null;
  const { inputPerMTok, outputPerMTok, perCallUsd } = price;
  if (inputPerMTok === undefined && outputPerMTok === undefined) return perCallUsd ?? null;
  if (usage === null || inputPerMTok === undefined || outputPerMTok === undefined) return null;
  const plain = usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens;
  const tokensUsd =
    plain * inputPerMTok +
    usage.cachedInputTokens * (price.cachedInputPerMTok ?? inputPerMTok) +
    usage.cacheWriteTokens * (price.cacheWritePerMTok ?? inputPerMTok) +
    usage.outputTokens * outputPerMTok;
  return tokensUsd / 1e6 + (perCallUsd ?? 0);
}

/**
 * USD of an answer at the price of the model that gave it. A snapshot the table does not list (`model-2026-01-01`) is
 * charged as the model asked for; an answer of any other unlisted model has no known price, also of one whose name merely
 * begins alike.
 */
export function answerCostUsd(spec: ModelSpec, answeredBy: string, usage: Usage | null): number | null {
  if (spec.price !== undefined) return costUsd(spec, usage);
  const listed = costUsd({ ...spec, model: answeredBy }, usage);
  if (listed !== null) return listed;
  const isSnapshot = answeredBy.startsWith(spec.model) && snapshot.test(answeredBy.slice(spec.model.length));
  return isSnapshot ? costUsd(spec, usage) : null;
}

const snapshot = /^(?:[-@](?:\d{4}-?\d{2}-?\d{2}|\d{4}|latest))?$/;

/** Null where input or output has no price. A cache price that is not listed is the input price. */
export function tokenPrice(prices: ModelPrice, inputTokens: number): TokenPrice | null {
  const inputPerMTok = atTier(prices['input_mtok'], inputTokens);
  const outputPerMTok = atTier(prices['output_mtok'], inputTokens);
  if (inputPerMTok === null || outputPerMTok === null) return null;
  return {
    inputPerMTok,
    outputPerMTok,
    cachedInputPerMTok: atTier(prices['cache_read_mtok'], inputTokens) ?? inputPerMTok,
    cacheWritePerMTok: atTier(prices['cache_write_mtok'], inputTokens) ?? inputPerMTok,
  };
}

/** Tiers are thresholds: a prompt above a tier's start is charged wholly at that tier. */
function atTier(price: ModelPrice[string], inputTokens: number): number | null {
  if (price === undefined) return null;
  if (typeof price === 'number') return price;
  let current = price.base;
  for (const { start, price: tier } of price.tiers.toSorted((a, b) => a.start - b.start)) {
    if (inputTokens > start) current = tier;
  }
  return current;
}
