/** What a run did, through whole runs: stored once, complete, explained, added up, sent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CostDimension, ItemTrace, Outcome } from '../../engine/api/index.ts';
import { costsOf, otlpRequest, sendTraces, storyOf } from '../../engine/observe/index.ts';
import { answer, bench, type Bench, examplesOf, failure, fakeProvider, registryOf } from '../runs/edge.ts';

const pipeline = `pipeline: traced
version: 1
candidates:
  a: { provider: fake, model: small }
  b: { provider: fake, model: large }
steps:
  - id: size
    signal: { kind: length, of: "{{input.question}}" }
  - id: first
    route: { by: rules, rules: [{ when: size < 11, use: a }, { use: b }] }
    generate: { prompt: "{{input.question}}" }
  - id: both
    parallel:
      branches:
        left: [{ id: l, generate: { model: a, prompt: "l {{input.question}}" } }]
        right: [{ id: r, generate: { model: b, prompt: "r {{input.question}}" } }]
  - id: each
    map: { over: "{{input.list}}", steps: [{ id: part, generate: { model: a, prompt: "{{item}} {{input.question}}" } }] }
`;
const withList = { record: { mapping: { input: ['question', 'list'], expected: 'answer', tags: ['t'] } } };
const examples = (n: number) =>
  examplesOf(n, (i) => ({
    input: { question: `question ${i}`, list: ['x', 'y'] },
    tags: { t: i % 2 === 0 ? 'even' : 'odd' },
  }));

/** Fails once for every seventh question, then answers. */
function provider() {
  const seen = new Set<string>();
  let calls = 0;
  return fakeProvider('fake', ({ messages, spec }) => {
    const text = messages[0]!.content;
    if (++calls % 7 === 0 && !seen.has(text)) {
      seen.add(text);
      throw failure('server_error', { paidUsd: 0.001 });
    }
    return answer(`<${text}>`, {
      costUsd: spec.model === 'large' ? 0.0201 : 0.0011,
      usage: { inputTokens: 3, outputTokens: 2, cachedInputTokens: 0, cacheWriteTokens: 0 },
    });
  });
}
async function all(workspace: Bench, run: string): Promise<{ outcome: Outcome; trace: ItemTrace }[]> {
  const found = [];
  for await (const batch of workspace.store.traces.all(run)) found.push(...batch);
  return found.map(({ outcome, trace }) => ({ outcome, trace: trace! }));
}

