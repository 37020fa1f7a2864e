/** The frozen price table: what @pydantic/genai-prices carries at the version in package.json. Never refreshed at run time. */
import { hash } from 'node:crypto';
import { findProvider, type ModelInfo as TableModel, type ModelPrice } from '@pydantic/genai-prices';
import type { ModelSpec } from './provider.ts';

/** Day the table's package version was published. */
export const PRICE_TABLE_DATE = '2026-09-23';

/** Whose list of models a provider's names are looked up in. */
export const tableOf: { [provider: string]: string } = {
  openai: 'openai',
  'openai-responses': 'openai',
  anthropic: 'anthropic',
};

export interface TableEntry {
  id: string;
  contextWindow: number | null;
  prices: ModelPrice;
}

export const tableModels = (table: string): TableModel[] => findProvider({ providerId: table })?.models ?? [];

/** The entry a model name falls under (dated snapshots included); null when the table does not know it. */
export function tableEntry(
  { provider, model }: Pick<ModelSpec, 'provider' | 'model'>,
  at: Date,
): TableEntry | null {
  const table = Object.hasOwn(tableOf, provider) ? tableOf[provider] : undefined;
  if (table === undefined) return null;
  const wanted = model.toLowerCase();
  const found = tableModels(table).find((entry) => entry.id === wanted || matches(entry.match, wanted));
  if (found === undefined) return null;
  return { id: found.id, contextWindow: found.context_window ?? null, prices: pricesAt(found, at) };
}

function matches(logic: TableModel['match'], name: string): boolean {
  if ('or' in logic) return logic.or.some((part) => matches(part, name));
  if ('and' in logic) return logic.and.every((part) => matches(part, name));
  if ('equals' in logic) return name === logic.equals;
  if ('starts_with' in logic) return name.startsWith(logic.starts_with);
  if ('ends_with' in logic) return name.endsWith(logic.ends_with);
  if ('contains' in logic) return name.includes(logic.contains);
  return new RegExp(logic.regex).test(name);
}

/** Dated price changes: the last one that has begun. Prices by time of day do not occur for our providers. */
export function pricesAt(entry: TableModel, at: Date): ModelPrice {
  if (!Array.isArray(entry.prices)) return entry.prices;
  let current: ModelPrice = {};
  for (const { constraint, prices } of entry.prices) {
    if (constraint === undefined) current = prices;
    else if (constraint.type === 'start_date' && at >= new Date(constraint.start_date)) current = prices;
  }
  return current;
}

let digest: string | null = null;
/** sha256 of the models and prices the engine can use, so that a figure can name the table it came from. */
export function priceTableSha256(): string {
  digest ??= hash(
    'sha256',
    JSON.stringify([...new Set(Object.values(tableOf))].map((id) => [id, tableModels(id)])),
  );
  return digest;
}
