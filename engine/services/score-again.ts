/** The answers of a run judged anew, as a run of its own. Candidates are never called; the old scores stay. */
import { createHash } from 'node:crypto';
import {
  type AnyScorerSpec,
  CostlyScorerSpec,
  type Example,
  type JudgeBill,
  type Outcome,
  type ScoreAgain,
  type ScoreCounts,
  type ScoredAgain,
  ScorerSpec,
  type Warning,
  WorkbenchError,
} from '../api/index.ts';
import { createJudging, type Judging } from '../runs/index.ts';
import { corpusBleu, corpusChrf, expectedText, scorer } from '../scoring/index.ts';
import type { RunRecord, Store } from '../store/index.ts';
import { type Judgement, openCostlyScorer } from './costly-scorers.ts';
import { findRun, type Rooms } from './rooms.ts';
import { examplesById, keyOf, newRunId } from './score-rows.ts';

type Judge = (outcome: Outcome) => Judgement;

interface Judged {
  signal: AbortSignal;
  /** Answers judged, of all. */
  progress(done: number, total: number): void;
}

export async function judgeAgain(rooms: Rooms, input: ScoreAgain, watched: Judged): Promise<ScoredAgain> {
  const { signal } = watched;
  const store = await rooms.store();
  const of = await findRun(store, input.run);
  const run = newRunId();
  const examples = await examplesById(store, of.datasetHash);
  const { judge, bill, warnings } = await judgeOf(rooms, input, { of, run, examples, watched });

  const counts: ScoreCounts = { outcomes: 0, scored: 0, unparsed: 0, failed: 0, unjudged: 0 };
  const summary = await store.runs.summary(of.id);
  const nominal = summary.candidates.filter(({ priceNominal }) => priceNominal).map(({ id }) => id);
  await store.runs.insertRecorded(
    recordOf(rooms, input, { of, run }),
    rejudged(store.runs.outcomes(of.id), judge, { counts, signal }),
    nominal,
  );
  rooms.feed.emit({ type: 'run.changed', run, status: 'done' });
  const { candidates } = await store.runs.summary(run);
  if (counts.unjudged > 0)
    warnings.push({
      code: 'score.unjudged',
      message: `${counts.unjudged} answers have no score: no expected answer, no text, or no verdict.`,
      count: counts.unjudged,
      examples: [],
    });
  return {
    run,
    of: of.id,
    dataset: of.dataset,
    scorer: input.scorer,
    counts,
    candidates,
    judge: bill,
    corpus: await corpusScores(store, input.scorer, { run, examples }),
    warnings,
  };
}

/** Scores are worked out before anything is stored: a judge that stops half-way leaves no half-judged run. */
async function judgeOf(
  rooms: Rooms,
  input: ScoreAgain,
  {
    of,
    run,
    examples,
    watched: { signal, progress },
  }: { of: RunRecord; run: string; examples: Map<string, Example>; watched: Judged },
): Promise<{ judge: Judge; bill: JudgeBill | null; warnings: Warning[] }> {
  const costly = CostlyScorerSpec.safeParse(input.scorer);
  if (!costly.success) {
    const score = scorer(ScorerSpec.parse(input.scorer));
    return {
      bill: null,
      warnings: [],
      judge: ({ example, output }) => {
        if (output === null) return { score: null, unparsed: false };
        const judged = score(examples.get(example)?.expected ?? null, output);
        return { score: judged.score, unparsed: !judged.parsed };
      },
    };
  }
  const store = await rooms.store();
  const judging = createJudging(
    { store, providers: rooms.providers },
    { run, budgetUsd: input.budgetUsd ?? null, signal },
  );
  const jury = { unreadable: 0, failed: 0, swayed: 0 };
  const answers = await baselineAnswers(store, of, costly.data);
  const open = await openCostlyScorer(costly.data, {
    providers: rooms.providers,
    judging,
    jury,
    answerOf: (_candidate, example) => answers.get(example) ?? null,
    allowCode: input.allowCode,
    signal,
  });
  const judged = new Map<string, Judgement>();
  try {
    for await (const batch of store.runs.outcomes(of.id)) {
      await inLanes(batch, input.concurrency, async (outcome) => {
        signal.throwIfAborted();
        const { output } = outcome;
        const example = examples.get(outcome.example);
        if (output === null || outcome.error !== null || example === undefined) return;
        judged.set(keyOf(outcome), await open.judge(example, { ...outcome, output }));
        progress(judged.size, of.total);
      });
    }
  } finally {
    open.close();
    await store.journal.flush();
  }
  const isJudge = costly.data.kind === 'judge' || costly.data.kind === 'judge-pairwise';
  return {
    judge: (outcome) => judged.get(keyOf(outcome)) ?? { score: null, unparsed: false },
    bill: isJudge ? billOf(judging, jury) : null,
    warnings: swayedWarning(jury.swayed),
  };
}

