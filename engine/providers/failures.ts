/** From whatever an SDK, a socket or a parser throws to one of the failure classes. */
import type { FailureClass } from '../api/index.ts';
import { ProviderError, type ProviderFailure } from './provider.ts';

export interface FailureContext {
  /** `provider/model`, for the message. */
  name: string;
  /** Blotted out of every message. */
  key: string | null;
  /** Wall clock, for Retry-After dates. */
  nowMs: number;
  /** Whether a stream had begun to arrive. */
  streaming: boolean;
}

/** Refused by an HTTP status before any work: not charged. The same inside a stream or a body may be. */
const unpaidClasses = new Set<FailureClass>([
  'rate_limited',
  'overloaded',
  'auth',
  'bad_request',
  'context_overflow',
]);
const MESSAGE_LIMIT = 500;

/** What is no failure of a call (a defect of ours, say) comes back as it was thrown. */
export function toProviderError(thrown: unknown, context: FailureContext): unknown {
  if (thrown instanceof ProviderError) return thrown;
  const api = apiError(thrown);
  if (api !== null) {
    const failureClass = classOf(api);
    return new ProviderError({
      class: failureClass,
      message: describe(context, `${api.status === null ? '' : `HTTP ${api.status}: `}${api.message}`),
      status: api.status,
      retryAfterMs: retryAfterMs(api.headers, context.nowMs),
      paidUsd: api.status !== null && !context.streaming && unpaidClasses.has(failureClass) ? 0 : null,
    });
  }
  if (thrown instanceof SyntaxError)
    return failure(context, 'malformed', `the answer cannot be read: ${thrown.message}`);
  const codes = errorCodes(thrown);
  if (codes.length === 0 && !isConnectionError(thrown)) return thrown;
  // Refused, or no such host: nothing was sent.
  const unsent = codes.some((code) =>
    ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'].includes(code),
  );
  const reason = codes.length > 0 ? ` (${codes.join(', ')})` : '';
  return context.streaming
    ? failure(context, 'stream_cut', `the stream broke off${reason}.`)
    : failure(context, 'connection', `no connection, or it was lost${reason}.`, unsent ? 0 : null);
}

export function failure(
  context: Pick<FailureContext, 'name' | 'key'>,
  failureClass: FailureClass,
  message: string,
  paidUsd: number | null = null,
): ProviderError {
  const failed: ProviderFailure = {
    class: failureClass,
    message: describe(context, message),
    status: null,
    retryAfterMs: null,
    paidUsd,
  };
  return new ProviderError(failed);
}

interface ApiError {
  status: number | null;
  type: string;
  code: string;
  message: string;
  headers: Headers | null;
}

/** Both SDKs are generated alike: an API error has `status`, `headers`, and the JSON body under `error`. */
function apiError(thrown: unknown): ApiError | null {
  if (!(thrown instanceof Error) || !('status' in thrown) || !('error' in thrown)) return null;
  const status = typeof thrown.status === 'number' ? thrown.status : null;
  if (status === null && !isObject(thrown.error)) return null;
  const outer = isObject(thrown.error) ? thrown.error : {};
  const body = isObject(outer['error']) ? outer['error'] : outer;
  return {
    status,
    type: text(body['type']),
    code: text(body['code']),
    message: text(body['message']) || 'no reason given',
    headers: 'headers' in thrown && thrown.headers instanceof Headers ? thrown.headers : null,
  };
}

const overflow =
  /context[ _](length|window)|maximum context|prompt is too long|input is too long|too many (input )?tokens|exceeds the (maximum|model).*tokens/i;

function classOf({ status, type, code, message }: ApiError): FailureClass {
  if (code === 'context_length_exceeded') return 'context_overflow';
  if (code === 'content_policy_violation' || code === 'content_filter') return 'refused';
  // A spent account answers 429 for ever: waiting does not help, another key does.
  if (code === 'insufficient_quota' || type === 'insufficient_quota' || type === 'billing_error')
    return 'auth';
  if (status === null) return classOfType(type, code, message);
  if (status === 401 || status === 402 || status === 403) return 'auth';
  if (status === 408) return 'timeout';
  if (status === 429) return 'rate_limited';
  if (status === 503 || status === 529) return 'overloaded';
  if (status >= 500) return 'server_error';
  return overflow.test(message) ? 'context_overflow' : 'bad_request';
}

/** Errors that arrive inside a stream carry a type and no status. */
function classOfType(type: string, code: string, message: string): FailureClass {
  const named = `${type} ${code}`;
  if (/overloaded/.test(named)) return 'overloaded';
  if (/rate_limit/.test(named)) return 'rate_limited';
  if (/authentication|permission|invalid_api_key/.test(named)) return 'auth';
  if (/timeout/.test(named)) return 'timeout';
  if (overflow.test(message)) return 'context_overflow';
  if (/invalid_request|invalid_prompt|not_found|too_large/.test(named)) return 'bad_request';
  return 'server_error';
}

/** `retry-after-ms`, or `retry-after` in seconds or as an HTTP date. Never negative; null when absent or unreadable. */
export function retryAfterMs(headers: Headers | null, nowMs: number): number | null {
  const exact = headers?.get('retry-after-ms') ?? '';
  if (/^\d+(\.\d+)?$/.test(exact)) return Math.round(Number(exact));
  const value = headers?.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return Math.round(Number(value) * 1000);
  // Without a letter it is no HTTP date, though Date.parse would read `-5` as a year.
  const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, Math.round(date - nowMs));
}

function describe({ name, key }: Pick<FailureContext, 'name' | 'key'>, message: string): string {
  const blotted = key === null || key === '' ? message : message.replaceAll(key, '[key]');
  // Providers quote a wrong key back, part of it starred out. Cut first: a long message must not cost its square.
  const quoted = /\bsk-[\w*.-]+|[\w.-]*\*{3,}[\w*.-]*/g;
  return `${name}: ${blotted
    .slice(0, 4 * MESSAGE_LIMIT)
    .replaceAll(quoted, '[key]')
    .slice(0, MESSAGE_LIMIT)}`;
}

/** System error codes of an error and its causes. */
function errorCodes(thrown: unknown): string[] {
  const codes: string[] = [];
  let current = thrown;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if ('code' in current && typeof current.code === 'string') codes.push(current.code);
    current = current.cause;
  }
  return codes;
}

/** The SDKs' APIConnectionError (an API error without status), and what fetch throws when a body breaks off. */
const isConnectionError = (thrown: unknown): boolean =>
  thrown instanceof Error && ('status' in thrown || ['terminated', 'fetch failed'].includes(thrown.message));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
