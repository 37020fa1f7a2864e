/** `app://workbench/`: the built screens, from a list made at the start, and nothing else of the disk. */
import { readFile } from 'node:fs/promises';
import { securityHeaders } from '../serve/headers.ts';
import type { PageFile } from '../serve/page-files.ts';
import type { Electron } from './surface.ts';

const SCHEME = 'app';
const HOST = 'workbench';
export const ORIGIN = `${SCHEME}://${HOST}`;

/** Before the app is ready, as Electron demands. */
export function registerPageScheme({ protocol }: Pick<Electron, 'protocol'>): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, stream: true };
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges }]);
}

export function servePages(
  { protocol }: Pick<Electron, 'protocol'>,
  files: ReadonlyMap<string, PageFile>,
): void {
  // The engine is reached by a port: the page has nowhere else to connect to.
  const headers = securityHeaders('');
  protocol.handle(SCHEME, async (request) => {
    if (request.method !== 'GET') return new Response(null, { status: 405, headers });
    const file = isOurs(request.url) ? files.get(new URL(request.url).pathname) : undefined;
    if (file === undefined) return new Response(null, { status: 404, headers });
    const bytes = await readFile(file.path);
    return new Response(new Uint8Array(bytes), { headers: { ...headers, 'content-type': file.type } });
  });
}

/** Node reads the origin of a scheme it does not know as `null`: scheme and host are compared instead. */
export function isOurs(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host } = new URL(address);
  return protocol === `${SCHEME}:` && host === HOST;
}