/** As many at once as allowed. The first that throws stops the others from beginning. */
async function inLanes<T>(items: T[], lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      try {
        await work(items[next++]!);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
}

async function baselineAnswers(
  store: Store,
  of: RunRecord,
  spec: CostlyScorerSpec,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  if (spec.kind !== 'judge-pairwise') return answers;
  const known = new Set<string>();
  for await (const batch of store.runs.outcomes(of.id)) {
    for (const { candidate, example, output } of batch) {
      known.add(candidate);
      if (candidate === spec.baseline && output !== null) answers.set(example, output);
    }
  }
  if (known.has(spec.baseline)) return answers;
  throw new WorkbenchError(
    'candidate.unknown',
    `Run ${of.id} has no candidate ${spec.baseline} to compare with.`,
    {
      hint: `Its candidates: ${[...known].sort().slice(0, 50).join(', ')}.`,
    },
  );
}

async function* rejudged(
  batches: AsyncIterable<Outcome[]>,
  judge: Judge,
  { counts, signal }: { counts: ScoreCounts; signal: AbortSignal },
): AsyncGenerator<Outcome[]> {
  for await (const batch of batches) {
    signal.throwIfAborted();
    yield batch.map((outcome) => {
      const { unparsed: _old, ...rest } = outcome;
      counts.outcomes++;
      // Nothing was called for this run: what the answer cost was paid by the old one.
      const copy: Outcome = { ...rest, score: null, freshCostUsd: outcome.costUsd === null ? null : 0 };
      if (outcome.error !== null) {
        counts.failed++;
        return copy;
      }
      const { score, unparsed } = judge(outcome);
      if (unparsed) counts.unparsed++;
      else if (score === null) counts.unjudged++;
      else counts.scored++;
      return outcome.output === null ? copy : { ...copy, score, unparsed };
    });
  }
}

function recordOf(rooms: Rooms, input: ScoreAgain, { of, run }: { of: RunRecord; run: string }): RunRecord {
  // What is known of the candidates and their prices is known of the same answers here.
  const facts = typeof of.config === 'object' && of.config !== null ? of.config : {};
  const pick = Object.fromEntries(
    Object.entries(facts).filter(([key]) => ['candidates', 'nominal', 'models'].includes(key)),
  );
  const config = { ...pick, scoredAgain: of.id, scorer: input.scorer };
  return {
    id: run,
    name: input.name ?? `${of.name} · ${input.scorer.kind}`,
    kind: 'recorded',
    dataset: of.dataset,
    datasetHash: of.datasetHash,
    status: 'done',
    reason: null,
    created: rooms.now().toISOString(),
    config,
    configHash: createHash('sha256').update(JSON.stringify(config)).digest('hex'),
    total: of.total,
    wallMs: 0,
    budgetUsd: input.budgetUsd ?? null,
  };
}

const billOf = (
  { tally }: Judging,
  jury: Pick<JudgeBill, 'unreadable' | 'failed' | 'swayed'>,
): JudgeBill => ({
  calls: tally.calls,
  fresh: tally.fresh,
  costUsd: tally.costUsd,
  freshCostUsd: tally.freshCostUsd,
  ...jury,
});

const swayedWarning = (swayed: number): Warning[] =>
  swayed === 0
    ? []
    : [
        {
          code: 'score.swayed',
          message: `${swayed} verdicts changed with the order of the answers and count as ties: the judge goes by position.`,
          count: swayed,
          examples: [],
        },
      ];

async function corpusScores(
  store: Store,
  spec: AnyScorerSpec,
  { run, examples }: { run: string; examples: Map<string, Example> },
): Promise<ScoredAgain['corpus']> {
  if (spec.kind !== 'bleu' && spec.kind !== 'chrf') return [];
  const pairs = new Map<string, { output: string; expected: string }[]>();
  for await (const batch of store.runs.outcomes(run)) {
    for (const { candidate, example, output, error } of batch) {
      const expected = expectedText(examples.get(example)?.expected ?? null);
      if (expected === null || output === null || error !== null) continue;
      const own = pairs.get(candidate) ?? [];
      own.push({ output, expected });
      pairs.set(candidate, own);
    }
  }
  return [...pairs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([candidate, own]) => ({
      candidate,
      score: spec.kind === 'bleu' ? corpusBleu(own) : corpusChrf(own, spec.wordOrder),
    }));
}
