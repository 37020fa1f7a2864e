import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CompareExport, type Exported } from '../api/index.ts';
import {
  comparedTable,
  csvOf,
  type ExportFacts,
  jsonOf,
  REPORT_ROWS,
  reportOf,
  writeParquet,
} from '../compare/index.ts';
import type { ComparedMatrix } from './compared-matrix.ts';
import { comparedOf } from './compared-of.ts';
import type { Rooms } from './rooms.ts';

/** Writes the rows a screen shows to a file that the door then fetches in parts. */
export async function exportComparison(
  rooms: Rooms,
  { matrix, repriced, overTime, texts, select }: ComparedMatrix,
  input: CompareExport,
): Promise<Exported> {
  const selected = await select(input);
  const table = await comparedTable(matrix, input, selected, {
    texts,
    ...(input.format === 'html' ? { limit: REPORT_ROWS } : {}),
  });
  const facts = (): ExportFacts => ({
    exported: rooms.now().toISOString(),
    dataset: { name: matrix.dataset.name, hash: matrix.dataset.hash },
    runs: matrix.runs,
    selection: selectionOf(input),
    comparison: comparedOf({ matrix, repriced, overTime }, input),
  });
  const file = await rooms.downloads.create((path) => {
    const save = (texts: AsyncIterable<string>): Promise<void> =>
      pipeline(Readable.from(texts), createWriteStream(path, { encoding: 'utf8' }));
    switch (input.format) {
      case 'csv':
        return save(csvOf(table));
      case 'json':
        return save(jsonOf(table, facts()));
      case 'parquet':
        return writeParquet(path, table);
      case 'html':
        return save(reportOf(table, { ...facts(), total: selected.length, chosen: inWords(input) }));
    }
  });
  return {
    ...file,
    name: `comparison-${input.runs.length === 1 ? matrix.runs[0] : 'runs'}.${input.format}`,
    rows: table.rows,
    total: selected.length,
  };
}

const selectionOf = ({ candidates, baseline, only, of, sort, tag, search }: CompareExport): object => ({
  candidates,
  ...Object.fromEntries(
    Object.entries({ baseline, only, of, sort, tag, search }).filter(([, value]) => value !== undefined),
  ),
});

const onlyWords: Record<CompareExport['only'], string> = {
  all: 'All rows',
  different: 'Rows whose scores differ',
  answers: 'Rows whose answers differ',
  regressions: 'Rows with a score below the baseline',
  improvements: 'Rows with a score above the baseline',
  wins: 'Rows that only the candidate has right',
  losses: 'Rows that only the baseline has right',
  'none-right': 'Rows that no candidate has right',
  unscored: 'Rows without a score of some candidate',
};

function inWords({ only, of, tag, search }: CompareExport): string {
  const parts = [
    onlyWords[only],
    ...(of === undefined ? [] : [`looking at ${of}`]),
    ...(tag === undefined ? [] : [`with ${tag.column} = ${tag.value}`]),
    ...(search === undefined || search === '' ? [] : [`holding “${search}”`]),
  ];
  return `${parts.join(', ')}:`;
}