describe('traces of a run', () => {
  it('hold every step and attempt of every item once, over a restart too', async () => {
    await using workspace = await bench(examples(12), registryOf([provider()]), withList);
    const { run } = await workspace.start(pipeline);
    await workspace.runs.wait({ run });
    await workspace.reopen();
    const items = await all(workspace, run);
    expect(items).toHaveLength(12);
    for (const { outcome, trace } of items) {
      const i = Number(outcome.example.slice(1));
      expect(
        trace.spans
          .filter(({ call }) => call !== null)
          .map(({ path }) => path)
          .toSorted(),
      ).toEqual(['each[0]/part', 'each[1]/part', 'first', 'l', 'r']);
      expect(trace.spans.find(({ kind }) => kind === 'route')?.attributes).toMatchObject({
        by: 'rules',
        candidate: i < 10 ? 'a' : 'b',
      });
      const attempts = trace.spans.flatMap(({ call }) => call?.attempts ?? []);
      // What the item cost is what its attempts cost, failed ones too.
      expect(attempts.reduce((sum, { costUsd }) => sum + costUsd!, 0)).toBeCloseTo(outcome.costUsd!, 12);
      const first = trace.spans.find(({ path, call }) => path === 'first' && call !== null)!.call!;
      expect(first.messages).toEqual([{ role: 'user', content: `question ${i}` }]);
      expect(first.answer?.text).toBe(`<question ${i}>`);
      for (const span of trace.spans) expect(span.startMs).toBeGreaterThanOrEqual(0);
    }
    const failed = items
      .flatMap(({ trace }) => trace.spans)
      .flatMap(({ call }) => call?.attempts ?? [])
      .filter((one) => one.failure !== null);
    expect(failed.length).toBeGreaterThan(3);
    // A second run is answered from the ledger, and its traces say so.
    const again = await workspace.start(pipeline);
    await workspace.runs.wait({ run: again.run });
    const sources = (await all(workspace, again.run))
      .flatMap(({ trace }) => trace.spans)
      .flatMap(({ call }) => call?.attempts ?? [])
      .map(({ source }) => source);
    expect(new Set(sources)).toEqual(new Set(['ledger']));
  });

  it('add up to the cost of the run, however they are split', async () => {
    await using workspace = await bench(examples(20), registryOf([provider()]), withList);
    const { run } = await workspace.start(pipeline);
    const { costUsd } = await workspace.runs.wait({ run });
    const items = await all(workspace, run);
    for (const by of ['step', 'model', 'route', 'candidate', 'tag'] satisfies CostDimension[]) {
      const counting = costsOf(by);
      for (const item of items)
        counting.add({
          ...item,
          tags: { t: Number(item.outcome.example.slice(1)) % 2 === 0 ? 'even' : 'odd' },
        });
      const { rows, ...total } = counting.result();
      expect(Math.round(rows.reduce((sum, row) => sum + row.costUsd * 1e12, 0))).toBe(
        Math.round(total.costUsd * 1e12),
      );
      expect(total.costUsd).toBeCloseTo(costUsd!, 10);
      expect(rows.reduce((sum, { share }) => sum + share!, 0)).toBeCloseTo(1, 12);
    }
    const steps = costsOf('step');
    for (const item of items) steps.add({ ...item, tags: {} });
    const keys = steps.result().rows.map(({ key }) => key);
    expect(keys.toSorted()).toEqual(['each/part', 'first', 'l', 'r']);
    const tags = costsOf('tag');
    for (const item of items) tags.add({ ...item, tags: {} });
    expect(tags.result().rows.map(({ key }) => key)).toEqual(['(no tag)']);
  });

  it('are told as a story', async () => {
    await using workspace = await bench(examples(1), registryOf([provider()]), withList);
    const { run } = await workspace.start(pipeline);
    await workspace.runs.wait({ run });
    const [{ outcome, trace }] = (await all(workspace, run)) as [{ outcome: Outcome; trace: ItemTrace }];
    const story = storyOf(trace, outcome).join('\n');
    expect(story).toContain('size: length is 10.');
    expect(story).toContain('first: rule 1 chose a.');
    expect(story).toContain('first: asked a, fake/small; it answered "<question 0>" in');
    expect(story).toContain('It answered');
    expect(storyOf(null, { ...outcome, error: { class: 'timeout', message: 'late' } })).toEqual([
      'Nothing was recorded of how it came about.',
      'It failed (timeout): late',
    ]);
  });
});

/** From opentelemetry-proto, trace/v1/trace.proto and collector/trace/v1, in OTLP's JSON encoding. */
const text = z.string();
const AnyValue: z.ZodType = z.union([
  z.strictObject({ stringValue: text }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: text.regex(/^-?\d+$/) }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ arrayValue: z.strictObject({ values: z.array(z.lazy(() => AnyValue)) }) }),
]);
const Attributes = z.array(z.strictObject({ key: text.min(1), value: AnyValue }));
const Span = z.strictObject({
  traceId: text.regex(/^[0-9a-f]{32}$/),
  spanId: text.regex(/^[0-9a-f]{16}$/),
  parentSpanId: text.regex(/^[0-9a-f]{16}$/).optional(),
  name: text.min(1),
  kind: z.number().int().min(0).max(5),
  startTimeUnixNano: text.regex(/^\d+$/),
  endTimeUnixNano: text.regex(/^\d+$/),
  attributes: Attributes,
  status: z.strictObject({ code: z.number().int().min(0).max(2), message: text.optional() }),
});
const ExportTraceServiceRequest = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: Attributes }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: text, version: text }),
          spans: z.array(Span),
          schemaUrl: text,
        }),
      ),
      schemaUrl: text,
    }),
  ),
});

