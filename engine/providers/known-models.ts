import type { ModelInfo, ProviderInfo } from '../api/index.ts';
import { priceOf } from './costs.ts';
import { localModelNames } from './local/index.ts';
import { PRICE_TABLE_DATE, tableModels } from './price-table.ts';
import type { ModelSpec, ProviderRegistry } from './provider.ts';

/** Providers whose models the table lists, in the order in which a bare name is looked up. */
const listed = ['openai', 'anthropic'];

export const knownNames = (provider: string): string[] =>
  provider === 'local'
    ? localModelNames
    : tableModels(provider === 'openai-responses' ? 'openai' : provider).map(({ id }) => id);

/** Models that can be named in a pipeline, local ones first; `search` matches anywhere in `provider/model`. */
export function knownModels({ search, limit }: { search?: string | undefined; limit: number }): {
  total: number;
  models: ModelInfo[];
} {
  const wanted = search?.toLowerCase() ?? '';
  const all = ['local', ...listed].flatMap((provider) =>
    knownNames(provider).map((model) => ({ provider, model })),
  );
  const found = all.filter(({ provider, model }) => `${provider}/${model}`.toLowerCase().includes(wanted));
  return { total: found.length, models: found.slice(0, limit).map(modelInfo) };
}

function modelInfo({ provider, model }: Pick<ModelSpec, 'provider' | 'model'>): ModelInfo {
  const price = priceOf({ provider, model, parameters: {} });
  return {
    id: `${provider}/${model}`,
    provider,
    model,
    inputPerMTok: price?.inputPerMTok ?? null,
    outputPerMTok: price?.outputPerMTok ?? null,
    priceDate: price === null ? null : PRICE_TABLE_DATE,
    nominal: price?.nominal ?? false,
  };
}

export function providerInfos(
  registry: ProviderRegistry,
  hasKey: (variable: string) => boolean,
): ProviderInfo[] {
  return registry.list().map(({ id, keyVariable }) => ({
    id,
    keyVariable,
    keySet: keyVariable !== null && hasKey(keyVariable),
  }));
}
