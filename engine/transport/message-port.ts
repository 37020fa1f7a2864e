import { createMailbox, type Endpoint } from './endpoint.ts';

/** What the ports of browsers and of `node:worker_threads` have in common. */
export interface PortLike {
  postMessage(message: unknown): void;
  addEventListener(type: 'message' | 'close', listener: (event: Event) => void): void;
  start(): void;
  close(): void;
}

/** Structured clone: typed arrays, NaN and undefined cross as they are. */
export function portEndpoint(port: PortLike): Endpoint {
  const mailbox = createMailbox();
  port.addEventListener('message', (event) => mailbox.deliver('data' in event ? event.data : null));
  port.addEventListener('close', () => mailbox.shut());
  port.start();
  return {
    send(message) {
      if (!mailbox.isShut()) port.postMessage(message);
    },
    onMessage: mailbox.onMessage,
    onClose: mailbox.onClose,
    close() {
      port.close();
      // Not every runtime tells the side that closed.
      mailbox.shut();
    },
  };
}
