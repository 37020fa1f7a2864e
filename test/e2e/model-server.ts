/** Two "models" behind the Chat Completions wire format on loopback, as a vendor would serve them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Ticket {
  id: string;
  body: string;
  team: string;
}
export interface ModelServer {
  baseUrl: string;
  calls: number;
  close(): Promise<void>;
}

interface ChatRequest {
  model: string;
  messages: { content: string | { text?: string }[] }[];
}

/** A number in [0, 1) from a text, the same in every run (FNV-1a). */
export function hashed(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash / 2 ** 32;
}

/**
 * `small` is as often right as it is confident; `large` is right on 98 of 100. A wrong answer names another team,
 * or is `hostileAnswer` for the tickets listed as hostile.
 */
export async function startModelServer(
  tickets: Ticket[],
  hostile: { ids: string[]; answer: string },
): Promise<ModelServer> {
  const state = { calls: 0 };
  const teams = [...new Set(tickets.map((ticket) => ticket.team))];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      state.calls++;
      // The caller is our own engine; a body it cannot have sent fails the test as a 500.
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ChatRequest;
      const text = body.messages
        .map(({ content }) =>
          typeof content === 'string' ? content : content.map((part) => part.text ?? '').join(''),
        )
        .join('\n');
      const ticket = tickets.find((one) => text.includes(`[${one.id}]`));
      const id = ticket?.id ?? '';
      const confidence = body.model === 'small' ? 0.5 + 0.5 * hashed(`confidence ${id}`) ** 0.5 : 0.99;
      const right = hashed(`${body.model} right ${id}`) < (body.model === 'small' ? confidence : 0.98);
      const other = teams[(teams.indexOf(ticket?.team ?? '') + 1) % teams.length] ?? 'nobody';
      const answer =
        body.model === 'small' && hostile.ids.includes(id)
          ? hostile.answer
          : right
            ? (ticket?.team ?? '')
            : other;
      response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          id: `chatcmpl-${state.calls}`,
          object: 'chat.completion',
          created: 1_700_000_000,
          model: body.model,
          choices: [
            {
              index: 0,
              finish_reason: 'stop',
              message: { role: 'assistant', content: answer, refusal: null },
              logprobs: {
                content: [{ token: answer, logprob: Math.log(confidence), bytes: null, top_logprobs: [] }],
                refusal: null,
              },
            },
          ],
          usage: { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105 },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server listening on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    get calls() {
      return state.calls;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
