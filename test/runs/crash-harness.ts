/**
 * Kills a process that runs a pipeline, at random moments, and goes on with it until it is done. What is checked each time:
 * no acknowledged outcome is lost, none is there twice, no call whose result was acknowledged is made again, and what was
 * asked twice was in flight at a kill and is listed as ambiguous.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { seededRandom } from '../../engine/math/index.ts';
import { openStore } from '../../engine/store/index.ts';
import { batched, datasetRecord, examplesOf } from './edge.ts';
import { type ModelServer, modelServer } from './model-server.ts';

export interface CrashSpec {
  name: string;
  /** Everything below `candidates:`; `a` is the one candidate. */
  body: string;
  /** What the call at a step path of an example asks; null for effects, which ask nobody. */
  questionOf(example: number, step: string): string | null;
  /** What is answered: a text, or a call of a tool. */
  answerTo(question: string): string | { tool: string; arguments: object };
  /** Model calls an example. */
  calls: number;
}
export interface Crashed {
  kills: number;
  /** Timed from the start of the process: while the workspace is being opened. */
  opening: number;
  acknowledgedBefore: number;
  inFlight: number;
  madeAgain: number;
  ambiguous: number;
}

interface Session {
  child: ChildProcess;
  /** Outcomes found at opening; whole once `ready`. */
  had: string[];
  ready: boolean;
  paid: string[];
  done: string[];
  parked: number;
  warnings: string[];
  end: string | null;
  exited: Promise<number | null>;
}

const requests = (server: ModelServer): number => [...server.asked.values()].reduce((sum, n) => sum + n, 0);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function begin(folder: string, server: ModelServer, spec: CrashSpec, inFlight: number): Session {
  const pipeline = `pipeline: killed
version: 1
candidates:
  a: { provider: openai-compatible, model: m, baseUrl: "${server.url}", price: { inputPerMTok: 1, outputPerMTok: 1 }, maxOutputTokens: 20 }
${spec.body}`;
  const script = join(import.meta.dirname, 'killed-run.ts');
  const child = spawn(process.execPath, [script, folder, pipeline, String(inFlight)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const session: Session = {
    child,
    had: [],
    ready: false,
    paid: [],
    done: [],
    parked: 0,
    warnings: [],
    end: null,
    exited: new Promise((resolve) => child.once('close', resolve)),
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, what = '', step = ''] = line.split(' ');
    if (word === 'ready') session.ready = true;
    if (word === 'had') session.had.push(what);
    if (word === 'paid') {
      const question = spec.questionOf(Number(what.slice(1)), step);
      if (question !== null) session.paid.push(question);
    }
    if (word === 'done') session.done.push(what);
    if (word === 'parked') session.parked++;
    if (word === 'warning') session.warnings.push(what);
    if (word === 'end') session.end = what;
  });
  return session;
}

