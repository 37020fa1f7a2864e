/** The desktop door: the preload script is asked for a port to the engine, and posts it to this window. */
import { type Endpoint, portEndpoint } from '../../engine/transport/index.ts';
import { unreachable } from './unreachable.ts';

const WAIT_MS = 5000;

export function openPort(): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const timer = setTimeout(() => {
      done.abort();
      reject(unreachable());
    }, WAIT_MS);
    window.addEventListener(
      'message',
      (event: MessageEvent<unknown>) => {
        // Only this window's own scripts, the preload among them: a frame or an opener is somebody else.
        if (event.source !== window || event.data !== 'kneepoint:port') return;
        const [port] = event.ports;
        if (port === undefined) return;
        clearTimeout(timer);
        done.abort();
        resolve(portEndpoint(port));
      },
      { signal: done.signal },
    );
    window.postMessage('kneepoint:want-port', window.origin);
  });
}
