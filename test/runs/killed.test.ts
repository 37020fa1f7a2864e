import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { seededRandom } from '../../engine/math/index.ts';
import { openStore } from '../../engine/store/index.ts';
import { batched, datasetRecord, examplesOf } from './edge.ts';
import { type ModelServer, modelServer } from './model-server.ts';

const EXAMPLES = 2000;
const KILLS = 20;
const IN_FLIGHT = 64;
const SEED = 20;

/** What a step asks for an example: a call of its own. */
const questionOf = (example: string, step: string): string =>
  step === 'first' ? example.replace('e', 'question ') : example.replace('e', 'check answer ');
const answerTo = (question: string): string => question.replace(/^(question|check answer)/, 'answer');
const requests = (server: ModelServer): number => [...server.asked.values()].reduce((sum, n) => sum + n, 0);

interface Session {
  child: ChildProcess;
  /** Outcomes found at opening; whole once `ready`. */
  had: string[];
  ready: boolean;
  paid: string[];
  done: string[];
  warnings: string[];
  end: string | null;
  exited: Promise<number | null>;
}

function begin(folder: string, server: ModelServer): Session {
  const pipeline = `pipeline: killed
version: 1
candidates:
  a: { provider: openai-compatible, model: m, baseUrl: "${server.url}", price: { inputPerMTok: 1, outputPerMTok: 1 }, maxOutputTokens: 20 }
steps:
  - id: first
    generate: { model: a, prompt: "{{input.question}}" }
  - id: second
    generate: { model: a, prompt: "check {{steps.first.output}}" }
`;
  const script = join(import.meta.dirname, 'killed-run.ts');
  const child = spawn(process.execPath, [script, folder, pipeline, String(IN_FLIGHT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const session: Session = {
    child,
    had: [],
    ready: false,
    paid: [],
    done: [],
    warnings: [],
    end: null,
    exited: new Promise((resolve) => child.once('close', resolve)),
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, what = '', step = ''] = line.split(' ');
    if (word === 'ready') session.ready = true;
    if (word === 'had') session.had.push(what);
    if (word === 'paid') session.paid.push(questionOf(what, step));
    if (word === 'done') session.done.push(what);
    if (word === 'warning') session.warnings.push(what);
    if (word === 'end') session.end = what;
  });
  return session;
}

test(
  `killed at ${KILLS} random moments (seed ${SEED}), a run of ${EXAMPLES} examples keeps every acknowledged outcome and finishes`,
  { timeout: 120_000 },
  async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-killed-'));
    const random = seededRandom(SEED);
    await using server = await modelServer(answerTo, 20);
    try {
      const prepared = await openStore(folder);
      await prepared.datasets.insert(datasetRecord(), batched(examplesOf(EXAMPLES)));
      await prepared.close();

      const acknowledged: string[] = [];
      /** How often a question had been asked when its result was acknowledged: never again after that. */
      const askedWhenPaid = new Map<string, number>();
      let inFlight = 0;
      let checked = 0;
      const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
      /** One session; null: let it finish. */
      const live = async (kill: { answers: number; thenMs: number } | null): Promise<Session> => {
        const before = server.answers();
        const requestsBefore = requests(server);
        const session = begin(folder, server);
        if (kill !== null) {
          // Some kills come while the workspace is still being opened: no answer is waited for.
          if (kill.answers > 0) {
            await new Promise<void>((resolve) => {
              server.onAnswer = (answers) => {
                if (answers >= before + kill.answers) resolve();
              };
              void session.exited.then(() => resolve());
            });
          }
          await sleep(kill.thenMs);
          session.child.kill('SIGKILL');
        }
        await session.exited;
        // Requests still on their way when it was killed have arrived by now.
        await sleep(5);
        if (session.ready) {
          const had = new Set(session.had);
          expect(acknowledged.filter((id) => !had.has(id))).toEqual([]);
          checked++;
        }
        acknowledged.push(...session.done);
        for (const question of session.paid) askedWhenPaid.set(question, server.asked.get(question)!);
        const flying = requests(server) - requestsBefore - session.paid.length;
        expect(flying).toBeGreaterThanOrEqual(0);
        expect(flying).toBeLessThanOrEqual(kill === null ? 0 : IN_FLIGHT);
        inFlight += flying;
        return session;
      };

      let opening = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const whileOpening = random.next() < 0.2;
        opening += whileOpening ? 1 : 0;
        const session = await live(
          whileOpening
            ? { answers: 0, thenMs: 700 * random.next() }
            : { answers: 1 + random.int(400), thenMs: 25 * random.next() },
        );
        expect(session.child.signalCode, 'it was killed, it did not end by itself').toBe('SIGKILL');
        expect(session.end).toBeNull();
      }
      const killedAt = acknowledged.length;
      const last = await live(null);
      expect(last.end).toBe('done');
      expect(last.warnings).toContain('workspace.runs_interrupted');
      expect(await last.exited).toBe(0);

      const store = await openStore(folder);
      try {
        const [record] = await store.runs.list();
        const summary = await store.runs.summary(record!.id);
        expect(summary).toMatchObject({ status: 'done', total: EXAMPLES, done: EXAMPLES, failed: 0 });
        expect(summary.candidates[0]!.score).toMatchObject({ mean: 1, n: EXAMPLES });
        expect((await store.runs.finished(record!.id)).done.size).toBe(EXAMPLES);
        // Each example has one outcome, not one a session.
        expect((await store.counts()).outcomes).toBe(EXAMPLES);

        expect(checked).toBeGreaterThan(KILLS / 2);
        for (const [question, times] of askedWhenPaid) expect(server.asked.get(question)).toBe(times);

        const listed = new Map<string, number>();
        for (const { example, step } of summary.ambiguous) {
          const question = questionOf(example, step);
          listed.set(question, (listed.get(question) ?? 0) + 1);
        }
        // What was asked again was in flight at a kill, and is listed as often.
        for (const [question, times] of server.asked) {
          expect(listed.get(question) ?? 0).toBeGreaterThanOrEqual(times - 1);
        }
        const extra = requests(server) - 2 * EXAMPLES;
        expect(server.asked.size).toBe(2 * EXAMPLES);
        expect(extra).toBeLessThanOrEqual(inFlight);
        expect(inFlight).toBeLessThanOrEqual(KILLS * IN_FLIGHT);
        expect(summary.ambiguous.length).toBeLessThanOrEqual(KILLS * IN_FLIGHT);
        await context.annotate(
          `${KILLS} kills (${opening} timed from the start of the process), ${killedAt} outcomes acknowledged before the last ` +
            `session, ${inFlight} calls in flight at kills, ${extra} made again, ${summary.ambiguous.length} listed as ambiguous`,
        );
      } finally {
        await store.close();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
