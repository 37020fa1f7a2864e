/** A Chat Completions server on loopback that answers after a while and counts what it was asked and what it answered. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ModelServer extends AsyncDisposable {
  url: string;
  /** By question. */
  asked: Map<string, number>;
  answered: Map<string, number>;
  /** Answers written in all; told to whoever waits for the next. */
  answers(): number;
  onAnswer: (answers: number) => void;
}

function said(answer: string | { tool: string; arguments: object }): object {
  if (typeof answer === 'string')
    return { finish_reason: 'stop', message: { role: 'assistant', content: answer } };
  const call = { name: answer.tool, arguments: JSON.stringify(answer.arguments) };
  const tool_calls = [{ id: 'call_1', type: 'function', function: call }];
  return { finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls } };
}

export async function modelServer(
  answerTo: (question: string) => string | { tool: string; arguments: object },
  delayMs: number,
): Promise<ModelServer> {
  const asked = new Map<string, number>();
  const answered = new Map<string, number>();
  const count = (in_: Map<string, number>, question: string): void =>
    void in_.set(question, (in_.get(question) ?? 0) + 1);
  let answers = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { messages: { content: string }[] };
      // Of a conversation the last message.
      const question = body.messages.at(-1)!.content;
      count(asked, question);
      setTimeout(() => {
        if (response.destroyed) return;
        count(answered, question);
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({
            id: 'x',
            object: 'chat.completion',
            created: 0,
            model: 'm-1',
            choices: [
              {
                index: 0,
                ...said(answerTo(question)),
              },
            ],
            usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
          }),
        );
        running.onAnswer(++answers);
      }, delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const running: ModelServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    answered,
    answers: () => answers,
    onAnswer: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return running;
}
