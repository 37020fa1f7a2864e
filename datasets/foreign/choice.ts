/** What a person wants read differently: paths into the rows of a foreign file. */
import type { Json, OutcomesImport } from '../../engine/api/index.ts';
import { valueAt } from '../records.ts';
import type { ForeignRow } from './foreign-row.ts';
import { words } from './values.ts';

/** Paths that override what the importer would have taken, and the scorer whose figure counts. */
export type ForeignChoice = Partial<
  Pick<
    OutcomesImport,
    | 'example'
    | 'candidate'
    | 'candidateName'
    | 'candidates'
    | 'score'
    | 'output'
    | 'expected'
    | 'cost'
    | 'latency'
    | 'inputTokens'
    | 'outputTokens'
    | 'model'
    | 'epoch'
    | 'error'
    | 'finish'
    | 'signals'
  >
>;

const pathParts = [
  'example',
  'candidate',
  'output',
  'expected',
  'cost',
  'latency',
  'inputTokens',
  'outputTokens',
  'model',
  'epoch',
  'error',
  'finish',
] as const;

/** By part; those that rows have are struck off. */
export const namedPaths = (choice: ForeignChoice): Map<string, string> =>
  new Map([
    ...pathParts.flatMap((part): [string, string][] => {
      const path = choice[part];
      return path === undefined ? [] : [[part, path]];
    }),
    ...(choice.signals ?? []).map((signal): [string, string] => [`signal ${signal}`, signal]),
  ]);

/** Values at the paths a person named, in place of the importer's own choice. */
export function overridden(row: ForeignRow, choice: ForeignChoice): ForeignRow {
  const text = (path: string | undefined): string | null =>
    path === undefined ? null : words(valueAt(row.raw, path));
  const value = (path: string | undefined, own: Json): Json =>
    path === undefined ? own : (valueAt(row.raw, path) ?? null);
  const number = (path: string | undefined, own: number | null): number | null => {
    if (path === undefined) return own;
    const found = text(path);
    return found === null ? null : Number(found);
  };
  return {
    ...row,
    example: text(choice.example) ?? row.example,
    candidate: choice.candidateName ?? text(choice.candidate) ?? row.candidate,
    output: choice.output === undefined ? row.output : text(choice.output),
    expected: value(choice.expected, row.expected),
    costUsd: number(choice.cost, row.costUsd),
    latencyMs: number(choice.latency, row.latencyMs),
    inputTokens: number(choice.inputTokens, row.inputTokens),
    outputTokens: number(choice.outputTokens, row.outputTokens),
    model: choice.model === undefined ? row.model : text(choice.model),
    epoch: choice.epoch === undefined ? row.epoch : text(choice.epoch),
    error: choice.error === undefined ? row.error : text(choice.error),
    finish: choice.finish === undefined ? row.finish : text(choice.finish),
  };
}
