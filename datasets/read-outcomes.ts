/** A table with a row per example and candidate as outcomes of a recorded run. Read twice, as examples are. */
import { type Outcome, type RejectedRow, type Warning, WorkbenchError } from '../engine/api/index.ts';
import { requireColumns } from './columns.ts';
import { type CoverageCounts, coverageWarnings, newCoverage } from './outcome-coverage.ts';
import type { OutcomeColumns, OutcomeJudgement } from './outcomes/columns.ts';
import { type MapContext, type Mapped, mapRecord, missing } from './outcomes/map-record.ts';
import { reduceEpochs } from './outcomes/reduce-epochs.ts';
import { type OpenedSource, valueAt } from './records.ts';

export interface ReadOutcomes {
  /** After repeats were reduced. */
  outcomes: number;
  rejected: RejectedRow[];
  warnings: Warning[];
  /** No score column: answers are to be judged by the dataset's scorer. */
  needsScoring: boolean;
  batches(): AsyncGenerator<Outcome[]>;
}

type Mapping = OutcomeColumns & { maxRejected: number };
/** `first` of its example and candidate: a later one is a repeat. */
type Walked =
  | Extract<Mapped, { rejection: unknown }>
  | (Extract<Mapped, { outcome: unknown }> & { first: boolean });

const BATCH = 4096;
const KEPT_REJECTIONS = 1000;

/**
 * @param known ids of the dataset; a row that names another is an error, not a rejection
 * @throws WorkbenchError dataset.column_unknown, input.invalid, file.empty, outcomes.*
 */
export async function readOutcomes(
  source: OpenedSource,
  mapping: Mapping,
  known: ReadonlySet<string>,
  run: string,
  judgement: OutcomeJudgement = {},
): Promise<ReadOutcomes> {
  await requireColumns(source, {
    example: mapping.example,
    candidate: mapping.candidate,
    score: mapping.score,
    output: mapping.output,
    cost: mapping.cost,
    latency: mapping.latency,
    'input tokens': mapping.inputTokens,
    'output tokens': mapping.outputTokens,
    error: mapping.error,
    epoch: mapping.epoch,
    model: mapping.model,
    finish: mapping.finish,
    ...Object.fromEntries(mapping.signals.map((signal) => [`signal ${signal}`, signal])),
  });
  if (mapping.score === undefined && mapping.output === undefined) {
    throw new WorkbenchError('input.invalid', 'Neither a score nor an output column is named.', {
      hint: 'Give --score COL, or --output COL to have the answers judged by the dataset.',
    });
  }
  const numeric = await numericSignals(source, mapping.signals);
  const context: MapContext = { columns: mapping, numeric, run, judgement };
  const walk = (): AsyncGenerator<Walked> => mapped(source, context, known);

  const rejected: RejectedRow[] = [];
  const reasons = { score: 0, pair: 0, other: 0 };
  const duplicated: string[] = [];
  const coverage: CoverageCounts = newCoverage();
  for await (const item of walk()) {
    if ('rejection' in item) {
      reasons[item.why ?? 'other']++;
      if (item.why === 'pair' && duplicated.length < 20)
        duplicated.push(`line ${item.line}: ${item.rejection.message}`);
      if (rejected.length < KEPT_REJECTIONS) rejected.push({ line: item.line, ...item.rejection });
      continue;
    }
    coverage.add(item.outcome, item.first, item.marks);
  }
  const count = reasons.score + reasons.pair + reasons.other;
  if (count > mapping.maxRejected) throw refused(source.name, rejected, reasons, mapping.maxRejected);
  const { repeats, pairs: outcomes } = coverage;
  if (outcomes === 0)
    throw new WorkbenchError('file.empty', `${source.name} has no outcome.`, {
      hint: 'Look at the mapping.',
    });
  return {
    outcomes,
    rejected,
    warnings: [
      ...source.warnings,
      ...(reasons.pair === 0
        ? []
        : [
            {
              code: 'pairs_duplicated',
              message: 'Some examples have several outcomes of one candidate; the first of each was kept.',
              count: reasons.pair,
              examples: duplicated,
            },
          ]),
      ...coverageWarnings(coverage, mapping.score !== undefined),
    ],
    needsScoring: mapping.score === undefined,
    batches: () => batched(walk(), repeats),
  };
}

