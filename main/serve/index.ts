/** The browser door: a loopback server for one person's browser, with the API over a WebSocket. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type Workbench, WorkbenchError } from '../../engine/api/index.ts';
import {
  exposeGuarded,
  MAX_ANSWER_BYTES,
  MAX_CALL_BYTES,
  SOCKET_PROTOCOL,
  socketEndpoint,
} from '../../engine/transport/index.ts';
import { exchangeSession } from './exchange.ts';
import { securityHeaders } from './headers.ts';
import { listPageFiles } from './page-files.ts';
import { createSession } from './session.ts';

const ADDRESS = '127.0.0.1';

export interface ServeOptions {
  api: Workbench;
  /** The built screens. */
  rendererFolder: string;
  /** 0: a free one. */
  port: number;
}

/** Listens on loopback only. Throws `serve.port_in_use`. The URL works once: it carries a one-time token. */
export async function startServer({
  api,
  rendererFolder,
  port,
}: ServeOptions): Promise<{ url: string; close(): Promise<void> }> {
  const files = await listPageFiles(rendererFolder);
  const session = createSession();
  const server = createServer();
  await listen(server, port);
  // A server listening on TCP has an AddressInfo.
  const host = `${ADDRESS}:${(server.address() as AddressInfo).port}`;
  const origin = `http://${host}`;
  const headers = securityHeaders(`ws://${host}`);

  /** A name that points here (DNS rebinding) is not our name. */
  const addressedToUs = (request: IncomingMessage): boolean => request.headers.host === host;
  const fromOurPage = (request: IncomingMessage): boolean => request.headers.origin === origin;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!addressedToUs(request)) return void response.writeHead(403).end();
    const path = request.url?.split('?', 1)[0] ?? '/';
    if (request.method === 'POST' && path === '/session') {
      if (!fromOurPage(request)) return void response.writeHead(403).end();
      return exchangeSession(request, response, session);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    const file = files.get(path);
    if (file === undefined) return void response.writeHead(404).end();
    const bytes = await readFile(file.path);
    response.writeHead(200, { 'content-type': file.type, 'content-length': bytes.byteLength });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  };
  server.on('request', (request, response) => {
    answer(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CALL_BYTES,
    perMessageDeflate: false,
    // The secret came as a protocol's name; only the real one is answered.
    handleProtocols: () => SOCKET_PROTOCOL,
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const [protocol, secret] = offered;
    const welcome =
      request.url === '/engine' &&
      addressedToUs(request) &&
      fromOurPage(request) &&
      offered.length === 2 &&
      protocol === SOCKET_PROTOCOL &&
      session.holds(secret ?? '');
    if (!welcome) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      exposeGuarded(api, socketEndpoint(opened, { sends: MAX_ANSWER_BYTES, takes: MAX_CALL_BYTES }));
    });
  });

  return {
    url: `${origin}/#token=${session.token}`,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      reject(
        taken
          ? new WorkbenchError('serve.port_in_use', `Port ${port} of ${ADDRESS} cannot be had.`, {
              hint: 'Leave --port out to get a free one, or name another.',
              cause: error,
            })
          : error,
      );
    };
    server.once('error', failed);
    server.listen(port, ADDRESS, () => {
      server.off('error', failed);
      resolve();
    });
  });
}
