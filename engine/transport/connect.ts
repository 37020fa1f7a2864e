/** The caller's half: the API as plain functions over an endpoint. */
import { type Remote, wrap } from 'comlink';
import { inputs, type Workbench, WorkbenchError, toWorkbenchError } from '../api/index.ts';
import type { Endpoint } from './endpoint.ts';
import { carryErrors, thrownValue } from './thrown.ts';

type Call = (input: unknown) => Promise<unknown>;
type Table = Record<string, Record<string, Call>>;

const disconnected = (): WorkbenchError =>
  new WorkbenchError('host.disconnected', 'The connection to the engine was lost before it answered.', {
    hint: 'The call may or may not have been carried out: look before repeating it.',
    retryable: true,
  });

/** comlink forgets calls whose peer dies: here each call under way is answered when the endpoint closes. */
export function connect(endpoint: Endpoint): Workbench {
  carryErrors();
  const pending = new Set<string>();
  let deliver: (message: unknown) => void = () => undefined;
  let closed = false;
  const fail = (id: string): void => {
    pending.delete(id);
    deliver({ id, ...thrownValue(disconnected()) });
  };
  endpoint.onClose(() => {
    closed = true;
    for (const id of pending) fail(id);
  });
  const remote = wrap<Table>({
    addEventListener(_type: string, listener: EventListenerOrEventListenerObject) {
      if (typeof listener !== 'function') return;
      // comlink reads `data` of the event and nothing else.
      deliver = (message) => listener({ data: message } as MessageEvent);
      endpoint.onMessage((message) => {
        if (typeof message === 'object' && message !== null && 'id' in message)
          pending.delete(String(message.id));
        deliver(message);
      });
    },
    removeEventListener: () => undefined,
    postMessage(message: { id: string; type?: string }) {
      // comlink says good-bye when its proxies are collected; the host takes calls only, and notices the close.
      if (message.type === 'RELEASE') return;
      pending.add(message.id);
      if (closed) queueMicrotask(() => fail(message.id));
      else endpoint.send(message);
    },
  });
  return methodsOf(remote);
}

/** Plain objects instead of comlink's proxies, which answer to any name (`then` included). */
function methodsOf(remote: Remote<Table>): Workbench {
  const api: Table = Object.create(null);
  for (const [service, methods] of Object.entries(inputs)) {
    const row: Record<string, Call> = Object.create(null);
    for (const method of Object.keys(methods)) {
      row[method] = async (input) => {
        try {
          // A comlink proxy has whatever is asked of it.
          return await (remote as unknown as Table)[service]?.[method]?.(input);
        } catch (thrown) {
          throw toWorkbenchError(thrown);
        }
      };
    }
    api[service] = row;
  }
  // Made from `inputs`, from which the type is made too.
  return api as unknown as Workbench;
}
