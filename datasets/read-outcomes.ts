/** A table with a row per example and candidate as outcomes of a recorded run. Read twice, as examples are. */
import {
  type FailureClass,
  type Json,
  type Outcome,
  type OutcomesImport,
  type RejectedRow,
  type Warning,
  WorkbenchError,
  failureClasses,
} from '../engine/api/index.ts';
import { requireColumns } from './columns.ts';
import { type CoverageCounts, coverageWarnings, newCoverage } from './outcome-coverage.ts';
import { type OpenedSource, type RawRecord, asText, blank, valueAt } from './records.ts';

export interface ReadOutcomes {
  outcomes: number;
  rejected: RejectedRow[];
  warnings: Warning[];
  /** No score column: answers are to be judged by the dataset's scorer. */
  needsScoring: boolean;
  batches(): AsyncGenerator<Outcome[]>;
}

type Mapping = Omit<OutcomesImport, 'source' | 'dataset' | 'name'>;
type Rejection = Pick<RejectedRow, 'code' | 'message'>;
type Mapped =
  | { line: number; rejection: Rejection; why?: 'score' | 'pair' }
  | { line: number; outcome: Outcome };

const BATCH = 4096;
const KEPT_REJECTIONS = 1000;

export async function readOutcomes(
  source: OpenedSource,
  mapping: Mapping,
  known: ReadonlySet<string>,
  run: string,
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
    ...Object.fromEntries(mapping.signals.map((signal) => [`signal ${signal}`, signal])),
  });
  if (mapping.score === undefined && mapping.output === undefined) {
    throw new WorkbenchError('input.invalid', 'Neither a score nor an output column is named.', {
      hint: 'Give --score COL, or --output COL to have the answers judged by the dataset.',
    });
  }
  const numeric = await numericSignals(source, mapping.signals);
  const walk = (): AsyncGenerator<Mapped> => mapped(source, mapping, numeric, known, run);

  const rejected: RejectedRow[] = [];
  const reasons = { score: 0, pair: 0, other: 0 };
  const coverage: CoverageCounts = newCoverage();
  let outcomes = 0;
  for await (const item of walk()) {
    if ('rejection' in item) {
      reasons[item.why ?? 'other']++;
      if (rejected.length < KEPT_REJECTIONS) rejected.push({ line: item.line, ...item.rejection });
      continue;
    }
    outcomes++;
    coverage.add(item.outcome);
  }
  const count = reasons.score + reasons.pair + reasons.other;
  if (count > mapping.maxRejected) throw refused(source.name, rejected, reasons, mapping.maxRejected);
  if (outcomes === 0)
    throw new WorkbenchError('file.empty', `${source.name} has no outcome.`, {
      hint: 'Look at the mapping.',
    });
  return {
    outcomes,
    rejected,
    warnings: [...source.warnings, ...coverageWarnings(coverage, mapping.score !== undefined)],
    needsScoring: mapping.score === undefined,
    async *batches() {
      let batch: Outcome[] = [];
      for await (const item of walk()) {
        if ('rejection' in item) continue;
        batch.push(item.outcome);
        if (batch.length === BATCH) {
          yield batch;
          batch = [];
        }
      }
      if (batch.length > 0) yield batch;
    },
  };
}

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

const missing = (value: Json | undefined): boolean =>
  blank(value) || /^(nan|null|none|n\/a)$/i.test(asText(value ?? ''));

