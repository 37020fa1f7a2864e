import { WorkbenchError } from '../api/index.ts';
import { anthropicWire } from './anthropic.ts';
import { localProvider } from './local/index.ts';
import { chatWire } from './openai-chat.ts';
import { responsesWire } from './openai-responses.ts';
import type { Provider, ProviderRegistry } from './provider.ts';
import { recordedProvider, type RecordedLookup } from './recorded.ts';
import { resolveModel } from './resolve.ts';
import { type ProviderContext, sdkProvider } from './sdk-provider.ts';
import { worstCaseUsd } from './worst-case.ts';

export interface ProviderOptions {
  env: Record<string, string | undefined>;
  /** Milliseconds, with fractions; for latencies. */
  clock?: () => number;
  /** Milliseconds since 1970; for Retry-After dates. */
  wallClock?: () => number;
  /** A key store of the door, asked before the environment. */
  secrets?: (variable: string) => string | null;
  recorded?: RecordedLookup;
}

export function createProviders({
  env,
  clock = () => performance.now(),
  wallClock = Date.now,
  secrets,
  recorded,
}: ProviderOptions): ProviderRegistry {
  const key = (variable: string): string | null => secrets?.(variable) || env[variable] || null;
  const context: ProviderContext = { clock, wallClock, key };
  const providers = new Map<string, Provider>();
  const add = (provider: Provider): void => void providers.set(provider.id, provider);
  add(localProvider(clock));
  add(sdkProvider(chatWire('openai'), context));
  add(sdkProvider(responsesWire, context));
  add(sdkProvider(anthropicWire, context));
  add(sdkProvider(chatWire('openai-compatible'), context));
  if (recorded !== undefined) add(recordedProvider(recorded));
  const ids = [...providers.keys()];
  return {
    get(id) {
      const provider = providers.get(id);
      if (provider !== undefined) return provider;
      throw new WorkbenchError('provider.unknown', `There is no provider "${id.slice(0, 200)}".`, {
        hint: `Use one of ${ids.join(', ')}.`,
        details: { provider: id.slice(0, 200), known: ids },
      });
    },
    list: () => [...providers.values()],
    resolve: (name) => resolveModel(name, ids),
    worstCaseUsd,
  };
}
