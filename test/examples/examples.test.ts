/** The worked examples, as examples/README.md tells to run them; on the real files. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../engine/api/index.ts';
import { createWorkbench } from '../../engine/workbench.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-examples-'));
let bench: Awaited<ReturnType<typeof createWorkbench>>;
beforeAll(async () => {
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
  cpSync(join(root, 'docs'), join(folder, 'examples', 'handbook', 'documents'), { recursive: true });
  bench = await createWorkbench({ folder: join(folder, 'workspace'), env: {}, allowPaths: true });
});
afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true });
});
const step = (run: RunSummary, name: string): number =>
  run.stepScores.find((one) => one.step === name)!.score.mean;

describe('the worked examples', () => {
  it(
    'triage: escalates what is unsure, parks what stays so, and a person makes it better',
    { timeout: 120_000 },
    async () => {
      const { api } = bench;
      const { dataset } = await api.sample.import({});
      const pipeline = { path: join(folder, 'examples/triage/pipeline.yaml') };
      const { run } = await api.runs.start({ pipeline, dataset, concurrency: 64 });
      const parked = await api.runs.wait({ run });
      expect(parked).toMatchObject({ status: 'paused', failed: 0, reason: { code: 'run.reviews_waiting' } });
      expect(parked.waiting).toBeGreaterThan(50);
      expect(parked.done + parked.waiting).toBe(parked.total);
      // What was escalated is the harder part, and is answered better than by the quick model over all.
      expect(step(parked, 'second-right')).toBeGreaterThan(step(parked, 'first-right'));

      // The person: knows the answer of every second mail, and lets the model's stand for the others.
      const { reviews } = await api.reviews.list({ run, limit: 1000 });
      expect(reviews).toHaveLength(parked.waiting);
      const truth = new Map<string, string>();
      for (let offset = 0; ; offset += 1000) {
        const page = await api.datasets.rows({ dataset, offset, limit: 1000 });
        const { id, expected } = page.columns as { id: string[]; expected: string[] };
        for (const [i, name] of id.entries()) truth.set(name, expected[i]!);
        if (id.length < 1000) break;
      }
      for (const [i, { review, example }] of reviews.entries()) {
        const knows = i % 2 === 0;
        await api.reviews.decide(
          knows
            ? { review, verdict: 'edit', answer: truth.get(example)!, by: 'Ada' }
            : { review, verdict: 'approve', by: 'Ada' },
        );
      }
      await api.runs.resume({ run });
      const done = await api.runs.wait({ run });
      expect(done).toMatchObject({ status: 'done', failed: 0, waiting: 0 });
      // A parked item had been answered by both models; behind the review nothing is called again.
      expect(done.costUsd).toBeCloseTo(parked.costUsd! + parked.waiting * 0.00042, 9);
      const stats = await api.reviews.stats({ run });
      expect(stats.decided).toBe(reviews.length);
      expect(stats.right!.people.mean).toBeGreaterThan(stats.right!.models.mean);
      expect(done.candidates[0]!.score!.mean).toBeGreaterThan(0.97);
    },
  );

  it(
    'handbook: finds the page that answers, measured for three ways of searching',
    { timeout: 120_000 },
    async () => {
      const { api } = bench;
      await api.datasets.import({
        source: { kind: 'path', path: join(folder, 'examples/handbook/questions.csv') },
        name: 'questions',
        id: 'id',
        input: ['question'],
        expected: 'answer',
        tags: ['source'],
        scorer: { kind: 'contains' },
      });
      const pipeline = { path: join(folder, 'examples/handbook/pipeline.yaml') };
      const { run } = await api.runs.start({ pipeline, dataset: 'questions', allowCode: true });
      const done = await api.runs.wait({ run });
      expect(done).toMatchObject({ status: 'done', done: 38, failed: 0 });
      expect(step(done, 'recall-words')).toBeGreaterThan(0.85);
      expect(step(done, 'recall-both')).toBeGreaterThan(0.85);
      expect(step(done, 'recall-vectors')).toBeGreaterThan(0.7);
      expect(step(done, 'mrr-words')).toBeGreaterThan(0.7);
      expect(step(done, 'grounded-answer')).toBe(1);
      expect(step(done, 'grounded-unread')).toBeLessThan(0.95);
      expect(done.candidates[0]!.score!.mean).toBeGreaterThan(0.5);
    },
  );

  it(
    'desk: every mail is answered rightly although the provider fails on schedule',
    { timeout: 120_000 },
    async () => {
      const { api } = bench;
      const { startProvider } = (await import(join(root, 'examples/desk/provider.mjs'))) as {
        startProvider(
          port: number,
        ): Promise<{ port: number; counts: { asked: number; flaky: number; failed: number }; close(): void }>;
      };
      const provider = await startProvider(0);
      const path = join(folder, 'examples/desk/pipeline.yaml');
      writeFileSync(path, readFileSync(path, 'utf8').replace(':8377/', `:${provider.port}/`));
      await api.datasets.import({
        source: { kind: 'path', path: join(folder, 'examples/desk/mails.csv') },
        name: 'mails',
        id: 'id',
        input: ['mail'],
        expected: 'reply',
        tags: ['kind'],
      });
      const { run } = await api.runs.start({
        pipeline: { path },
        dataset: 'mails',
        allowCode: true,
        concurrency: 40,
      });
      const done = await api.runs.wait({ run });
      provider.close();
      expect(done).toMatchObject({ status: 'done', done: 40, failed: 0 });
      expect(done.candidates[0]!.score!.mean).toBe(1);
      expect(provider.counts.failed).toBeGreaterThan(15);
      // Each refusal was tried again: more was asked of the provider than the conversations have turns.
      expect(provider.counts.asked).toBeGreaterThan(100);
    },
  );
});
