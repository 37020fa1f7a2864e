/** Models as other tools write them, looked up in the frozen price table. */
import type { PriceOf } from '../../datasets/index.ts';
import { PRICE_TABLE_DATE, costUsd, priceOf, priceTableSha256 } from '../providers/index.ts';

interface Named {
  provider: string;
  model: string;
}

/** Providers whose prices the table has, by the names other tools give them. */
const aliases: Record<string, string> = {
  openai: 'openai',
  anthropic: 'anthropic',
  'openai-responses': 'openai',
};

/**
 * `openai/gpt-4o`, `openai:chat:gpt-4o`, `anthropic:messages:claude-…`, or a bare name. A name with a provider that is
 * not in the table (azure, bedrock, a proxy) has other prices and is not looked up.
 */
function readings(name: string): Named[] {
  const parts = name.trim().split(/[/:]/);
  const [provider = '', ...rest] = parts;
  if (rest.length === 0) return ['openai', 'anthropic'].map((one) => ({ provider: one, model: name.trim() }));
  const known = Object.hasOwn(aliases, provider.toLowerCase()) ? aliases[provider.toLowerCase()] : undefined;
  const kind = rest.length === 2 && /^(chat|completion|responses|messages|assistant)$/.test(rest[0] ?? '');
  const model = rest.length === 1 ? rest[0] : kind ? rest[1] : undefined;
  return known === undefined || model === undefined ? [] : [{ provider: known, model }];
}

const spec = ({ provider, model }: Named) => ({ provider, model, parameters: {} });

/** A table of a million outcomes names few models: each is looked up once. */
const lookedUp = new Map<string, Named | null>();
const MAX_FOUND = 10_000;

function known(name: string): Named | null {
  const before = lookedUp.get(name);
  if (before !== undefined) return before;
  const named = readings(name).find((one) => priceOf(spec(one)) !== null) ?? null;
  if (lookedUp.size < MAX_FOUND) lookedUp.set(name, named);
  return named;
}

/** USD of a call; null where the table does not know the model. */
export const priceByName: PriceOf = (name, usage, at) => {
  const found = known(name);
  return found === null ? null : costUsd(spec(found), usage, at ?? undefined);
};

/** What a run remembers of a candidate's model. Unknown is null, never 0. */
export function modelFacts(name: string) {
  const found = known(name);
  const price = found === null ? null : priceOf(spec(found));
  return {
    provider: found?.provider ?? null,
    model: found?.model ?? name,
    parameters: {},
    inputPerMTok: price?.inputPerMTok ?? null,
    outputPerMTok: price?.outputPerMTok ?? null,
    priceDate: price === null ? null : PRICE_TABLE_DATE,
    priceHash: price === null ? null : priceTableSha256(),
  };
}
