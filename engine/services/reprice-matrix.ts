/** Costs of recorded usage under another price table. Nothing is called; the run keeps its own costs. */
import type { ModelPrices, OutcomeMatrix, Pricing, Repriced, Repricing, Warning } from '../api/index.ts';
import { PRICE_TABLE_DATE, type Usage } from '../providers/index.ts';
import type { RecordedUsage, Store } from '../store/index.ts';
import { priceByName } from './model-names.ts';

/**
 * OpenAI and Anthropic, whose models the frozen table lists, both charge half for their batch services
 * (platform.openai.com/docs/guides/batch; docs.anthropic.com, "Batch processing"; read 2026-09).
 */
const BATCH_SHARE = 0.5;

export interface RepricedMatrix {
  matrix: OutcomeMatrix;
  repriced: Repriced;
}

/** The same outcomes with costs under `prices`. What has no price there, or no usage, is NaN: unknown. */
export async function repriceMatrix(
  store: Store,
  matrix: OutcomeMatrix,
  prices: Repricing,
): Promise<RepricedMatrix> {
  const { examples, candidates } = matrix;
  const rowOf = new Map(examples.map((id, row) => [id, row]));
  const columnOf = new Map(candidates.map((id, column) => [id, column]));
  const costs = candidates.map(() => new Float64Array(examples.length).fill(NaN));
  const seen = candidates.map(() => new Uint8Array(examples.length));
  const blind = candidates.map(() => new Uint8Array(examples.length));
  const price = pricing(matrix, prices);
  for await (const batch of store.runs.usage(matrix.runs, candidates)) {
    for (let i = 0; i < batch.rows; i++) {
      const row = rowOf.get(batch.examples[i]!);
      const column = columnOf.get(batch.candidates[i]!);
      if (row === undefined || column === undefined) continue;
      const usage = usageAt(batch, i);
      const cost = price(batch, i, usage);
      if (usage !== null && !usage.cacheKnown) blind[column]![row] = 1;
      const before = seen[column]![row] === 1 ? costs[column]![row]! : 0;
      costs[column]![row] = before + cost;
      seen[column]![row] = 1;
    }
  }
  const counts = { known: 0, unknown: 0, cacheUnknown: 0 };
  const priced = candidates.map((_, c) => {
    let some = false;
    for (let row = 0; row < examples.length; row++) {
      if (seen[c]![row] === 0) continue;
      const known = !Number.isNaN(costs[c]![row]!);
      some ||= known;
      counts[known ? 'known' : 'unknown']++;
      // Only the recorded way of pricing needs to know.
      if (known && blind[c]![row] === 1 && prices.pricing === 'recorded') counts.cacheUnknown++;
    }
    return some;
  });
  return {
    // A table says what is charged; a price the sample declared is no longer in these costs.
    matrix: { ...matrix, costs, nominal: new Set() },
    repriced: {
      table:
        prices.name ?? (prices.models === undefined ? `frozen table of ${PRICE_TABLE_DATE}` : 'given prices'),
      pricing: prices.pricing,
      ...counts,
      unpriced: candidates.filter((_, c) => !priced[c]),
    },
  };
}

export function repricedWarnings({ table, unpriced, unknown, known, cacheUnknown }: Repriced): Warning[] {
  const warnings: Warning[] = [];
  if (unpriced.length > 0)
    warnings.push({
      code: 'compare.price_missing',
      message: `${unpriced.length} candidates have no price in the table (${table}), or no usage that was recorded: their cost is unknown, not 0.`,
      count: unpriced.length,
      examples: unpriced.slice(0, 3),
    });
  if (unknown > 0)
    warnings.push({
      code: 'compare.usage_unknown',
      message: `${unknown} of ${known + unknown} outcomes could not be priced anew.`,
      count: unknown,
      examples: [],
    });
  if (cacheUnknown > 0)
    warnings.push({
      code: 'compare.cache_unknown',
      message: `${cacheUnknown} outcomes do not say how many tokens came from a cache: priced as if none had.`,
      count: cacheUnknown,
      examples: [],
    });
  return warnings;
}

