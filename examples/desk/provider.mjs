/**
 * A model provider for this example alone: OpenAI's chat format on this machine. What it says is a fixed rule of what it
 * was told, so that the example has right answers; `flaky` fails on a schedule, `steady` never does.
 */
import { createServer } from 'node:http';

/** What happens to every n-th request to `flaky`. */
const schedule = [
  { every: 3, fault: 'busy' },
  { every: 5, fault: 'broken' },
  { every: 7, fault: 'half' },
  { every: 11, fault: 'silent' },
];

export function startProvider(port) {
  const counts = { asked: 0, flaky: 0, failed: 0 };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      counts.asked++;
      const turn = body.model === 'flaky' ? ++counts.flaky : 0;
      const fault = turn === 0 ? undefined : schedule.find(({ every }) => turn % every === 0)?.fault;
      if (fault !== undefined) counts.failed++;
      send(response, fault, answerTo(body));
    });
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () =>
      resolve({ counts, port: server.address().port, close: () => server.close() }),
    );
  });
}

function send(response, fault, answer) {
  const text = JSON.stringify(answer);
  const json = { 'content-type': 'application/json' };
  switch (fault) {
    case 'busy':
      response.writeHead(429, { ...json, 'retry-after-ms': '5' }).end('{"error":{"message":"slow down"}}');
      return;
    case 'broken':
      response.writeHead(500, json).end('{"error":{"message":"oops"}}');
      return;
    case 'half':
      response.writeHead(200, json).end(text.slice(0, text.length / 2));
      return;
    case 'silent':
      return;
    default:
      response.writeHead(200, json).end(text);
  }
}

/** Looks the order up first; then hands refunds over or answers; the refunds agent reads the rules before it decides. */
function answerTo({ model, messages, tools = [] }) {
  const mail = messages.find(({ role }) => role === 'user').content;
  const id = Number(/order (\d+)/.exec(mail)?.[1] ?? 0);
  const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
  const order = results.find((content) => content.includes('"state"') || content.includes('no order'));
  const rules = results.find((content) => content.includes('paid back'));
  const wantsMoney = /refund|money/.test(mail);
  const canHandOver = tools.some((tool) => tool.function.name === 'hand_off_to_refunds');
  const call = (name, given) => ({ calls: [{ name, given }] });
  const next = (() => {
    if (order === undefined) return call('order', { id });
    if (order.includes('no order')) return { text: `unknown order` };
    const state = order.includes('shipped') ? 'shipped' : 'open';
    if (!wantsMoney) return { text: `order is ${state}` };
    if (canHandOver) return call('hand_off_to_refunds', {});
    if (rules === undefined) return call('rules', { query: `is a ${state} order paid back` });
    return { text: state === 'open' ? 'full refund' : 'refund less 5 euros' };
  })();
  const message = {
    role: 'assistant',
    content: next.text ?? null,
    ...(next.calls
      ? {
          tool_calls: next.calls.map(({ name, given }, i) => ({
            id: `call_${messages.length}_${i}`,
            type: 'function',
            function: { name, arguments: JSON.stringify(given) },
          })),
        }
      : {}),
  };
  return {
    id: 'c',
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message, finish_reason: next.calls ? 'tool_calls' : 'stop' }],
    usage: { prompt_tokens: JSON.stringify(messages).length >> 2, completion_tokens: 10 },
  };
}

if (import.meta.main ?? process.argv[1] === new URL(import.meta.url).pathname) {
  const { port } = await startProvider(8377);
  process.stdout.write(`listening on 127.0.0.1:${port}; Ctrl+C ends it\n`);
}
