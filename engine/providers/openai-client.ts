import type OpenAI from 'openai';
import { headersInPlaceOf } from './environment-headers.ts';

/** An official client that reads nothing from the environment by itself, does not log, and does not retry. */
export async function openaiClient({
  baseUrl,
  key,
}: {
  baseUrl: string | undefined;
  key: string | null;
}): Promise<OpenAI> {
  const { OpenAI: Client } = await import('openai');
  return new Client({
    apiKey: key ?? 'none',
    baseURL: baseUrl ?? 'https://api.openai.com/v1',
    organization: null,
    project: null,
    adminAPIKey: null,
    maxRetries: 0,
    // The provider's own limit; ours, per attempt, is always shorter.
    timeout: 24 * 3600 * 1000,
    logLevel: 'off',
    // A prompt goes to the server that was named, not to one that it names.
    fetchOptions: { redirect: 'manual' },
    defaultHeaders: {
      ...headersInPlaceOf('OPENAI_CUSTOM_HEADERS', process.env),
      // A server that wants no key is not sent one.
      authorization: key === null ? null : `Bearer ${key}`,
    },
  });
}
