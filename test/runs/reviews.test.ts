import { describe, expect, it } from 'vitest';
import { answer, bench, examplesOf, fakeProvider, registryOf } from './edge.ts';

const reviewed = `pipeline: reviewed
version: 1
candidates:
  a: { provider: fake, model: small }
steps:
  - id: draft
    generate: { model: a, prompt: "{{input.question}}" }
  - id: human
    review: { when: draft.confidence < 0.5, options: ["answer 0", "answer 1", "answer 2", "answer 3"] }
  - id: polish
    generate: { model: a, prompt: "polish {{steps.human.output}}" }
output: "{{steps.human.output}}"
`;

describe('a run with reviews', () => {
  it('parks what waits, keeps it over a restart, pays nothing twice, and goes on with what was decided', async () => {
    const asked: string[] = [];
    const provider = fakeProvider('fake', ({ messages }) => {
      const text = messages.at(-1)!.content;
      asked.push(text);
      return answer(text.replace('question', 'answer'), {
        confidence: text.endsWith('0') || text.endsWith('1') ? 0.1 : 0.9,
        costUsd: 1,
      });
    });
    await using workspace = await bench(examplesOf(4), registryOf([provider]));
    const { run } = await workspace.start(reviewed);
    const paused = await workspace.runs.wait({ run });
    expect(paused).toMatchObject({
      status: 'paused',
      done: 2,
      waiting: 2,
      reason: { code: 'run.reviews_waiting' },
    });
    expect(asked).toHaveLength(6);

    await workspace.reopen();
    // Nothing has been decided: nothing is asked again, of models or of people.
    await workspace.runs.resume({ run, failed: false });
    expect(await workspace.runs.wait({ run })).toMatchObject({ status: 'paused', done: 2, waiting: 2 });
    expect(asked).toHaveLength(6);

    const { reviews, total } = await workspace.store.reviews.list({
      run,
      status: 'waiting',
      offset: 0,
      limit: 10,
    });
    expect(total).toBe(2);
    const first = reviews.find(({ example }) => example === 'e0')!;
    expect(first).toMatchObject({
      step: 'human',
      reason: 'draft.confidence < 0.5',
      answer: 'answer 0',
      decision: null,
    });
    const decision = {
      verdict: 'approve',
      by: 'Ada',
      note: null,
      decidedAt: '2026-01-02T00:00:00.000Z',
      tookMs: 1000,
    } as const;
    await workspace.store.reviews.decide({ ...decision, review: first.id, answer: 'answer 0' });
    await expect(
      workspace.store.reviews.decide({ ...decision, review: first.id, answer: 'x' }),
    ).rejects.toMatchObject({ code: 'review.decided' });

    await workspace.runs.resume({ run, failed: false });
    expect(await workspace.runs.wait({ run })).toMatchObject({ status: 'paused', done: 3, waiting: 1 });
    // Only the step after the review: the draft is replayed.
    expect(asked.slice(6)).toEqual(['polish answer 0']);

    const second = reviews.find(({ example }) => example === 'e1')!;
    await workspace.store.reviews.decide({
      ...decision,
      verdict: 'reject',
      review: second.id,
      answer: null,
      note: 'nonsense',
    });
    await workspace.reopen();
    await workspace.runs.resume({ run, failed: false });
    const done = await workspace.runs.wait({ run });
    expect(done).toMatchObject({
      status: 'done',
      done: 4,
      failed: 1,
      waiting: 0,
      reason: null,
      costUsd: 8 - 1,
      freshCostUsd: 8 - 1,
    });
    expect(asked).toHaveLength(7);
    const page = await workspace.store.runs.page(run, { offset: 0, limit: 10, only: 'failed' });
    expect(JSON.stringify(page.columns)).toContain('Ada rejected it: nonsense.');
  });
});

const sideBySide = `pipeline: side-by-side
version: 1
candidates:
  a: { provider: fake, model: small }
state: { seen: { reducer: append } }
steps:
  - id: both
    parallel:
      branches:
        left: [{ id: l, generate: { model: a, prompt: "left {{input.question}}" } }]
        right:
          - id: rounds
            loop:
              max: 2
              steps: [{ id: r, generate: { model: a, prompt: "{{index}} {{input.question}}" } }]
  - id: each
    map:
      over: "{{input.list}}"
      steps:
        - { id: part, generate: { model: a, prompt: "part {{item}} {{input.question}}" } }
  - id: answer
    generate: { model: a, prompt: "sum {{steps.each.output}}" }
`;

describe('steps side by side in a run', () => {
  const examples = (n: number) =>
    examplesOf(n, (i) => ({ input: { question: `question ${i}`, list: ['x', 'y', 'z'] } }));
  const mapping = { record: { mapping: { input: ['question', 'list'], expected: 'answer', tags: [] } } };

  it('add up in cost; of their latencies the longest counts', async () => {
    const provider = fakeProvider('fake', ({ messages }) =>
      answer('ok', { costUsd: 0.25, latencyMs: messages[0]!.content.startsWith('left') ? 50 : 10 }),
    );
    await using workspace = await bench(examples(1), registryOf([provider]), mapping);
    const { run } = await workspace.start(sideBySide);
    const done = await workspace.runs.wait({ run });
    expect(done).toMatchObject({ status: 'done', failed: 0, costUsd: 7 * 0.25 });
    // left 50 (beside two rounds of 10), the map 10, the answer 10.
    expect(done.candidates[0]!.latencyMs!.mean).toBe(70);
  });

  it('an item that was stopped in the middle continues there: finished calls are not made again', async () => {
    const asked = new Map<string, number>();
    let stopAfter = 4;
    let stop: (() => void) | null = null;
    const provider = fakeProvider('fake', ({ messages }) => {
      const text = messages[0]!.content;
      asked.set(text, (asked.get(text) ?? 0) + 1);
      if (--stopAfter === 0) stop?.();
      return answer(`<${text}>`);
    });
    await using workspace = await bench(examples(2), registryOf([provider]), mapping);
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const { run } = await workspace.start(sideBySide, { concurrency: 1 });
    await stopped;
    await workspace.reopen();
    await workspace.runs.resume({ run, failed: false });
    expect(await workspace.runs.wait({ run })).toMatchObject({ status: 'done', done: 2, failed: 0 });
    const twice = [...asked.values()].filter((n) => n > 1).length;
    const { ambiguous } = await workspace.runs.status({ run });
    expect(asked.size).toBe(14);
    // What was in flight when it stopped may be made again, and is listed.
    expect(twice).toBeLessThanOrEqual(ambiguous.length);
    expect(ambiguous.length).toBeLessThanOrEqual(3);
  });
});
