import type { ModelResponse, ModelSpec } from '../providers/provider.ts';

/** A ledger answer at today's declared price: the pipeline's author may have corrected it since. */
export function reprice(spec: ModelSpec, response: ModelResponse): ModelResponse {
  const { price } = spec;
  if (price === undefined) return response;
  return { ...response, costUsd: costUsd(price, response.usage) };
}

function costUsd(price: NonNullable<ModelSpec['price']>, usage: ModelResponse['usage']): number | null {
  const { inputPerMTok, outputPerMTok, perCallUsd } = price;
  if (inputPerMTok === undefined && outputPerMTok === undefined) return perCallUsd ?? null;
  if (usage === null || inputPerMTok === undefined || outputPerMTok === undefined) return null;
  const plain = usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens;
  const tokens =
    plain * inputPerMTok +
    usage.cachedInputTokens * (price.cachedInputPerMTok ?? inputPerMTok) +
    usage.cacheWriteTokens * (price.cacheWritePerMTok ?? inputPerMTok) +
    usage.outputTokens * outputPerMTok;
  return tokens / 1e6 + (perCallUsd ?? 0);
}
