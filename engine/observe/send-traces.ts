/** One OTLP/HTTP request to a receiver, tried again where it asks for that. */
import { z } from 'zod';
import { WorkbenchError } from '../api/index.ts';
import type { OtlpRequest } from './otlp.ts';

const ATTEMPTS = 5;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 60_000;
/** opentelemetry.io/docs/specs/otlp: the statuses that may be retried. */
const retryable = new Set([429, 502, 503, 504]);

const Answer = z.object({
  partialSuccess: z
    .object({ rejectedSpans: z.coerce.number().default(0), errorMessage: z.string().default('') })
    .optional(),
});

export async function sendTraces(
  request: OtlpRequest,
  to: {
    endpoint: string;
    headers: Record<string, string>;
    fetch: typeof globalThis.fetch;
    sleep(ms: number): Promise<void>;
  },
): Promise<{ rejected: number; message: string }> {
  const url = new URL(to.endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  const body = JSON.stringify(request);
  for (let attempt = 1; ; attempt++) {
    let response: Response;
    try {
      response = await to.fetch(url, {
        method: 'POST',
        headers: { ...to.headers, 'content-type': 'application/json' },
        body,
        redirect: 'error',
      });
    } catch (cause) {
      if (attempt < ATTEMPTS) {
        await to.sleep(FIRST_DELAY_MS * 2 ** (attempt - 1));
        continue;
      }
      throw failed(`${url.origin} does not answer`, cause);
    }
    const text = await response.text();
    if (response.ok) {
      const answer = Answer.safeParse(text === '' ? {} : parsed(text));
      const partial = answer.success ? answer.data.partialSuccess : undefined;
      return { rejected: partial?.rejectedSpans ?? 0, message: partial?.errorMessage ?? '' };
    }
    if (!retryable.has(response.status) || attempt >= ATTEMPTS) {
      throw failed(`${url.origin} answered ${response.status}: ${text.slice(0, 200)}`);
    }
    const asked = Number(response.headers.get('retry-after')) * 1000;
    const waits = asked > 0 ? asked : FIRST_DELAY_MS * 2 ** (attempt - 1);
    await to.sleep(Math.min(LONGEST_DELAY_MS, waits));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return {};
  }
}

const failed = (message: string, cause?: unknown): WorkbenchError =>
  new WorkbenchError('traces.not_sent', `The traces could not be sent: ${message}.`, {
    hint: 'Check the address of the receiver (OTLP over HTTP, JSON), or write a file with `--out`.',
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
