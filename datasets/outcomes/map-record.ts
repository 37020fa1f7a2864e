/** One row of a table as an outcome, or the reason why it is none. */
import type { Json, Outcome, RejectedRow } from '../../engine/api/index.ts';
import { MAX_AMOUNT } from '../limits.ts';
import { type RawRecord, asText, blank, valueAt } from '../records.ts';
import type { OutcomeColumns, OutcomeJudgement, OutcomeMarks } from './columns.ts';
import { failureClassOf } from './failure-class.ts';
import { judgeCost } from './judge-cost.ts';

type Rejection = Pick<RejectedRow, 'code' | 'message'>;
export type Mapped =
  | { line: number; rejection: Rejection; why?: 'score' | 'pair' }
  | { line: number; outcome: Outcome; epoch: string | null; marks: OutcomeMarks };

export interface MapContext {
  columns: OutcomeColumns;
  /** Signals whose every value is a number. */
  numeric: ReadonlySet<string>;
  run: string;
  judgement: OutcomeJudgement;
}

export const missing = (value: Json | undefined): boolean =>
  blank(value) || /^(nan|null|none|n\/a)$/i.test(asText(value ?? ''));

const amountColumns = [
  'cost',
  'latency',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
] as const;
const truncatedWords = /^(length|max_?(output_?)?tokens|model_length|truncated|incomplete)$/i;

export function mapRecord(record: RawRecord, { columns, numeric, run, judgement }: MapContext): Mapped {
  const { line } = record;
  if (record.fields === null) return { line, rejection: record.rejected };
  const { fields } = record;
  const at = (column: string | undefined): Json | undefined =>
    column === undefined ? undefined : valueAt(fields, column);
  const text = (column: string | undefined): string | null => {
    const value = at(column);
    return missing(value) ? null : asText(value ?? '');
  };
  for (const part of ['example', 'candidate'] as const) {
    if (blank(at(columns[part])))
      return {
        line,
        rejection: { code: 'pair_missing', message: `no value in the ${part} column "${columns[part]}"` },
      };
  }
  const example = asText(at(columns.example) ?? '');
  const candidate = asText(at(columns.candidate) ?? '');
  const failure = at(columns.error);
  const reason = blank(failure) ? '' : asText(failure ?? '');
  const failed = reason !== '' && !/^(false|0|none|no|null|nan)$/i.test(reason);
  const score = failed ? null : scoreOf(at(columns.score));
  if (score === undefined) {
    return {
      line,
      why: 'score',
      rejection: {
        code: 'score_invalid',
        message: `the score "${asText(at(columns.score) ?? '').slice(0, 40)}" is not 0…1, true or false`,
      },
    };
  }
  const amounts: Partial<Record<(typeof amountColumns)[number], number | null>> = {};
  for (const name of amountColumns) {
    const value = at(columns[name]);
    const amount = missing(value) ? null : Number(value);
    if (amount !== null && !(amount >= 0 && amount <= MAX_AMOUNT)) {
      return {
        line,
        rejection: {
          code: 'amount_invalid',
          message: `the ${name} "${asText(value ?? '').slice(0, 40)}" is not a number from 0 to ${MAX_AMOUNT}`,
        },
      };
    }
    amounts[name] = amount;
  }
  const usage = {
    inputTokens: amounts.inputTokens ?? null,
    outputTokens: amounts.outputTokens ?? null,
    cachedInputTokens: amounts.cachedInputTokens ?? null,
    cacheWriteTokens: amounts.cacheWriteTokens ?? null,
  };
  const { costUsd, priced, mismatch } = judgeCost(
    {
      candidate,
      model: text(columns.model),
      stated: amounts.cost ?? null,
      failed,
      usage,
      at: text(columns.at),
    },
    judgement,
  );
  const value = at(columns.output);
  const output = value === undefined || value === null ? null : asText(value);
  const finish = text(columns.finish);
  const signals = columns.signals.map((signal) => {
    const given = at(signal);
    if (missing(given)) return [signal, null] as const;
    return [signal, numeric.has(signal) ? Number(given) : asText(given ?? '')] as const;
  });
  return {
    line,
    epoch: text(columns.epoch),
    marks: {
      priced,
      mismatch,
      truncated: finish === null ? null : truncatedWords.test(finish),
      unparsed: !failed && (at(columns.unparsed) === true || isUnparsed(output, judgement)),
    },
    outcome: {
      run,
      example,
      candidate,
      output,
      score,
      costUsd,
      freshCostUsd: 0,
      latencyMs: amounts.latency ?? null,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      cached: false,
      error: failed ? { class: failureClassOf(reason), message: reason.slice(0, 500) } : null,
      answeredBy: columns.model === undefined ? null : text(columns.model),
      signals: Object.fromEntries(signals),
    },
  };
}

/** A blank answer is counted as such, not as an unparsed one. */
const isUnparsed = (output: string | null, { parsed }: OutcomeJudgement): boolean =>
  parsed !== undefined && output !== null && output.trim() !== '' && !parsed(output);

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
