import type { Compared, Page } from '../api/index.ts';
import { columnPart, type ComparedTable } from './compared-table.ts';

/** What an export says of itself beside its rows. */
export interface ExportFacts {
  exported: string;
  dataset: { name: string; hash: string };
  runs: string[];
  /** How the rows were chosen, as asked. */
  selection: object;
  comparison: Compared;
}

/** One document: the facts, then `rows`, a line each. An unknown number is null. */
export async function* jsonOf(table: ComparedTable, facts: ExportFacts): AsyncGenerator<string> {
  const head = JSON.stringify({ format: 'kneepoint-comparison/1', ...facts });
  yield `${head.slice(0, -1)},"rows":[`;
  let separator = '\n';
  for await (const batch of table.batches()) {
    let text = '';
    for (const row of rowsOf(table.columns, batch)) {
      text += separator + JSON.stringify(row);
      separator = ',\n';
    }
    yield text;
  }
  yield '\n]}\n';
}

function* rowsOf(columns: string[], batch: Page['columns']): Generator<object> {
  const rows = batch['example']?.length ?? 0;
  for (let row = 0; row < rows; row++) {
    const candidates = new Map<string, [string, unknown][]>();
    const tags: [string, unknown][] = [];
    const own: [string, unknown][] = [];
    for (const name of columns) {
      const { kind, of } = columnPart(name);
      const value = batch[name]![row] ?? null;
      const known = typeof value === 'number' && Number.isNaN(value) ? null : value;
      if (kind === 'tag') tags.push([of, known]);
      else if (of === '') own.push([name, known]);
      else {
        const entries = candidates.get(of) ?? [];
        entries.push([kind, kind === 'failed' ? known === 1 : known]);
        candidates.set(of, entries);
      }
    }
    yield {
      ...Object.fromEntries(own),
      tags: Object.fromEntries(tags),
      candidates: Object.fromEntries(
        [...candidates].map(([id, entries]) => [id, Object.fromEntries(entries)]),
      ),
    };
  }
}
