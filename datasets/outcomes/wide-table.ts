/** A table with a row per example and columns per candidate as one with a row per example and candidate. */
import { type Json, WorkbenchError } from '../../engine/api/index.ts';
import { type OpenedSource, type RawRecord, asText, blank, valueAt } from '../records.ts';
import type { OutcomeColumns } from './columns.ts';

const PLACE = '{candidate}';
const CANDIDATE = '#candidate';

type WideColumns = Omit<OutcomeColumns, 'candidate'>;
const parts = [
  'score',
  'output',
  'cost',
  'latency',
  'inputTokens',
  'outputTokens',
  'error',
  'model',
  'finish',
] as const;

/**
 * Column names hold `{candidate}` where the candidate's name stands; those without it are the same for all.
 * `wanted`: these only, and necessary where a pattern is `{candidate}` alone, because every column would match.
 */
export function longFromWide(
  source: OpenedSource,
  columns: WideColumns,
  wanted: string[] | undefined,
): { source: OpenedSource; columns: OutcomeColumns } {
  const patterns = parts.flatMap((part) => {
    const pattern = columns[part];
    return pattern?.includes(PLACE) === true ? [{ part, pattern }] : [];
  });
  const [lead] = patterns;
  if (lead === undefined) {
    throw new WorkbenchError(
      'input.invalid',
      'No candidate column is named, and no column name holds {candidate}.',
      {
        hint: 'Give --candidate COL, or for a column per candidate a pattern such as --score "{candidate}_correct".',
      },
    );
  }
  const candidates = wanted ?? matching(source.columns, lead.pattern);
  const columnOf = (pattern: string, candidate: string): string => pattern.replaceAll(PLACE, candidate);
  const absent = candidates.filter(
    (candidate) => !source.columns.includes(columnOf(lead.pattern, candidate)),
  );
  const [missing] = absent;
  if (candidates.length === 0 || missing !== undefined) {
    throw new WorkbenchError(
      'dataset.column_unknown',
      missing === undefined
        ? `${source.name} has no column like "${lead.pattern}".`
        : `${source.name} has no column "${columnOf(lead.pattern, missing)}".`,
      { hint: `The columns are: ${source.columns.slice(0, 40).join(', ')}.` },
    );
  }
  if (wanted === undefined && lead.pattern === PLACE) {
    throw new WorkbenchError('input.invalid', `"${PLACE}" alone matches every column.`, {
      hint: 'Say which columns are candidates: --candidates small,large.',
    });
  }
  const long: OutcomeColumns = { ...columns, candidate: CANDIDATE };
  for (const { part } of patterns) long[part] = `#${part}`;
  return {
    columns: long,
    source: {
      ...source,
      columns: [...source.columns, CANDIDATE, ...patterns.map(({ part }) => `#${part}`)],
      async *records(): AsyncGenerator<RawRecord> {
        for await (const record of source.records()) {
          if (record.fields === null) {
            yield record;
            continue;
          }
          const { line, fields } = record;
          for (const candidate of candidates) {
            const own = patterns.map(({ part, pattern }): [string, Json] => {
              const column = columnOf(pattern, candidate);
              return [`#${part}`, Object.hasOwn(fields, column) ? (fields[column] ?? null) : null];
            });
            // Nothing in any of its columns: it was not asked.
            if (own.every(([, value]) => blank(value))) continue;
            yield { line, fields: { ...fields, [CANDIDATE]: candidate, ...Object.fromEntries(own) } };
          }
        }
      },
    },
  };
}

function matching(columns: string[], pattern: string): string[] {
  const [before = '', after = ''] = pattern.split(PLACE);
  return columns
    .filter(
      (column) =>
        column.length > before.length + after.length && column.startsWith(before) && column.endsWith(after),
    )
    .map((column) => column.slice(before.length, column.length - after.length));
}

/** The rows of these candidates; rejected rows stay, because nobody knows whose they are. */
export function onlyCandidates(
  source: OpenedSource,
  column: string,
  wanted: string[] | undefined,
): OpenedSource {
  if (wanted === undefined) return source;
  return {
    ...source,
    async *records(): AsyncGenerator<RawRecord> {
      for await (const record of source.records())
        if (record.fields === null || wanted.includes(asText(valueAt(record.fields, column) ?? '')))
          yield record;
    },
  };
}
