import { createHash, randomUUID } from 'node:crypto';
import {
  type Handlers,
  type RatersAgreement,
  type ScoreReport,
  ScorerSpec,
  WorkbenchError,
} from '../api/index.ts';
import { cohenKappa, krippendorffAlpha } from '../math/index.ts';
import { classify, expectedText, failedLabel, labelReader, unparsedLabel } from '../scoring/index.ts';
import type { RunRecord, Store } from '../store/index.ts';
import { findRun, type Rooms } from './rooms.ts';
import { judgeAgain } from './score-again.ts';
import { examplesById, keyOf } from './score-rows.ts';

export function scoreServices(rooms: Rooms): Pick<Handlers, 'scores'> {
  const jobs = new Map<string, AbortController>();
  return {
    scores: {
      again: async (input) => {
        const job = input.job ?? randomUUID();
        const abort = new AbortController();
        jobs.set(job, abort);
        try {
          return await judgeAgain(rooms, input, {
            signal: abort.signal,
            progress: (done, total) => rooms.feed.emit({ type: 'score.progress', job, done, total }),
          });
        } finally {
          jobs.delete(job);
        }
      },
      // Nothing to wait for: whoever asked for the scoring gets the error.
      // oxlint-disable-next-line typescript/require-await
      cancel: async ({ job }) => {
        const running = jobs.get(job);
        running?.abort(new WorkbenchError('cancelled', 'The scoring was cancelled.'));
        return { cancelled: running !== undefined };
      },
      report: async ({ run }) => report(await rooms.store(), run),
      agreement: async ({ runs, measure }) => agreement(await rooms.store(), runs, measure),
    },
  };
}

async function datasetOf(store: Store, run: RunRecord): Promise<{ name: string; scorer: ScorerSpec }> {
  const dataset = await store.datasets.find(run.datasetHash);
  if (dataset === null)
    throw new WorkbenchError('dataset.not_found', `The dataset of run ${run.id} is no longer there.`, {
      hint: `Import ${run.dataset} again.`,
    });
  return dataset;
}

/** The scorer a run was judged by: its own where it was judged again, else its dataset's. */
function scorerOf(run: RunRecord, dataset: { scorer: ScorerSpec }): ScorerSpec {
  const { config } = run;
  const own = typeof config === 'object' && config !== null && 'scorer' in config ? config.scorer : undefined;
  const parsed = ScorerSpec.safeParse(own);
  return parsed.success ? parsed.data : dataset.scorer;
}

async function report(store: Store, ref: string): Promise<ScoreReport> {
  const run = await findRun(store, ref);
  const dataset = await datasetOf(store, run);
  const scorer = scorerOf(run, dataset);
  const read = labelReader(scorer);
  if (read === null) {
    throw new WorkbenchError('input.invalid', `A ${scorer.kind} scorer knows no classes to report on.`, {
      hint: 'Score the run again with exact, normalised, choice, regex or json-field first.',
    });
  }
  const examples = await examplesById(store, run.datasetHash);
  const pairs = new Map<string, { expected: string; predicted: string }[]>();
  for await (const batch of store.runs.outcomes(run.id)) {
    for (const { example, candidate, output, error } of batch) {
      const text = expectedText(examples.get(example)?.expected ?? null);
      if (text === null || (output === null && error === null)) continue;
      const expected = read(text) ?? text;
      const predicted = error !== null || output === null ? failedLabel : (read(output) ?? unparsedLabel);
      const own = pairs.get(candidate) ?? [];
      own.push({ expected, predicted });
      pairs.set(candidate, own);
    }
  }
  if (pairs.size === 0) {
    throw new WorkbenchError(
      'input.invalid',
      `Run ${run.id} has no answers with an expected one beside them.`,
      {
        hint: 'Import outcomes with `--output`, and the dataset with `--expected`.',
      },
    );
  }
  const reports = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, own]) => classify(id, own));
  return { run: run.id, dataset: dataset.name, scorer, reports };
}

/** Scores of the same answers by several runs, as ratings: human labels are imported as a run with scores. */
async function agreement(
  store: Store,
  refs: string[],
  measure: RatersAgreement['alpha']['measure'],
): Promise<RatersAgreement> {
  const runs = await Promise.all(refs.map((ref) => findRun(store, ref)));
  const [first] = runs;
  const other = runs.find((run) => run.datasetHash !== first?.datasetHash);
  if (first !== undefined && other !== undefined) {
    throw new WorkbenchError(
      'input.invalid',
      `Runs ${first.id} and ${other.id} are over different datasets.`,
      {
        hint: 'Import the labels for the dataset version the run was made on.',
      },
    );
  }
  const examples = await examplesById(store, first?.datasetHash ?? '');
  const ratings = new Map<string, { cluster: string; own: Float64Array }>();
  for (const [rater, run] of runs.entries()) {
    for await (const batch of store.runs.outcomes(run.id)) {
      for (const outcome of batch) {
        if (outcome.score === null) continue;
        const key = keyOf(outcome);
        let rated = ratings.get(key);
        if (rated === undefined) {
          // Answers to one question, and to questions of one group, resemble each other.
          const group = examples.get(outcome.example)?.group ?? null;
          const cluster = group === null ? `example ${outcome.example}` : `group ${group}`;
          ratings.set(key, (rated = { cluster, own: new Float64Array(runs.length).fill(NaN) }));
        }
        rated.own[rater] = outcome.score;
      }
    }
  }
  const shared = [...ratings.values()]
    .filter(({ own }) => own.filter((score) => !Number.isNaN(score)).length > 1)
    // By a hash: what the jackknife leaves out together must not follow the order of rows.
    .map((rated) => ({ ...rated, order: createHash('sha256').update(rated.cluster).digest('hex') }))
    .sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  if (shared.length === 0) {
    throw new WorkbenchError('compare.no_pairs', 'No answer has a score in two of these runs.', {
      hint: 'The labels need the ids of examples and candidates that the run uses.',
    });
  }
  const columns = runs.map((_, rater) => Float64Array.from(shared, ({ own }) => own[rater]!));
  const ids = new Map<string, number>();
  const clusters = Int32Array.from(shared, ({ cluster }) => {
    if (!ids.has(cluster)) ids.set(cluster, ids.size);
    return ids.get(cluster)!;
  });
  try {
    return {
      runs: runs.map(({ id }) => id),
      n: shared.length,
      alpha: { ...krippendorffAlpha(columns, { measure, clusters }), measure },
      kappas: runs.flatMap((a, i) =>
        runs.slice(i + 1).map((b, j) => {
          const kappa = (weights: 'none' | 'linear' | 'quadratic') =>
            cohenKappa(columns[i]!, columns[i + 1 + j]!, { weights, clusters });
          return {
            a: a.id,
            b: b.id,
            none: kappa('none'),
            linear: kappa('linear'),
            quadratic: kappa('quadratic'),
          };
        }),
      ),
    };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new WorkbenchError('input.invalid', cause.message, {
      hint: 'Use scores of a few grades as ratings.',
      cause,
    });
  }
}
