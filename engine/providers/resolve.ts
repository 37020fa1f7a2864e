import { WorkbenchError } from '../api/index.ts';
import { knownNames } from './known-models.ts';
import { nearNames } from '../text/index.ts';
import { tableEntry } from './price-table.ts';
import type { ModelSpec } from './provider.ts';

/** Providers with a list of their own; the others take any name. */
const withList = ['local', 'openai', 'openai-responses', 'anthropic'];
/** Where a bare name is looked up. The Responses API has the same models as `openai`. */
const bareOrder = ['local', 'openai', 'anthropic'];

export function resolveModel(name: string, providers: string[]): ModelSpec {
  const slash = name.indexOf('/');
  const prefix = slash < 0 ? '' : name.slice(0, slash);
  if (providers.includes(prefix)) {
    const model = name.slice(slash + 1);
    if (model === '' || (withList.includes(prefix) && !isKnown(prefix, model)))
      throw unknownModel(name, prefix);
    return { provider: prefix, model, parameters: {} };
  }
  const provider = bareOrder.find((id) => isKnown(id, name));
  if (provider === undefined) throw unknownModel(name, null);
  return { provider, model: name, parameters: {} };
}

function isKnown(provider: string, model: string): boolean {
  if (provider === 'local') return knownNames('local').includes(model);
  return tableEntry({ provider, model }, new Date()) !== null;
}

function unknownModel(name: string, provider: string | null): WorkbenchError {
  const known = (provider === null ? bareOrder : withList.filter((id) => id === provider)).flatMap((id) =>
    knownNames(id).map((model) => `${id}/${model}`),
  );
  const bare = known.map((full) => full.slice(full.indexOf('/') + 1));
  const near = nearNames(name, name.includes('/') ? known : bare);
  const escape =
    'For a model newer than the price table, or on a server of your own, write it as a map with provider, model, baseUrl and price.';
  return new WorkbenchError('model.unknown', `There is no model "${name.slice(0, 200)}".`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.join(', ')}? ${escape}`
        : `List models with \`kneepoint model list\`. ${escape}`,
    details: { name: name.slice(0, 200), near },
  });
}
