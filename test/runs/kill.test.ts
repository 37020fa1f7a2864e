/** Killed without warning, again and again: nothing acknowledged is lost, and nothing is paid twice unseen. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { seededRandom } from '../../engine/math/index.ts';

const EXAMPLES = 2000;
const KILLS = 20;
const IN_FLIGHT = 32;
const ANSWER_AFTER_MS = 20;
const SEED = 20261123;

const Line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('found'), done: z.number() }),
  z.object({ type: z.literal('acknowledged'), done: z.number() }),
  z.object({
    type: z.literal('finished'),
    status: z.string(),
    done: z.number(),
    failed: z.number(),
    ambiguous: z.array(z.string()),
  }),
]);
type Finished = Extract<z.infer<typeof Line>, { type: 'finished' }>;

/** Chat Completions that answer after 20 ms; `calls` counts the requests that arrived, by example. */
async function slowModel(): Promise<AsyncDisposable & { url: string; calls: Map<string, number> }> {
  const calls = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const id = /row-(\d+)/.exec(Buffer.concat(chunks).toString())?.[1] ?? 'unknown';
      calls.set(id, (calls.get(id) ?? 0) + 1);
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({
            id: 'c',
            object: 'chat.completion',
            created: 1,
            model: 'slow',
            choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
            usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 },
          }),
        );
      }, ANSWER_AFTER_MS);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server listening on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One life of the child: killed so long after its first acknowledged outcome of this life, or left to finish. */
async function live(
  args: string[],
  killAfterMs: number | null,
): Promise<{ found: number; acknowledged: number; finished: Finished | null }> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', join(import.meta.dirname, 'kill-child.ts'), ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let found = -1;
  let acknowledged = 0;
  let finished: Finished | null = null;
  let timer: NodeJS.Timeout | null = null;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = Line.parse(JSON.parse(text));
    if (line.type === 'found') found = line.done;
    else if (line.type === 'acknowledged') {
      acknowledged = Math.max(acknowledged, line.done);
      if (killAfterMs !== null) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    } else finished = line;
  }
  await gone;
  if (timer !== null) clearTimeout(timer);
  return { found, acknowledged, finished };
}

it(`kill -9 at ${KILLS} random moments of ${EXAMPLES} examples loses nothing that was acknowledged, and lists every call made twice`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-kill-'));
  await using model = await slowModel();
  try {
    const rows = Array.from({ length: EXAMPLES }, (_, i) => `${i},row-${i},yes`);
    writeFileSync(join(folder, 'rows.csv'), `id,question,answer\n${rows.join('\n')}\n`);
    writeFileSync(
      join(folder, 'p.yaml'),
      `pipeline: slow\nversion: 1\ncandidates:\n  m: { provider: openai-compatible, model: slow, baseUrl: '${model.url}', price: { inputPerMTok: 1, outputPerMTok: 1 } }\nsteps:\n  - id: answer\n    route: { by: candidate, candidates: [m] }\n    generate: { prompt: "{{input.question}}" }\n`,
    );
    const args = [join(folder, 'workspace'), join(folder, 'p.yaml'), join(folder, 'rows.csv')];
    const random = seededRandom(SEED);
    let acknowledged = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const life = await live(args, Math.floor(random.next() * 60));
      expect(life.finished).toBeNull();
      expect(life.found).toBeGreaterThanOrEqual(acknowledged);
      acknowledged = Math.max(acknowledged, life.acknowledged);
    }
    const { found, finished } = await live(args, null);
    expect(found).toBeGreaterThanOrEqual(acknowledged);
    expect(acknowledged).toBeGreaterThan(0);
    expect(finished).toMatchObject({ status: 'done', done: EXAMPLES, failed: 0 });

    expect(model.calls.size).toBe(EXAMPLES);
    const again = [...model.calls].flatMap(([id, count]) => Array.from({ length: count - 1 }, () => id));
    const listed = finished?.ambiguous ?? [];
    // Every repetition is one of the listed calls, and at most what was in flight at a kill was repeated.
    expect(again.length).toBeLessThanOrEqual(listed.length);
    expect(listed.length).toBeLessThanOrEqual(KILLS * IN_FLIGHT);
    expect(again.filter((id) => !listed.includes(id))).toEqual([]);
    expect(listed.length).toBeGreaterThan(0);
    console.log(
      `${KILLS} kills (seed ${SEED}): ${acknowledged} of ${EXAMPLES} acknowledged before the last life, ${listed.length} calls listed as ambiguous, ${again.length} made twice.`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);