/** An outcome is passed on when all of its repeats have been seen. */
async function* batched(
  items: AsyncGenerator<Walked>,
  repeats: ReadonlyMap<string, number>,
): AsyncGenerator<Outcome[]> {
  const waiting = new Map<string, Outcome[]>();
  let batch: Outcome[] = [];
  for await (const item of items) {
    if ('rejection' in item) continue;
    const { outcome } = item;
    const pair = pairOf(outcome);
    const expected = repeats.get(pair) ?? 1;
    if (expected === 1) batch.push(outcome);
    else {
      const seen = [...(waiting.get(pair) ?? []), outcome];
      waiting.set(pair, seen);
      if (seen.length === expected) {
        batch.push(reduceEpochs(seen));
        waiting.delete(pair);
      }
    }
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

export const pairOf = ({ example, candidate }: Pick<Outcome, 'example' | 'candidate'>): string =>
  `${example}\u0000${candidate}`;

/** A signal is a number when every value that is there is one, else a label. */
async function numericSignals(source: OpenedSource, signals: string[]): Promise<Set<string>> {
  const numeric = new Set(signals);
  if (signals.length === 0) return numeric;
  for await (const { fields } of source.records()) {
    if (fields === null) continue;
    for (const signal of numeric) {
      const value = valueAt(fields, signal);
      if (!missing(value) && typeof value !== 'boolean' && Number.isNaN(Number(value)))
        numeric.delete(signal);
    }
    if (numeric.size === 0) break;
  }
  return numeric;
}

async function* mapped(
  source: OpenedSource,
  context: MapContext,
  known: ReadonlySet<string>,
): AsyncGenerator<Walked> {
  const seen = new Set<string>();
  /** Only where a table has repeats, because a million pairs are not kept twice. */
  const pairs = new Set<string>();
  const unknown: string[] = [];
  let rows = 0;
  for await (const record of source.records()) {
    rows++;
    const item = mapRecord(record, context);
    if ('rejection' in item) {
      yield item;
      continue;
    }
    const { example, candidate } = item.outcome;
    if (!known.has(example)) {
      unknown.push(example);
      continue;
    }
    const pair = pairOf(item.outcome);
    const repeated = context.columns.epoch !== undefined;
    const key = repeated ? `${pair}\u0000${item.epoch ?? ''}` : pair;
    if (seen.has(key)) {
      const repeat = item.epoch === null ? '' : ` (repeat ${item.epoch})`;
      yield {
        line: item.line,
        why: 'pair',
        rejection: {
          code: 'pair_duplicate',
          message: `a second outcome of ${candidate} for example ${example}${repeat}`,
        },
      };
      continue;
    }
    seen.add(key);
    const first = !repeated || !pairs.has(pair);
    if (repeated) pairs.add(pair);
    yield { ...item, first };
  }
  if (unknown.length > 0) {
    const ids = [...new Set(unknown)];
    throw new WorkbenchError(
      'outcomes.example_unknown',
      `${unknown.length} of ${rows} rows name examples that the dataset does not have, such as "${ids[0] ?? ''}".`,
      {
        hint: 'The example column must hold the ids of the dataset: was it imported with --id?',
        details: { examples: ids.slice(0, 20), count: unknown.length },
      },
    );
  }
}

function refused(
  name: string,
  rejected: RejectedRow[],
  reasons: { score: number; pair: number; other: number },
  tolerated: number,
): WorkbenchError {
  const [first] = rejected;
  const count = reasons.score + reasons.pair + reasons.other;
  const code =
    count === reasons.score
      ? 'outcomes.score_invalid'
      : count === reasons.pair
        ? 'outcomes.pair_duplicate'
        : 'outcomes.rows_rejected';
  return new WorkbenchError(
    code,
    `${name}: ${count} ${count === 1 ? 'row is' : 'rows are'} not usable (${tolerated} tolerated); nothing was imported. First: line ${first?.line ?? 0}: ${first?.message ?? ''}.`,
    {
      hint:
        code === 'outcomes.pair_duplicate'
          ? 'Tell repeats apart with --epoch COL, or candidates with --candidate COL, or keep the first of each with --max-rejected N.'
          : 'Mend those rows, or leave them out with --max-rejected N.',
      details: { count, tolerated, rejected: rejected.slice(0, 50) },
    },
  );
}
