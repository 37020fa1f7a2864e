/** A Hub on loopback that speaks the parts of the API that are used, and a second host where its files lie, as a CDN does. */
import { createHash } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubState {
  /** By path in the repository `owner/name`; there is no other repository but `owner/closed`, which is gated. */
  files: Map<string, Buffer>;
  commit: string;
  /** Revisions that exist, beside the commit itself. */
  revisions: string[];
  etag: string;
  /** Answers to come before the usual ones, by the beginning of the path; used once each. */
  once: { path: string; answer(request: IncomingMessage, response: ServerResponse): void }[];
  /** Bytes after which the file host breaks off, one a request; then it does not. */
  breaks: number[];
  /** The file host honours Range. */
  ranges: boolean;
  /** Names of a page of the tree, at most. */
  pageSize: number;
  requests: { host: 'hub' | 'files'; path: string; headers: IncomingMessage['headers'] }[];
}

export interface HubServer extends AsyncDisposable {
  endpoint: string;
  state: HubState;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const refuse = (response: ServerResponse, status: number, code?: string): void => {
  response.writeHead(status, code === undefined ? {} : { 'X-Error-Code': code });
  response.end(JSON.stringify({ error: 'no' }));
};

export async function hubServer(files: Record<string, Buffer>): Promise<HubServer> {
  const state: HubState = {
    files: new Map(Object.entries(files)),
    commit: 'c0ffee'.padEnd(40, '0'),
    revisions: ['refs/convert/parquet', 'main'],
    etag: '"one"',
    once: [],
    breaks: [],
    ranges: true,
    pageSize: 1000,
    requests: [],
  };
  const noting =
    (
      host: 'hub' | 'files',
      answer: (path: string, request: IncomingMessage, response: ServerResponse) => void,
    ) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      const path = decodeURIComponent(request.url ?? '');
      state.requests.push({ host, path, headers: request.headers });
      const first = state.once.findIndex((one) => path.startsWith(one.path));
      if (first >= 0) state.once.splice(first, 1)[0]?.answer(request, response);
      else answer(path, request, response);
    };
  const cdn = createServer(
    noting('files', (path, request, response) => sendFile(state, path, request, response)),
  );
  const cdnAt = await listening(cdn);
  const hub = createServer(
    noting('hub', (path, _request, response) => {
      if (path.includes('owner/closed')) return refuse(response, 401, 'GatedRepo');
      if (!path.includes('owner/name')) return refuse(response, 401, 'RepoNotFound');
      const revision = /\/revision\/(.+)$/.exec(path)?.[1];
      if (revision !== undefined) {
        if (!state.revisions.includes(revision) && revision !== state.commit)
          return refuse(response, 404, 'RevisionNotFound');
        return void response.end(JSON.stringify({ sha: state.commit }));
      }
      const url = new URL(path, hubAt());
      if (url.pathname === `/api/datasets/owner/name/tree/${state.commit}`)
        return sendTree(state, url, response);
      const file = new RegExp(`/resolve/${state.commit}/(.+)$`).exec(path)?.[1];
      if (file === undefined || !state.files.has(file)) return refuse(response, 404, 'EntryNotFound');
      response.writeHead(302, { location: `${cdnAt}/${encodeURI(file)}`, 'x-repo-commit': state.commit });
      return void response.end();
    }),
  );
  let at = '';
  const hubAt = (): string => at;
  at = await listening(hub);
  return {
    endpoint: at,
    state,
    async [Symbol.asyncDispose]() {
      for (const server of [hub, cdn]) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  // An address of a server that listens on a port is an object.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function sendTree(state: HubState, url: URL, response: ServerResponse): void {
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const names = [...state.files.keys()];
  if (from + state.pageSize < names.length)
    response.setHeader(
      'link',
      `<${url.origin}${url.pathname}?recursive=true&cursor=${from + state.pageSize}>; rel="next"`,
    );
  const entries = names.slice(from, from + state.pageSize).map((path) => {
    const bytes = state.files.get(path) ?? Buffer.alloc(0);
    return {
      type: 'file',
      path,
      oid: 'x',
      size: bytes.length,
      lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 1 },
    };
  });
  response.end(JSON.stringify([{ type: 'directory', path: 'main', oid: 'y', size: 0 }, ...entries]));
}

function sendFile(state: HubState, path: string, request: IncomingMessage, response: ServerResponse): void {
  const bytes = state.files.get(path.slice(1));
  if (bytes === undefined) return refuse(response, 404);
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const condition = request.headers['if-range'];
  const from =
    range !== undefined && state.ranges && (condition === undefined || condition === state.etag)
      ? Number(range)
      : 0;
  const headers = { etag: state.etag, 'content-length': bytes.length - from };
  if (from > 0)
    response.writeHead(206, {
      ...headers,
      'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
    });
  else response.writeHead(200, headers);
  const cut = state.breaks.shift();
  if (cut === undefined) return void response.end(bytes.subarray(from));
  response.write(bytes.subarray(from, from + cut), () => setTimeout(() => response.destroy(), 20));
}
