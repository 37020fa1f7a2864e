/**
 * Requests to the Hub: its token goes to the Hub's own address and nowhere else, redirects are followed by hand, waits
 * are those the server asks for. Errors are told by X-Error-Code, as huggingface_hub (utils/_http.py) tells them.
 */
import { WorkbenchError } from '../../engine/api/index.ts';

export interface HubAccess {
  /** `https://huggingface.co`, or a mirror of it. */
  endpoint: string;
  /** Null: only what anybody may read. */
  token: string | null;
  fetch: typeof globalThis.fetch;
  /** Resolves after so many milliseconds; rejects when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface HubRequest {
  url: string;
  /** What is asked for, as the person knows it. */
  what: string;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

const MAX_REDIRECTS = 5;
const MAX_TRIES = 5;
/** A server that asks for more is told of instead of waited for. */
const MAX_WAIT_MS = 120_000;

/** Throws input.invalid for an address to which a token would travel in the clear. */
export function checkEndpoint({ endpoint, token }: Pick<HubAccess, 'endpoint' | 'token'>): URL {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new WorkbenchError('input.invalid', `HF_ENDPOINT "${endpoint}" is no http address.`, {
      hint: 'Set it to something like https://huggingface.co, or unset it.',
    });
  }
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (token !== null && url.protocol === 'http:' && !loopback) {
    throw new WorkbenchError('input.invalid', `HF_TOKEN would be sent to ${url.host} unencrypted.`, {
      hint: 'Use an https address for HF_ENDPOINT, or unset HF_TOKEN.',
    });
  }
  return url;
}

/** The response with its body unread: 200, 206, or 416. Tries again after 429, 5xx and broken connections. Throws hub.*. */
export async function hubRequest(access: HubAccess, request: HubRequest): Promise<Response> {
  for (let tries = 1; ; tries++) {
    let failure: WorkbenchError;
    let waitMs = 500 * 2 ** tries;
    try {
      const response = await followed(access, request);
      if (response.ok || response.status === 416) return response;
      await response.body?.cancel();
      if (response.status !== 429 && response.status < 500) throw refusal(access, request, response);
      const asked = retryAfterMs(response);
      failure = busy(request, response.status, asked);
      if (asked !== null) waitMs = asked;
      if (waitMs > MAX_WAIT_MS) throw failure;
    } catch (thrown) {
      if (thrown instanceof WorkbenchError) throw thrown;
      request.signal?.throwIfAborted();
      failure = unreachable(request.what, thrown);
    }
    if (tries === MAX_TRIES) throw failure;
    await access.sleep(waitMs, request.signal);
  }
}

async function followed(access: HubAccess, { url, headers, signal, what }: HubRequest): Promise<Response> {
  const home = checkEndpoint(access);
  let at = new URL(url);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await access.fetch(at, {
      redirect: 'manual',
      headers: {
        ...headers,
        // A body that were packed on the way would not have the length that was promised.
        'accept-encoding': 'identity',
        'user-agent': 'kneepoint',
        ...(access.token !== null && at.origin === home.origin
          ? { authorization: `Bearer ${access.token}` }
          : {}),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = URL.parse(location, at);
    if (
      next === null ||
      !/^https?:$/.test(next.protocol) ||
      (at.protocol === 'https:' && next.protocol === 'http:')
    ) {
      throw new WorkbenchError(
        'hub.malformed',
        `${what}: the Hub redirects to an address that is not safe.`,
        {
          hint: 'Check HF_ENDPOINT; try again later.',
        },
      );
    }
    at = next;
  }
  throw new WorkbenchError('hub.malformed', `${what}: more than ${MAX_REDIRECTS} redirects.`, {
    hint: 'Check HF_ENDPOINT; try again later.',
  });
}

/** Seconds or a date (RFC 9110, 10.2.3); null where it says neither. */
function retryAfterMs(response: Response): number | null {
  const text = response.headers.get('retry-after');
  if (text === null) return null;
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1000;
  const sent = Date.parse(response.headers.get('date') ?? '');
  const until = Date.parse(text);
  return Number.isNaN(until) || Number.isNaN(sent) ? null : Math.max(0, until - sent);
}

const busy = ({ what }: HubRequest, status: number, waitMs: number | null): WorkbenchError =>
  status === 429
    ? new WorkbenchError(
        'hub.rate_limited',
        `${what}: the Hub takes no more requests for now${waitMs === null ? '' : ` and asks to wait ${Math.ceil(waitMs / 1000)} s`}.`,
        {
          hint: 'Import again later: what was downloaded is kept. A token in HF_TOKEN has a higher limit.',
          retryable: true,
        },
      )
    : new WorkbenchError('hub.unavailable', `${what}: the Hub answers ${status}.`, {
        hint: 'Import again later: what was downloaded is kept.',
        retryable: true,
      });

export const unreachable = (what: string, cause: unknown): WorkbenchError =>
  new WorkbenchError('hub.unavailable', `${what}: the connection to the Hub failed.`, {
    cause,
    hint: 'Check the network (and HF_ENDPOINT), then import again: what was downloaded is kept.',
    retryable: true,
  });

function refusal(access: HubAccess, { what }: HubRequest, response: Response): WorkbenchError {
  const code = response.headers.get('x-error-code');
  const { status } = response;
  if (code === 'RevisionNotFound' || code === 'EntryNotFound') {
    return new WorkbenchError(
      'hub.not_found',
      `${what}: the Hub has no such ${code === 'EntryNotFound' ? 'file' : 'revision'}.`,
      {
        hint: 'Check what stands after the @: a branch, a tag or a commit.',
        details: { reason: code },
      },
    );
  }
  if (code === 'GatedRepo' || status === 403 || (status === 401 && access.token !== null)) {
    return new WorkbenchError(
      'hub.gated',
      `${what}: the Hub does not let ${access.token === null ? 'everybody' : 'this token'} read it.`,
      {
        hint: `Accept its conditions on its page at ${new URL(access.endpoint).host}, and set HF_TOKEN to a token that may read it.`,
      },
    );
  }
  if (status === 404 || status === 401) {
    return new WorkbenchError('hub.not_found', `${what}: the Hub has no such dataset, or it is private.`, {
      hint: 'Check the spelling (owner/name). For a private one set HF_TOKEN.',
    });
  }
  return new WorkbenchError('hub.malformed', `${what}: the Hub answers ${status}.`, {
    hint: 'Check the name and HF_ENDPOINT.',
  });
}