interface KnownUsage extends Usage {
  cacheKnown: boolean;
}

function usageAt(batch: RecordedUsage, i: number): KnownUsage | null {
  const [inputTokens, outputTokens] = [batch.inputTokens[i]!, batch.outputTokens[i]!];
  if (Number.isNaN(inputTokens) || Number.isNaN(outputTokens)) return null;
  const [cached, written] = [batch.cachedInputTokens[i]!, batch.cacheWriteTokens[i]!];
  const cacheKnown = !Number.isNaN(cached);
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: cacheKnown ? cached : 0,
    cacheWriteTokens: Number.isNaN(written) ? 0 : written,
    cacheKnown,
  };
}

/** NaN where the price, or the usage it needs, is not known. */
function pricing(
  matrix: OutcomeMatrix,
  { models, pricing: way }: Repricing,
): (batch: RecordedUsage, i: number, usage: KnownUsage | null) => number {
  return (batch, i, usage) => {
    const calls = batch.calls[i]!;
    if (Number.isNaN(calls)) return NaN;
    const used = usage && asPriced(usage, way);
    const names = namesOf(matrix, batch, i);
    if (models === undefined) {
      if (used === null) return NaN;
      for (const name of names) {
        const usd = priceByName(name, used, null);
        if (usd !== null) return way === 'batch' ? usd * BATCH_SHARE : usd;
      }
      return NaN;
    }
    const name = names.find((one) => Object.hasOwn(models, one));
    return name === undefined ? NaN : costOf(models[name]!, used, { calls, way });
  };
}

/** Most telling first: the model a call asked for before the candidate it was for. */
function namesOf(matrix: OutcomeMatrix, batch: RecordedUsage, i: number): string[] {
  const candidate = batch.candidates[i]!;
  const asked = batch.models[i] ?? null;
  const facts = Object.hasOwn(matrix.models, candidate) ? matrix.models[candidate] : undefined;
  const of = (name: string): string[] => [name, name.slice(name.indexOf('/') + 1)];
  if (asked !== null) return [...of(asked), ...(batch.answeredBy[i] ? [batch.answeredBy[i]] : []), candidate];
  const own = facts?.model ?? null;
  if (own === null) return [candidate];
  return [candidate, ...(facts?.provider ? [`${facts.provider}/${own}`] : []), own];
}

function asPriced(usage: KnownUsage, way: Pricing): Usage {
  switch (way) {
    case 'recorded':
      return usage;
    case 'uncached':
    case 'batch':
      return { ...usage, cachedInputTokens: 0, cacheWriteTokens: 0 };
    case 'cached':
      return { ...usage, cachedInputTokens: usage.inputTokens, cacheWriteTokens: 0 };
  }
}

function costOf(
  price: ModelPrices,
  usage: Usage | null,
  { calls, way }: { calls: number; way: Pricing },
): number {
  const perCalls = (price.perCallUsd ?? 0) * calls;
  if (price.inputPerMTok === undefined || price.outputPerMTok === undefined) return perCalls;
  if (usage === null) return NaN;
  if (way === 'batch') {
    const { batchInputPerMTok: input = NaN, batchOutputPerMTok: output = NaN } = price;
    return (usage.inputTokens * input + usage.outputTokens * output) / 1e6 + perCalls;
  }
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens } = usage;
  const tokens =
    (inputTokens - cachedInputTokens - cacheWriteTokens) * price.inputPerMTok +
    cachedInputTokens * (price.cachedInputPerMTok ?? price.inputPerMTok) +
    cacheWriteTokens * (price.cacheWritePerMTok ?? price.inputPerMTok) +
    outputTokens * price.outputPerMTok;
  return tokens / 1e6 + perCalls;
}
