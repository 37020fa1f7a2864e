import type { DuckDBAppender } from '@duckdb/node-api';
import type { Outcome } from '../api/index.ts';
import { double, text } from './appending.ts';

/** One row of the table `outcomes`, in its column order. */
export function appendOutcome(appender: DuckDBAppender, seq: bigint, outcome: Outcome): void {
  appender.appendBigInt(seq);
  appender.appendVarchar(outcome.run);
  appender.appendVarchar(outcome.example);
  appender.appendVarchar(outcome.candidate);
  text(appender, outcome.output);
  double(appender, outcome.score);
  double(appender, outcome.costUsd);
  double(appender, outcome.freshCostUsd);
  double(appender, outcome.latencyMs);
  double(appender, outcome.inputTokens);
  double(appender, outcome.outputTokens);
  appender.appendBoolean(outcome.cached);
  text(appender, outcome.error?.class ?? null);
  text(appender, outcome.error?.message ?? null);
  text(appender, outcome.answeredBy);
  text(appender, signalsText(outcome.signals));
  if (outcome.unparsed === undefined) appender.appendNull();
  else appender.appendBoolean(outcome.unparsed);
  appender.endRow();
}

/** Null for none. NaN and infinities become null, as everywhere unknown values do. */
function signalsText(signals: Outcome['signals']): string | null {
  for (const _ in signals) return JSON.stringify(signals);
  return null;
}
