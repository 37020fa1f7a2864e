/** The review queue: what waits, what was decided, how people and models agree. */
import type {
  Estimate,
  Example,
  Handlers,
  Review,
  ReviewDecide,
  ReviewStats,
  ReviewVerdict,
} from '../api/index.ts';
import { WorkbenchError } from '../api/index.ts';
import { cohenKappa, quantileIntervals, rateInterval } from '../math/index.ts';
import { scorer } from '../scoring/index.ts';
import type { ParkedReview, Store, StoredDecision } from '../store/index.ts';
import { findRun, type Rooms } from './rooms.ts';

const LEVEL = 0.95;
type Listed = ParkedReview & { decision: StoredDecision | null };

export function reviewServices(rooms: Rooms): Pick<Handlers, 'reviews'> {
  const runOf = async (store: Store, ref: string | undefined): Promise<string | undefined> =>
    ref === undefined ? undefined : (await findRun(store, ref)).id;
  return {
    reviews: {
      async list({ run, ...request }) {
        const store = await rooms.store();
        const { total, reviews } = await store.reviews.list({ ...request, run: await runOf(store, run) });
        return { total, reviews: await shown(store, reviews) };
      },
      async show({ review }) {
        const store = await rooms.store();
        return (await shown(store, [await known(store, review)]))[0]!;
      },
      async decide(input) {
        const store = await rooms.store();
        const review = await known(store, input.review);
        const decidedAt = rooms.now();
        await store.reviews.decide({
          review: review.id,
          verdict: input.verdict,
          answer: answerOf(review, input),
          by: input.by,
          note: input.note ?? null,
          decidedAt: decidedAt.toISOString(),
          tookMs: input.tookMs ?? null,
        });
        return (await shown(store, [await known(store, review.id)]))[0]!;
      },
      async stats({ run }) {
        const store = await rooms.store();
        return stats(store, await runOf(store, run));
      },
    },
  };
}

async function known(store: Store, ref: string): Promise<Listed> {
  const found = await store.reviews.find(ref);
  if (found !== null) return found;
  throw new WorkbenchError('review.not_found', `There is no review ${ref}.`, {
    hint: 'See `kneepoint review list --status all`.',
  });
}

/** What stands for the answer from now on. */
function answerOf(review: Listed, { verdict, answer }: ReviewDecide): string | null {
  const invalid = (message: string, hint: string): WorkbenchError =>
    new WorkbenchError('review.answer_invalid', message, { hint });
  if (verdict === 'edit') {
    if (answer === undefined)
      throw invalid('An edit needs the answer to use instead.', 'Give it with `--answer`.');
    if (review.options !== null && !review.options.includes(answer)) {
      throw invalid(
        `\`${answer.slice(0, 100)}\` is none of the answers that may be given.`,
        `Choose one of ${review.options.join(', ')}.`,
      );
    }
    return answer;
  }
  if (answer !== undefined)
    throw invalid(`To ${verdict} takes no answer.`, 'Use `edit` to give another one.');
  if (verdict === 'reject') return null;
  if (review.answer === null) {
    throw invalid('There is no answer to approve: the models gave none.', 'Use `edit` or `reject`.');
  }
  return review.answer;
}

async function shown(store: Store, reviews: Listed[]): Promise<Review[]> {
  const examples = await examplesOf(store, reviews);
  return reviews.map(({ id, decision, ...review }) => ({
    review: id,
    ...review,
    input: Object.entries(examples.get(`${review.run}\u0000${review.example}`)?.input ?? {}).map(
      ([field, value]) => ({ field, text: typeof value === 'string' ? value : JSON.stringify(value) }),
    ),
    decision: decision && {
      verdict: decision.verdict,
      answer: decision.answer,
      by: decision.by,
      note: decision.note,
      decidedAt: decision.decidedAt,
      tookMs: decision.tookMs,
    },
  }));
}

