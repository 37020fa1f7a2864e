import { WorkbenchError } from '../api/index.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { createMailbox, type Endpoint } from './endpoint.ts';

/** The name of the protocol a socket speaks; the secret travels beside it and is never answered back. */
export const SOCKET_PROTOCOL = 'kneepoint.v1';

/** A call carries at most an upload chunk (1 MiB) or a policy; an answer at most a page of texts. */
export const MAX_CALL_BYTES = 16 * 2 ** 20;
export const MAX_ANSWER_BYTES = 128 * 2 ** 20;

/** What the sockets of browsers and of `ws` have in common. */
export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close' | 'error', listener: () => void): void;
}

const OPEN = 1;

/** `sends` and `takes` in bytes a message. A frame that is no message closes the socket. */
export function socketEndpoint(socket: SocketLike, limits: { sends: number; takes: number }): Endpoint {
  const mailbox = createMailbox();
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => {
    if (!(data instanceof ArrayBuffer)) return socket.close(1003, 'binary messages only');
    if (data.byteLength > limits.takes) return socket.close(1009, 'message too large');
    let message: unknown;
    try {
      message = decodeMessage(new Uint8Array(data));
    } catch {
      return socket.close(1007, 'malformed message');
    }
    mailbox.deliver(message);
  });
  socket.addEventListener('close', () => mailbox.shut());
  // A close always follows; without a listener `ws` would throw.
  socket.addEventListener('error', () => undefined);
  return {
    send(message) {
      if (mailbox.isShut() || socket.readyState !== OPEN) return;
      const bytes = encodeMessage(message);
      if (bytes.byteLength > limits.sends) {
        throw new WorkbenchError(
          'unsupported',
          `A message of ${bytes.byteLength} bytes is over the limit of ${limits.sends} of this connection.`,
          { hint: 'Ask for fewer rows at a time, or use the command line.' },
        );
      }
      // `encode` allocates its own ArrayBuffer.
      socket.send(bytes as Uint8Array<ArrayBuffer>);
    },
    onMessage: mailbox.onMessage,
    onClose: mailbox.onClose,
    close() {
      socket.close(1000);
      mailbox.shut();
    },
  };
}
