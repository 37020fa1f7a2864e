import { MessageChannel } from 'node:worker_threads';
import { WebSocket, WebSocketServer } from 'ws';
import type { AddressInfo } from 'node:net';
import type { Workbench } from '../../engine/api/index.ts';
import { connect, exposeGuarded, portEndpoint, socketEndpoint } from '../../engine/transport/index.ts';
import { type Reached, testReach } from './api-contract.ts';

const limits = { sends: 2 ** 24, takes: 2 ** 24 };

export async function overPort(api: Workbench): Promise<Reached> {
  const { port1, port2 } = new MessageChannel();
  const host = portEndpoint(port1);
  exposeGuarded(api, host);
  const caller = portEndpoint(port2);
  return {
    api: connect(caller),
    cut: () => host.close(),
    close: async () => caller.close(),
  };
}

export async function overSocket(api: Workbench): Promise<Reached> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => exposeGuarded(api, socketEndpoint(socket, limits)));
  await new Promise((resolve) => server.once('listening', resolve));
  // A server listening on TCP has an AddressInfo.
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const endpoint = socketEndpoint(socket, limits);
  await new Promise((resolve) => socket.once('open', resolve));
  return {
    api: connect(endpoint),
    cut: () => {
      for (const client of server.clients) client.terminate();
    },
    close: async () => {
      endpoint.close();
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

testReach('in process', async (api) => ({ api, cut: null, close: async () => undefined }));
testReach('over a message port', overPort);
testReach('over a WebSocket', overSocket);
