/** The host's half: the API behind a guard that lets one kind of message through. */
import { expose } from 'comlink';
import { z } from 'zod';
import { inputs, type Workbench, WorkbenchError } from '../api/index.ts';
import type { Endpoint } from './endpoint.ts';
import { carryErrors, thrownValue } from './thrown.ts';

type Call = (input: unknown) => Promise<unknown>;
type Table = Record<string, Record<string, Call>>;

const Message = z.looseObject({ id: z.string().min(1).max(100), type: z.string() });
const Apply = z.strictObject({
  id: z.string(),
  type: z.literal('APPLY'),
  path: z.tuple([z.string(), z.string()]),
  // Exactly one plain value: comlink's own handlers (proxies, thrown values) are not let in.
  argumentList: z.tuple([z.strictObject({ type: z.literal('RAW'), value: z.unknown().optional() })]),
});

/** Calls one peer may have waiting: a window needs a dozen. */
const mostInFlight = 256;

/** The methods of `inputs` and nothing else, in tables without a prototype to walk. */
function allowed(api: Workbench): Table {
  const table: Table = Object.create(null);
  for (const [service, methods] of Object.entries(inputs)) {
    const row: Record<string, Call> = Object.create(null);
    for (const method of Object.keys(methods)) {
      // Workbench is made from `inputs`, by these very keys.
      const call = (api as unknown as Table)[service]?.[method];
      if (call !== undefined) row[method] = (input) => call(input);
    }
    table[service] = row;
  }
  return table;
}

/**
 * Serves the API to the peer of this endpoint. comlink's bare `expose` would let it construct functions here
 * (CONSTRUCT on `x.constructor`): only APPLY of `service.method` passes, the rest is answered `host.refused`.
 */
export function exposeGuarded(api: Workbench, endpoint: Endpoint): void {
  carryErrors();
  const table = allowed(api);
  const callable = ([service, method]: [string, string]): boolean =>
    Object.hasOwn(table, service) && Object.hasOwn(table[service] ?? {}, method);
  let inFlight = 0;
  const answer = (message: { id: string }): void => {
    try {
      endpoint.send(message);
    } catch (thrown) {
      const error =
        thrown instanceof WorkbenchError
          ? thrown
          : new WorkbenchError('bug', 'The answer holds something that is not plain data.', {
              cause: thrown,
            });
      endpoint.send({ id: message.id, ...thrownValue(error) });
    }
  };
  expose(table, {
    addEventListener(_type: string, listener: EventListenerOrEventListenerObject) {
      if (typeof listener !== 'function') return;
      endpoint.onMessage((message) => {
        const named = Message.safeParse(message);
        if (!named.success) return endpoint.close();
        const call = Apply.safeParse(message);
        if (inFlight >= mostInFlight) {
          answer({ id: named.data.id, ...thrownValue(busy()) });
        } else if (call.success && callable(call.data.path)) {
          inFlight++;
          // comlink reads `data` of the event, and of an event from a port nothing else.
          listener({ data: call.data } as MessageEvent);
        } else {
          answer({ id: named.data.id, ...refusal(named.data) });
        }
      });
    },
    removeEventListener: () => undefined,
    // Every message comlink posts here is an answer, and an answer has an id.
    postMessage: (message: { id: string }) => {
      inFlight--;
      answer(message);
    },
  });
}

const busy = (): WorkbenchError =>
  new WorkbenchError(
    'host.refused',
    `More than ${mostInFlight} calls of one window are waiting for an answer.`,
    {
      hint: 'Wait for some of them.',
    },
  );

function refusal(message: { type: string; path?: unknown }): ReturnType<typeof thrownValue> {
  // What is no text is not turned into one: that would call what the peer made of it.
  const named = z.array(z.string()).max(10).safeParse(message.path);
  const path = named.success ? named.data.join('.').slice(0, 100) : '';
  return thrownValue(
    new WorkbenchError(
      'host.refused',
      `The engine does not take ${message.type.slice(0, 20)} of "${path}".`,
      {
        hint: 'Only the methods of the API can be called.',
      },
    ),
  );
}