export async function crash(
  spec: CrashSpec,
  { examples, kills, inFlight, seed }: { examples: number; kills: number; inFlight: number; seed: number },
): Promise<Crashed> {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-killed-'));
  const random = seededRandom(seed);
  await using server = await modelServer(spec.answerTo, 20);
  try {
    const prepared = await openStore(folder);
    await prepared.datasets.insert(datasetRecord(), batched(examplesOf(examples)));
    await prepared.close();

    const acknowledged: string[] = [];
    /** How often a question had been asked when its result was acknowledged: never again after that. */
    const askedWhenPaid = new Map<string, number>();
    let flying = 0;
    let checked = 0;
    /** One session; null: let it finish. */
    const live = async (kill: { answers: number; thenMs: number } | null): Promise<Session> => {
      const before = server.answers();
      const requestsBefore = requests(server);
      const session = begin(folder, server, spec, inFlight);
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
      const open = requests(server) - requestsBefore - session.paid.length;
      expect(open).toBeGreaterThanOrEqual(0);
      expect(open).toBeLessThanOrEqual(kill === null ? 0 : inFlight * spec.calls);
      flying += open;
      return session;
    };

    let opening = 0;
    let killed = 0;
    for (let kill = 0; kill < kills; kill++) {
      const whileOpening = random.next() < 0.2;
      const most = Math.max(1, Math.floor((examples * spec.calls) / (kills + 1)));
      const session = await live(
        whileOpening
          ? { answers: 0, thenMs: 700 * random.next() }
          : { answers: 1 + random.int(most), thenMs: 25 * random.next() },
      );
      // It may have come to its end before the moment came.
      if (session.child.signalCode !== 'SIGKILL') break;
      expect(session.end).toBeNull();
      killed++;
      opening += whileOpening ? 1 : 0;
    }
    const acknowledgedBefore = acknowledged.length;
    // Where people are asked, they decide between sessions.
    for (;;) {
      const last = await live(null);
      expect(await last.exited).toBe(0);
      if (last.end === 'done') break;
      expect(last.end).toBe('paused');
      expect(await decideAll(folder)).toBeGreaterThan(0);
    }
    const store = await openStore(folder);
    try {
      const [record] = await store.runs.list();
      const summary = await store.runs.summary(record!.id);
      expect(summary).toMatchObject({ status: 'done', total: examples, done: examples, failed: 0 });
      expect((await store.runs.finished(record!.id)).done.size).toBe(examples);
      // Each example has one outcome, not one a session; and one trace.
      expect((await store.counts()).outcomes).toBe(examples);
      let traces = 0;
      for await (const batch of store.traces.all(record!.id))
        traces += batch.filter(({ trace }) => trace !== null).length;
      expect(traces).toBe(examples);
      const decisions = await store.reviews.list({
        run: record!.id,
        status: 'all',
        offset: 0,
        limit: 1_000_000,
      });
      expect(new Set(decisions.reviews.map(({ id }) => id)).size).toBe(decisions.total);

      if (kills > 5) expect(checked).toBeGreaterThan(killed / 2);
      for (const [question, times] of askedWhenPaid) expect(server.asked.get(question)).toBe(times);
      const listed = new Map<string, number>();
      let effects = 0;
      for (const { example, step } of summary.ambiguous) {
        const question = spec.questionOf(Number(example.slice(1)), step);
        if (question === null) effects++;
        else listed.set(question, (listed.get(question) ?? 0) + 1);
      }
      // What was asked again was in flight at a kill, and is listed as often.
      for (const [question, times] of server.asked) {
        expect(listed.get(question) ?? 0).toBeGreaterThanOrEqual(times - 1);
      }
      expect(server.asked.size).toBe(spec.calls * examples);
      const madeAgain = requests(server) - spec.calls * examples;
      expect(madeAgain).toBeLessThanOrEqual(flying);
      return {
        kills: killed,
        opening,
        acknowledgedBefore,
        inFlight: flying,
        madeAgain,
        ambiguous: summary.ambiguous.length - effects,
      };
    } finally {
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function decideAll(folder: string): Promise<number> {
  const store = await openStore(folder);
  try {
    const { reviews } = await store.reviews.list({ status: 'waiting', offset: 0, limit: 100_000 });
    const decidedAt = '2026-01-02T00:00:00.000Z';
    for (const { id, answer } of reviews) {
      await store.reviews.decide({
        review: id,
        verdict: 'approve',
        answer,
        by: 'Ada',
        note: null,
        decidedAt,
        tookMs: null,
      });
    }
    return reviews.length;
  } finally {
    await store.close();
  }
}

const plain = (question: string): string => `said ${question}`;
/** The kinds of steps that hold calls, each with what is asked where. */
export const crashSpecs: CrashSpec[] = [
  {
    name: 'sequence',
    body: `steps:
  - id: first
    generate: { model: a, prompt: "{{input.question}}" }
  - id: second
    generate: { model: a, prompt: "check {{steps.first.output}}" }
`,
    calls: 2,
    answerTo: plain,
    questionOf: (i, step) => (step === 'first' ? `question ${i}` : `check said question ${i}`),
  },
  {
    name: 'parallel and map',
    body: `steps:
  - id: both
    parallel:
      branches:
        left: [{ id: l, generate: { model: a, prompt: "l {{input.question}}" } }]
        right: [{ id: r, generate: { model: a, prompt: "r {{input.question}}" } }]
  - id: list
    set: { parts: ["x", "y"] }
  - id: each
    map: { over: "{{state.parts}}", steps: [{ id: part, generate: { model: a, prompt: "{{item}} {{input.question}}" } }] }
state: { parts: { reducer: replace } }
`,
    calls: 4,
    answerTo: plain,
    questionOf: (i, step) => {
      const at = /^each\[(\d)\]/.exec(step)?.[1];
      return `${at === undefined ? step : at === '0' ? 'x' : 'y'} question ${i}`;
    },
  },
  {
    name: 'loop and branch',
    body: `state: { draft: { reducer: replace, initial: "" } }
steps:
  - id: rounds
    loop:
      max: 2
      steps:
        - { id: write, generate: { model: a, prompt: "{{index}} {{input.question}}" } }
        - { id: keep, set: { draft: "{{steps.write.output}}" } }
  - id: which
    branch:
      - when: state.draft == "nothing"
        steps: [{ id: never, generate: { model: a, prompt: never } }]
      - steps: [{ id: other, generate: { model: a, prompt: "other {{input.question}}" } }]
`,
    calls: 3,
    answerTo: plain,
    questionOf: (i, step) => `${/^rounds\[(\d)\]/.exec(step)?.[1] ?? 'other'} question ${i}`,
  },
  {
    name: 'agent with a tool',
    body: `tools:
  look:
    description: Looks.
    parameters: { type: object, properties: { at: { type: string } }, required: [at] }
    code: { text: "export default ({ at }) => 'saw ' + at;" }
agents: { desk: { model: a, tools: [look] } }
steps:
  - id: help
    agent: { start: desk, prompt: "{{input.question}}" }
`,
    calls: 2,
    answerTo: (question) =>
      question.includes('saw') ? 'done' : { tool: 'look', arguments: { at: question } },
    // Of a conversation the server counts the last message.
    questionOf: (i, step) =>
      /\/\d+-look$/.test(step) ? null : step === 'help/1-desk' ? `question ${i}` : `saw question ${i}`,
  },
  {
    name: 'review',
    body: `steps:
  - id: draft
    generate: { model: a, prompt: "{{input.question}}" }
  - id: human
    review: {}
  - id: send
    generate: { model: a, prompt: "send {{steps.human.output}}" }
`,
    calls: 2,
    answerTo: plain,
    questionOf: (i, step) => (step === 'draft' ? `question ${i}` : `send said question ${i}`),
  },
];
