/** POST /session: a one-time token becomes the launch's secret; a secret is said to be good or not. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Session } from './session.ts';

const MAX_BODY_BYTES = 1024;
const text = z.string().min(1).max(200);
const Body = z.union([z.strictObject({ token: text }), z.strictObject({ secret: text })]);

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    // A request without an encoding set yields Buffers.
    const part = chunk as Buffer;
    bytes += part.byteLength;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The caller has checked Host and Origin. */
export async function exchangeSession(
  request: IncomingMessage,
  response: ServerResponse,
  session: Session,
): Promise<void> {
  // Not a type a form of another page can send without asking first.
  const declared = request.headers['content-type']?.startsWith('application/json') === true;
  const body = declared ? Body.safeParse(await readBody(request)) : undefined;
  if (body?.success !== true) {
    response.writeHead(400, { connection: 'close' }).end();
    return;
  }
  const secret =
    'token' in body.data
      ? session.exchange(body.data.token)
      : session.holds(body.data.secret)
        ? body.data.secret
        : null;
  if (secret === null) {
    response.writeHead(403).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ secret }));
}
