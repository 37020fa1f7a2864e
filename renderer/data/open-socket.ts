/** The browser door: the secret is had (or checked) first, then a WebSocket carries it as a protocol's name. */
import { z } from 'zod';
import { WorkbenchError } from '../../engine/api/index.ts';
import {
  type Endpoint,
  MAX_ANSWER_BYTES,
  MAX_CALL_BYTES,
  SOCKET_PROTOCOL,
  socketEndpoint,
} from '../../engine/transport/index.ts';
import { keepSecret, keptSecret, spendToken } from './token.ts';
import { unreachable } from './unreachable.ts';

const Answer = z.object({ secret: z.string() });

const refused = (message: string): WorkbenchError =>
  new WorkbenchError('host.refused', message, { hint: 'Run `kneepoint serve` again for a new address.' });

async function haveSecret(): Promise<string> {
  const token = spendToken();
  const secret = keptSecret();
  if (token === null && secret === null) throw refused('This address carries no token.');
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(token === null ? { secret } : { token }),
  }).catch(() => {
    throw unreachable();
  });
  if (response.ok) {
    const answer = Answer.parse(await response.json());
    keepSecret(answer.secret);
    return answer.secret;
  }
  // A link opened again in the tab that is let in already: its secret still counts.
  if (token !== null && secret !== null) return haveSecret();
  throw refused(
    token === null
      ? 'The engine was started anew since this page was opened.'
      : 'This address was used already: it works once.',
  );
}

export async function openSocket(): Promise<Endpoint> {
  const secret = await haveSecret();
  const socket = new WebSocket(`ws://${window.location.host}/engine`, [SOCKET_PROTOCOL, secret]);
  const endpoint = socketEndpoint(socket, { sends: MAX_CALL_BYTES, takes: MAX_ANSWER_BYTES });
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(endpoint));
    endpoint.onClose(() => reject(unreachable()));
  });
}
