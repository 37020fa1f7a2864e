/** One end of a connection that carries whole messages. Ports and sockets are made into this, and only this. */
export interface Endpoint {
  /** Throws where the message cannot be carried (too large, not plain data). After the close: does nothing. */
  send(message: unknown): void;
  /** One listener; messages that came before it are kept for it. */
  onMessage(listener: (message: unknown) => void): void;
  /** Called once; at once where the connection is closed already. */
  onClose(listener: () => void): void;
  close(): void;
}

/** The parts every kind of endpoint shares: messages wait for a listener, and closing happens once. */
export function createMailbox(): {
  deliver(message: unknown): void;
  shut(): void;
  isShut(): boolean;
  onMessage: Endpoint['onMessage'];
  onClose: Endpoint['onClose'];
} {
  let waiting: unknown[] = [];
  let listener: ((message: unknown) => void) | null = null;
  let shut = false;
  const closers: (() => void)[] = [];
  return {
    deliver(message) {
      if (shut) return;
      if (listener === null) waiting.push(message);
      else listener(message);
    },
    shut() {
      if (shut) return;
      shut = true;
      for (const close of closers.splice(0)) close();
    },
    isShut: () => shut,
    onMessage(given) {
      listener = given;
      const early = waiting;
      waiting = [];
      for (const message of early) given(message);
    },
    onClose(given) {
      if (shut) given();
      else closers.push(given);
    },
  };
}
