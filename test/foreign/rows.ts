/** Foreign files opened without a workspace. */
import { resolve } from 'node:path';
import { type ForeignChoice, foreignFormatOf, openForeign } from '../../datasets/index.ts';
import type { ForeignFormat } from '../../engine/api/index.ts';

export const fixtures = resolve(import.meta.dirname, '../fixtures/foreign');

const opening = {
  allowPaths: true,
  uploads: () => ({ path: '', name: '' }),
  tempFolder: '/tmp',
};

export const formatOf = (path: string): Promise<ForeignFormat | null> =>
  foreignFormatOf({ kind: 'path', path }, opening);

type Item =
  Awaited<ReturnType<typeof openForeign>> extends { items(): AsyncIterable<infer One> } ? One : never;
export type Row = Exclude<Item, { problem: string }>;

/** Its format is told by the content unless it is given. Rejected rows are apart. */
export async function rowsOf(
  path: string,
  choice: ForeignChoice = {},
  format?: ForeignFormat,
): Promise<{ rows: Row[]; problems: string[]; notes: Record<string, number> }> {
  const found = format ?? (await formatOf(path));
  if (found === null) throw new Error(`${path} is of no known format`);
  const opened = await openForeign({ kind: 'path', path }, found, { opening, choice });
  const items = await Array.fromAsync(opened.items());
  await opened.close();
  return {
    rows: items.filter((item): item is Row => !('problem' in item)),
    problems: items.flatMap((item) => ('problem' in item ? [`${item.line}: ${item.problem}`] : [])),
    notes: Object.fromEntries(opened.notes().map(({ code, count }) => [code, count])),
  };
}

/** By example, candidate and repeat, in any order. */
export function rowAt(rows: Row[], example: string, candidate: string, epoch: string | null = null): Row {
  const found = rows.filter(
    (row) =>
      row.example === example && row.candidate === candidate && (epoch === null || row.epoch === epoch),
  );
  const [row] = found;
  if (row === undefined || found.length > 1)
    throw new Error(`${found.length} rows of ${example}, ${candidate}`);
  return row;
}