async function* mapped(
  source: OpenedSource,
  mapping: Mapping,
  numeric: Set<string>,
  known: ReadonlySet<string>,
  run: string,
): AsyncGenerator<Mapped> {
  const pairs = new Set<string>();
  const unknown: string[] = [];
  let rows = 0;
  for await (const record of source.records()) {
    rows++;
    const item = mapRecord(record, mapping, numeric, run);
    if ('outcome' in item) {
      const { example, candidate } = item.outcome;
      if (!known.has(example)) {
        unknown.push(example);
        continue;
      }
      const pair = `${example}\u0000${candidate}`;
      if (pairs.has(pair)) {
        yield {
          line: item.line,
          why: 'pair',
          rejection: {
            code: 'id_duplicate',
            message: `a second outcome of ${candidate} for example ${example}`,
          },
        };
        continue;
      }
      pairs.add(pair);
    }
    yield item;
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

function mapRecord(record: RawRecord, mapping: Mapping, numeric: Set<string>, run: string): Mapped {
  const { line } = record;
  if (record.fields === null) return { line, rejection: record.rejected };
  const { fields } = record;
  const at = (column: string | undefined): Json | undefined =>
    column === undefined ? undefined : valueAt(fields, column);
  const example = at(mapping.example);
  const candidate = at(mapping.candidate);
  if (blank(example))
    return {
      line,
      rejection: { code: 'id_missing', message: `no value in the example column "${mapping.example}"` },
    };
  if (blank(candidate))
    return {
      line,
      rejection: { code: 'id_missing', message: `no value in the candidate column "${mapping.candidate}"` },
    };
  const failure = at(mapping.error);
  const reason = blank(failure) ? '' : asText(failure ?? '');
  const failed = reason !== '' && !/^(false|0|none|no)$/i.test(reason);
  const score = failed ? null : scoreOf(at(mapping.score));
  if (score === undefined) {
    return {
      line,
      why: 'score',
      rejection: {
        code: 'malformed',
        message: `the score "${asText(at(mapping.score) ?? '').slice(0, 40)}" is not 0…1, true or false`,
      },
    };
  }
  const amounts: Record<string, number | null> = {};
  for (const [name, column] of Object.entries({
    cost: mapping.cost,
    latency: mapping.latency,
    inputTokens: mapping.inputTokens,
    outputTokens: mapping.outputTokens,
  })) {
    const value = at(column);
    const amount = missing(value) ? null : Number(value);
    if (amount !== null && !(amount >= 0 && Number.isFinite(amount))) {
      return {
        line,
        rejection: {
          code: 'malformed',
          message: `the ${name} "${asText(value ?? '').slice(0, 40)}" is not a number of 0 or more`,
        },
      };
    }
    amounts[name] = amount;
  }
  const output = at(mapping.output);
  const signals = mapping.signals.map((signal) => {
    const value = at(signal);
    if (missing(value)) return [signal, null] as const;
    return [signal, numeric.has(signal) ? Number(value) : asText(value ?? '')] as const;
  });
  return {
    line,
    outcome: {
      run,
      example: asText(example ?? ''),
      candidate: asText(candidate ?? ''),
      output: output === undefined || output === null ? null : asText(output),
      score,
      costUsd: amounts['cost'] ?? null,
      freshCostUsd: 0,
      latencyMs: amounts['latency'] ?? null,
      inputTokens: amounts['inputTokens'] ?? null,
      outputTokens: amounts['outputTokens'] ?? null,
      cached: false,
      error: failed ? { class: classOf(reason), message: reason.slice(0, 500) } : null,
      answeredBy: null,
      signals: Object.fromEntries(signals),
    },
  };
}

/** null: not there. undefined: there, and not a score. */
function scoreOf(value: Json | undefined): number | null | undefined {
  if (missing(value)) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const text = asText(value ?? '')
    .trim()
    .toLowerCase();
  if (/^(true|yes|correct|right|pass|passed)$/.test(text)) return 1;
  if (/^(false|no|incorrect|wrong|fail|failed)$/.test(text)) return 0;
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(text)) return undefined;
  const number = Number(text);
  return number >= 0 && number <= 1 ? number : undefined;
}

const classOf = (text: string): FailureClass =>
  failureClasses.find((name) => name === text) ?? 'server_error';

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
      hint: 'Mend those rows, or leave them out with --max-rejected N.',
      details: { count, tolerated, rejected: rejected.slice(0, 50) },
    },
  );
}
