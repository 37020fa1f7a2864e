/**
 * What lets this tab in. The one-time token is taken out of the address before the router reads it; the secret it is
 * exchanged for is kept for reloads of this tab only.
 */
const KEY = 'kneepoint-secret';
let token: string | null = null;

export function takeToken(): void {
  const found = /^#(?:token=)?([A-Za-z0-9_-]{40,})$/.exec(window.location.hash);
  if (found?.[1] === undefined) return;
  token = found[1];
  window.history.replaceState(null, '', `${window.location.pathname}#/`);
}

/** The token once; null afterwards. */
export function spendToken(): string | null {
  const given = token;
  token = null;
  return given;
}

export const keptSecret = (): string | null => window.sessionStorage.getItem(KEY);
export const keepSecret = (secret: string): void => window.sessionStorage.setItem(KEY, secret);
