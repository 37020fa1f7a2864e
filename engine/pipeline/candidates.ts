import { type Json, toWorkbenchError } from '../api/index.ts';
import type { ModelSpec, ProviderRegistry } from '../providers/provider.ts';
import type { SourceDocument } from './document.ts';
import { nearNamesHint } from '../text/index.ts';
import { isJsonMap, readPart } from './parts.ts';
import { CandidatePart } from './specification.ts';

/** The models a pipeline declares, by the name it gives them; null for one that has a problem of its own. */
export type Declared = Map<string, ModelSpec | null>;

/** `candidates:` as a map of name to model, or a list of model names that then name themselves. `needed`: some step asks one. */
export function readCandidates(
  document: SourceDocument,
  value: Json | undefined,
  registry: ProviderRegistry,
  needed: boolean,
): Declared {
  const declared: Declared = new Map();
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      if (typeof item === 'string')
        declared.set(item, tryResolve(document, item, ['candidates', index], registry));
      else {
        document.report(
          ['candidates', index],
          'A list of candidates holds model names.',
          'Write `provider/model`, or make `candidates` a map of names to models.',
        );
      }
    });
  } else if (isJsonMap(value)) {
    for (const [name, item] of Object.entries(value))
      declared.set(name, readOne(document, name, item, registry));
  }
  if (declared.size === 0 && needed) {
    document.report(
      ['candidates'],
      'The pipeline declares no candidates.',
      'Add `candidates:` with a name for each model, e.g. `small: openai/gpt-4o-mini`.',
    );
  }
  return declared;
}

function readOne(
  document: SourceDocument,
  name: string,
  item: Json,
  registry: ProviderRegistry,
): ModelSpec | null {
  const path = ['candidates', name];
  if (typeof item === 'string') return tryResolve(document, item, path, registry);
  const part = readPart(document, CandidatePart, item, path);
  if (part === null) return null;
  const providers = registry.list().map((provider) => provider.id);
  if (!providers.includes(part.provider)) {
    document.report(
      [...path, 'provider'],
      `There is no provider \`${part.provider}\`.`,
      nearNamesHint(part.provider, providers, 'provider'),
    );
    return null;
  }
  // A provider with its own list of models (the local ones) refuses a name that is not on it.
  if (
    part.baseUrl === undefined &&
    !tryResolve(document, `${part.provider}/${part.model}`, [...path, 'model'], registry)
  ) {
    return null;
  }
  return specOf(part);
}

function tryResolve(
  document: SourceDocument,
  name: string,
  path: (string | number)[],
  registry: ProviderRegistry,
): ModelSpec | null {
  try {
    return registry.resolve(name);
  } catch (thrown) {
    const error = toWorkbenchError(thrown);
    if (error.kind === 'bug') throw error;
    document.report(path, error.message, error.hint ?? 'Name a model as `provider/model`.');
    return null;
  }
}

/** exactOptionalPropertyTypes: keys that were not written must not be there. */
function specOf(part: CandidatePart): ModelSpec {
  const { price, ...rest } = part;
  const spec = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const cleanPrice =
    price && Object.fromEntries(Object.entries(price).filter(([, value]) => value !== undefined));
  // The part was parsed by zod with the same keys and types as ModelSpec.
  return { ...spec, ...(cleanPrice ? { price: cleanPrice } : {}) } as unknown as ModelSpec;
}
