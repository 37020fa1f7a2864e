import type { Workbench } from '../../engine/api/index.ts';
import { connect, type Endpoint } from '../../engine/transport/index.ts';
import { openPort } from './open-port.ts';
import { openSocket } from './open-socket.ts';

export interface OpenEngine {
  api: Workbench;
  /** Settles when the connection is gone. */
  closed: Promise<void>;
}

/** One attempt to reach the engine. Throws `host.refused` where trying again cannot help (a used or wrong token). */
export async function openEngine(): Promise<OpenEngine> {
  const endpoint = await (window.location.protocol === 'app:' ? openPort() : openSocket());
  return { api: connect(endpoint), closed: closing(endpoint) };
}

const closing = (endpoint: Endpoint): Promise<void> =>
  new Promise((resolve) => endpoint.onClose(() => resolve()));