/** By run and example. */
async function examplesOf(store: Store, reviews: Listed[]): Promise<Map<string, Example>> {
  const byRun = new Map<string, Set<string>>();
  for (const { run, example } of reviews) byRun.set(run, (byRun.get(run) ?? new Set()).add(example));
  const found = new Map<string, Example>();
  for (const [run, ids] of byRun) {
    const record = await store.runs.find(run);
    if (record === null) continue;
    for await (const batch of store.datasets.examples(record.datasetHash, { ids: [...ids] })) {
      for (const example of batch) found.set(`${run}\u0000${example.id}`, example);
    }
  }
  return found;
}

async function stats(store: Store, run: string | undefined): Promise<ReviewStats> {
  const { reviews } = await store.reviews.list({ run, status: 'all', offset: 0, limit: 1_000_000 });
  const decided = reviews.flatMap((review) =>
    review.decision ? [{ ...review, decision: review.decision }] : [],
  );
  const byVerdict: Record<ReviewVerdict, number> = { approve: 0, edit: 0, reject: 0 };
  for (const { decision } of decided) byVerdict[decision.verdict]++;
  const people = [...new Set(decided.map(({ decision }) => decision.by))].sort();
  const approvedOf = (of: typeof decided): Estimate =>
    rateOf(of.map(({ decision }) => decision.verdict === 'approve'));
  return {
    waiting: reviews.length - decided.length,
    decided: decided.length,
    byVerdict,
    approved: decided.length === 0 ? null : approvedOf(decided),
    kappa: agreement(decided),
    right: await rightOf(store, decided),
    waitedMs: median(
      decided.map(({ askedAt, decision }) => Date.parse(decision.decidedAt) - Date.parse(askedAt)),
    ),
    tookMs: median(decided.flatMap(({ decision }) => decision.tookMs ?? [])),
    by: people.map((person) => {
      const own = decided.filter(({ decision }) => decision.by === person);
      return { person, decided: own.length, approved: approvedOf(own) };
    }),
  };
}

function agreement(decided: { answer: string | null; decision: StoredDecision }[]): Estimate | null {
  const both = decided.filter(({ answer, decision }) => answer !== null && decision.answer !== null);
  const labels = [...new Set(both.flatMap(({ answer, decision }) => [answer!, decision.answer!]))];
  // Free texts are no categories: kappa says nothing of them.
  if (both.length < 2 || labels.length > 100) return null;
  const rank = new Map(labels.map((label, index) => [label, index]));
  const kappa = cohenKappa(
    Float64Array.from(both, ({ answer }) => rank.get(answer!)!),
    Float64Array.from(both, ({ decision }) => rank.get(decision.answer!)!),
  );
  return Number.isNaN(kappa.mean) ? null : kappa;
}

async function rightOf(
  store: Store,
  decided: (Listed & { decision: StoredDecision })[],
): Promise<ReviewStats['right']> {
  const examples = await examplesOf(store, decided);
  const models: boolean[] = [];
  const people: boolean[] = [];
  const judges = new Map<string, ReturnType<typeof scorer>>();
  for (const { run, example: id, answer, decision } of decided) {
    const example = examples.get(`${run}\u0000${id}`);
    if (example === undefined || example.expected === null) continue;
    let judge = judges.get(run);
    if (judge === undefined) {
      const record = await store.runs.find(run);
      const dataset = record && (await store.datasets.find(record.datasetHash));
      if (!dataset) continue;
      judges.set(run, (judge = scorer(dataset.scorer)));
    }
    const right = (text: string | null): boolean =>
      text !== null && judge(example.expected, text).score === 1;
    models.push(right(answer));
    people.push(right(decision.answer));
  }
  return models.length === 0 ? null : { models: rateOf(models), people: rateOf(people) };
}

function rateOf(values: boolean[]): Estimate {
  const n = values.length;
  const count = values.filter(Boolean).length;
  return { mean: count / n, ...rateInterval(count, n, LEVEL), n, level: LEVEL };
}

function median(values: number[]): Estimate | null {
  if (values.length === 0) return null;
  return quantileIntervals(Float64Array.from(values), [0.5], LEVEL)[0] ?? null;
}
