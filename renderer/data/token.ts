/** The one-time token: taken out of the address before the router reads it, kept for reloads of this tab only. */
const KEY = 'kneepoint-token';

export function takeToken(): void {
  const found = /^#(?:token=)?([A-Za-z0-9_-]{16,})$/.exec(window.location.hash);
  if (found?.[1] === undefined) return;
  window.sessionStorage.setItem(KEY, found[1]);
  window.history.replaceState(null, '', `${window.location.pathname}#/`);
}

export function token(): string | null {
  return window.sessionStorage.getItem(KEY);
}
