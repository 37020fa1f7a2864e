/** The difference of two versions of a dataset, for a person; and into a file. */
import { extname } from 'node:path';
import { type DatasetDifference, type Json, type Workbench, WorkbenchError } from '../../engine/api/index.ts';
import { saveDownload } from './export-rows.ts';
import { safe } from './terminal.ts';

const SHOWN = 60;
const signs = { added: '+', removed: '-', changed: '~' } as const;

const brief = (value: Json): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text;
};

export function differenceText({
  a,
  b,
  by,
  counts,
  moves,
  scorer,
  mapping,
  rows,
}: DatasetDifference): string {
  const version = ({ name, hash, rows: count }: DatasetDifference['a']): string =>
    `${name} ${hash.slice(0, 12)} (${count} rows)`;
  const kinds = Object.entries(moves)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`);
  const told = rows.flatMap(({ change, id, columns }) => [
    `${signs[change]} ${id}`,
    ...columns.map(({ column, before, after }) => {
      const values =
        change === 'changed'
          ? `${brief(before)} → ${brief(after)}`
          : brief(change === 'added' ? after : before);
      return `    ${column}: ${values}`;
    }),
  ]);
  const total = counts.added + counts.removed + counts.changed;
  return [
    `${version(a)} → ${version(b)}, rows matched by ${by}`,
    `${counts.added} added, ${counts.removed} removed, ${counts.changed} changed, ${counts.same} the same`,
    ...(kinds.length === 0 ? [] : [`Rows changed in: ${kinds.join(', ')}`]),
    ...(scorer === null ? [] : [`Judged otherwise: ${scorer.before.kind} → ${scorer.after.kind}`]),
    ...(mapping === null
      ? []
      : [`Mapped otherwise: ${JSON.stringify(mapping.before)} → ${JSON.stringify(mapping.after)}`]),
    ...told,
    ...(total > rows.length ? [`… ${total - rows.length} more: --limit N, or --out FILE`] : []),
  ]
    .map(safe)
    .join('\n');
}

/** Throws file.format_unknown for an ending that is neither. */
export async function saveDifference(
  api: Workbench,
  file: string,
  versions: { a: string; b: string },
): Promise<string> {
  const format = extname(file).toLowerCase() === '.csv' ? 'csv' : 'jsonl';
  if (format === 'jsonl' && extname(file).toLowerCase() !== '.jsonl') {
    throw new WorkbenchError(
      'file.format_unknown',
      `The ending of ${file} names no format to save rows in.`,
      {
        hint: 'End it in .csv or .jsonl.',
      },
    );
  }
  const saved = await saveDownload(api, file, await api.datasets.exportDiff({ ...versions, format }));
  return `${saved.rows} rows that differ saved to ${file}.`;
}