async function receiver(
  answers: (count: number) => { status: number; headers?: Record<string, string>; body?: string },
) {
  const received: {
    path: string;
    type: string | undefined;
    key: unknown;
    body: z.infer<typeof ExportTraceServiceRequest>;
  }[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, headers = {}, body = '{}' } = answers(++count);
      if (status === 200) {
        const read = ExportTraceServiceRequest.parse(JSON.parse(Buffer.concat(chunks).toString()));
        received.push({
          path: request.url!,
          type: request.headers['content-type'],
          key: request.headers['x-key'],
          body: read,
        });
      }
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, received, count: () => count, close: () => server.close() };
}

describe('traces for other tools', () => {
  const options = { run: 'r1', pipeline: 'traced', version: '0.1.0' };
  const traced = async () => {
    await using workspace = await bench(examples(3), registryOf([provider()]), withList);
    const { run } = await workspace.start(pipeline);
    await workspace.runs.wait({ run });
    return all(workspace, run);
  };
  const sending = (endpoint: string, slept: number[] = []) => ({
    endpoint,
    headers: { 'x-key': 'k' },
    fetch: globalThis.fetch,
    sleep: async (ms: number) => void slept.push(ms),
  });

  it('reach an OTLP/HTTP receiver as its protocol says: one trace an item, parents that are there, GenAI names', async () => {
    const items = await traced();
    const server = await receiver(() => ({
      status: 200,
      body: '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}',
    }));
    const result = await sendTraces(
      otlpRequest(items, { ...options, content: false }),
      sending(server.endpoint),
    );
    server.close();
    expect(result).toEqual({ rejected: 2, message: 'too old' });
    expect(server.received[0]).toMatchObject({ path: '/v1/traces', type: 'application/json', key: 'k' });
    const spans = server.received[0]!.body.resourceSpans[0]!.scopeSpans[0]!.spans;
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(3);
    const ids = new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
    expect(ids.size).toBe(spans.length);
    for (const span of spans) {
      if (span.parentSpanId !== undefined) expect(ids).toContain(`${span.traceId} ${span.parentSpanId}`);
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    }
    const chat = spans.find(({ name }) => name === 'chat small')!;
    const named = Object.fromEntries(
      chat.attributes.map(({ key, value }) => [key, Object.values(value as object)[0] as unknown]),
    );
    expect(named).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'fake',
      'gen_ai.request.model': 'small',
      'gen_ai.usage.input_tokens': '3',
      'gen_ai.usage.output_tokens': '2',
    });
  });

  it('carry no text of people or models unless that is asked for', async () => {
    const items = await traced();
    expect(JSON.stringify(otlpRequest(items, { ...options, content: false }))).not.toMatch(/question \d/);
    expect(JSON.stringify(otlpRequest(items, { ...options, content: true }))).toContain('<question 0>');
  });

  it('are sent again where the receiver asks for that, and only there', async () => {
    const slept: number[] = [];
    const busy = await receiver((count) =>
      count === 1
        ? { status: 429, headers: { 'retry-after': '3' } }
        : count === 2
          ? { status: 503 }
          : { status: 200, body: '' },
    );
    expect(
      await sendTraces(otlpRequest([], { ...options, content: false }), sending(busy.endpoint, slept)),
    ).toEqual({ rejected: 0, message: '' });
    busy.close();
    expect(slept).toEqual([3000, 1000]);
    const refusing = await receiver(() => ({ status: 400, body: 'bad request' }));
    await expect(
      sendTraces(otlpRequest([], { ...options, content: false }), sending(refusing.endpoint)),
    ).rejects.toMatchObject({ code: 'traces.not_sent' });
    refusing.close();
    expect(refusing.count()).toBe(1);
  });
});
