/** A foreign file as a source of records, one column a fact. */
import type { Json } from '../../engine/api/index.ts';
import { type OpenedSource, type RawRecord, bounded, valueAt } from '../records.ts';
import { isReject } from './foreign-row.ts';
import type { OpenedForeign } from './open-foreign.ts';
import { NESTED, tooDeep } from './values.ts';

/** The columns of the records below, as `readOutcomes` wants them mapped. */
export const foreignColumns = {
  example: 'example',
  candidate: 'candidate',
  output: 'output',
  cost: 'costUsd',
  latency: 'latencyMs',
  inputTokens: 'inputTokens',
  outputTokens: 'outputTokens',
  cachedInputTokens: 'cachedInputTokens',
  cacheWriteTokens: 'cacheWriteTokens',
  error: 'error',
  epoch: 'epoch',
  model: 'model',
  finish: 'finish',
  at: 'at',
  unparsed: 'unparsed',
} as const;

/** The rows as records: one column a fact, and a column per asked signal; without the rows of `leftOut` examples. */
export function foreignSource(
  foreign: OpenedForeign,
  signals: string[],
  leftOut: ReadonlySet<string> = new Set(),
): OpenedSource {
  return {
    name: foreign.name,
    format: 'json',
    columns: [...Object.values(foreignColumns), 'score', ...signals],
    async *records(): AsyncGenerator<RawRecord> {
      for await (const item of foreign.items()) {
        if (isReject(item)) {
          yield { line: item.line, fields: null, rejected: { code: 'malformed', message: item.problem } };
          continue;
        }
        if (leftOut.has(item.example)) continue;
        const { line, raw, input: _input, expected: _expected, tags: _tags, ...facts } = item;
        const found = signals.map((signal): [string, Json] => [signal, valueAt(raw, signal) ?? null]);
        if (tooDeep(found.map(([, value]) => value))) {
          yield { line, fields: null, rejected: { code: 'malformed', message: NESTED } };
          continue;
        }
        yield bounded({ line, fields: { ...Object.fromEntries(found), ...facts } });
      }
    },
    warnings: [],
    close: foreign.close,
  };
}
