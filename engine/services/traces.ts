/** What a run did: one example explained, where the money went, traces for other tools. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { type Example, type Handlers, type ItemTrace, type Outcome, WorkbenchError } from '../api/index.ts';
import { costsOf, otlpRequest, SEMANTIC_CONVENTIONS, sendTraces, storyOf } from '../observe/index.ts';
import type { RunRecord, Store } from '../store/index.ts';
import { findRun, type Rooms } from './rooms.ts';

/** Items a request to a receiver: some hundred spans. */
const ITEMS_A_REQUEST = 100;

export function traceServices(rooms: Rooms): Pick<Handlers, 'traces'> {
  return {
    traces: {
      async explain({ run, example: ref, candidate }) {
        const store = await rooms.store();
        const record = await findRun(store, run);
        const example = await exampleOf(store, record, ref);
        const found = await store.traces.of(record.id, example.id);
        const items = found.filter(
          ({ outcome }) => candidate === undefined || outcome.candidate === candidate,
        );
        if (items.length === 0) {
          const known = found.map(({ outcome }) => outcome.candidate);
          throw new WorkbenchError(
            'outcomes.example_unknown',
            `Run ${record.id} has no outcome of ${candidate ?? 'any candidate'} for ${example.id}.`,
            {
              hint:
                known.length === 0
                  ? 'It has not been run yet: `kneepoint run status`.'
                  : `There are those of ${known.join(', ')}.`,
            },
          );
        }
        return {
          run: record.id,
          name: record.name,
          dataset: record.dataset,
          example: example.id,
          input: example.input,
          expected: example.expected,
          tags: example.tags,
          items: items.map(({ outcome, trace }) => ({
            candidate: outcome.candidate,
            outcome,
            startedMs: trace?.startedMs ?? null,
            spans: (trace?.spans ?? []).toSorted((a, b) => a.startMs - b.startMs),
            story: storyOf(trace, outcome),
          })),
        };
      },
      async costs({ run, by }) {
        const store = await rooms.store();
        const record = await findRun(store, run);
        const tags = by === 'tag' ? await tagsOf(store, record) : new Map<string, Example['tags']>();
        const counting = costsOf(by);
        // Replaced outcomes too: they were paid.
        for await (const batch of store.traces.all(record.id)) {
          for (const { outcome, trace } of batch)
            counting.add({ outcome, trace, tags: tags.get(outcome.example) ?? {} });
        }
        return { run: record.id, by, ...counting.result() };
      },
      async export({ run, content, endpoint, headers }) {
        if (endpoint !== undefined && !rooms.allowPaths) {
          throw new WorkbenchError('host.refused', 'This door sends nothing to other addresses.', {
            hint: 'Export a file, or use the command line.',
          });
        }
        const store = await rooms.store();
        const record = await findRun(store, run);
        const counts = { items: 0, spans: 0, requests: 0, rejected: 0, untraced: 0 };
        const messages = new Set<string>();
        const options = { run: record.id, pipeline: record.name, version: rooms.version, content };
        async function* requests(): AsyncGenerator<ReturnType<typeof otlpRequest>> {
          for await (const items of traced(store, record.id, counts)) {
            const request = otlpRequest(items, options);
            counts.requests++;
            counts.spans += request.resourceSpans[0]!.scopeSpans[0]!.spans.length;
            yield request;
          }
        }
        let download = null;
        if (endpoint === undefined) {
          const lines = async function* (): AsyncGenerator<string> {
            for await (const request of requests()) yield `${JSON.stringify(request)}\n`;
          };
          const file = await rooms.downloads.create((path) =>
            pipeline(Readable.from(lines()), createWriteStream(path, { encoding: 'utf8' })),
          );
          download = { ...file, name: `traces-${record.id}.jsonl`, rows: counts.items, total: counts.items };
        } else {
          const to = {
            endpoint,
            headers,
            fetch: globalThis.fetch,
            sleep: async (ms: number) => setTimeout(ms),
          };
          for await (const request of requests()) {
            const { rejected, message } = await sendTraces(request, to);
            counts.rejected += rejected;
            if (message !== '') messages.add(message);
          }
        }
        return {
          ...counts,
          messages: [...messages].slice(0, 20),
          semanticConventions: SEMANTIC_CONVENTIONS,
          download,
        };
      },
    },
  };
}

/** Newest outcomes with a trace, so many at a time; the others are counted. */
async function* traced(
  store: Store,
  run: string,
  counts: { items: number; untraced: number },
): AsyncGenerator<{ outcome: Outcome; trace: ItemTrace }[]> {
  for await (const batch of store.traces.all(run)) {
    const newest = batch.filter((item) => item.newest);
    const known = newest.flatMap(({ outcome, trace }) => (trace === null ? [] : [{ outcome, trace }]));
    counts.untraced += newest.length - known.length;
    counts.items += known.length;
    for (let from = 0; from < known.length; from += ITEMS_A_REQUEST)
      yield known.slice(from, from + ITEMS_A_REQUEST);
  }
}

async function exampleOf(store: Store, record: RunRecord, ref: string): Promise<Example> {
  for await (const batch of store.datasets.examples(record.datasetHash, { ids: [ref] })) {
    const [found] = batch;
    if (found !== undefined) return found;
  }
  throw new WorkbenchError(
    'outcomes.example_unknown',
    `The dataset ${record.dataset} has no example ${ref}.`,
    {
      hint: 'Ids stand in `kneepoint compare RUN --rows 20` and on the Dataset screen.',
    },
  );
}

async function tagsOf(store: Store, record: RunRecord): Promise<Map<string, Example['tags']>> {
  const tags = new Map<string, Example['tags']>();
  for await (const batch of store.datasets.examples(record.datasetHash)) {
    for (const { id, tags: own } of batch) tags.set(id, own);
  }
  return tags;
}
