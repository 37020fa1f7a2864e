/**
 * A process of its own: every hostile file goes through every door that reads one, and a line of JSON on stdout says what
 * happened. Its peak memory is the peak of all of them.
 */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DatasetPreviewed, OutcomesPreviewed, Workbench } from '../../../engine/api/index.ts';
import { WorkbenchError } from '../../../engine/api/index.ts';
import { createWorkbench } from '../../../engine/workbench.ts';
import { hostileFiles } from './hostile-files.ts';

export interface Attempt {
  door: string;
  /** `imported` or `previewed`, else the code it was refused with. */
  outcome: string;
  /** What should not be: see the test. */
  fault: string | null;
}
export type Line =
  | { kind: 'file'; file: string; attempts: Attempt[]; ms: number }
  | { kind: 'end'; peakMb: number; orphans: number; halfDone: string[] };

const [folder = '', seed = '1'] = process.argv.slice(2);
const workspace = join(folder, 'workspace');
const say = (line: Line): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const { api, close } = await createWorkbench({ folder: workspace, env: {}, allowPaths: true });
await writeFile(join(folder, 'base.csv'), 'id,question,answer\nq0,a,1\nq1,b,2\nq2,c,3\n');
await api.datasets.import({
  source: { kind: 'path', path: join(folder, 'base.csv') },
  name: 'base',
  input: ['question'],
  expected: 'answer',
  id: 'id',
});

/** Files beside the database: a failed import leaves none. Its tables are counted at the end, all together. */
const left = async (): Promise<string> =>
  (await readdir(workspace))
    .filter((name) => !name.startsWith('workspace.duckdb'))
    .toSorted()
    .join(', ');
/** What must be in the workspace at the end, and nothing else: what was answered to. */
const expected = { datasets: new Set(['base']), runs: new Set<string>() };
/** Which file a dataset was to be made of. */
const madeOf = new Map<string, string>();

function faultOf(thrown: unknown): string | null {
  if (!(thrown instanceof WorkbenchError)) return `not a coded error: ${String(thrown)}`;
  if (thrown.code === 'bug') return `${thrown.message}\n${(thrown.cause as Error | undefined)?.stack ?? ''}`;
  if (thrown.hint === undefined || thrown.hint === '') return `no hint: ${thrown.message}`;
  if (thrown.message === '') return 'no message';
  if (thrown.message.length > 2000 || JSON.stringify(thrown.details ?? {}).length > 200_000)
    return `an error of ${thrown.message.length} characters`;
  return null;
}

let unique = 0;
async function attempts(path: string, { what, heavy }: { what: string; heavy: boolean }): Promise<Attempt[]> {
  const tried: Attempt[] = [];
  const attempt = async <T>(door: string, work: (api: Workbench) => Promise<T>): Promise<T | null> => {
    const before = await left();
    try {
      const result = await work(api);
      tried.push({ door, outcome: 'read', fault: null });
      return result;
    } catch (thrown) {
      const after = await left();
      const changed = after === before ? null : `files were left: ${after}`;
      tried.push({
        door,
        outcome: thrown instanceof WorkbenchError ? thrown.code : 'uncoded',
        fault: faultOf(thrown) ?? changed,
      });
      return null;
    }
  };
  const source = { kind: 'path', path } as const;
  const look: DatasetPreviewed | null = await attempt('dataset preview', () =>
    api.datasets.preview({ source, rows: 20 }),
  );
  if (heavy) {
    await attempt('outcomes preview', () => api.outcomes.preview({ source }));
    return tried;
  }
  const { input = [], reasons: _reasons, ...mapping } = look?.suggestion ?? {};
  // Refused with its first bad row, or with none left over: in turn.
  const maxRejected = unique % 2 === 0 ? 0 : 1_000_000_000;
  const name = `d${unique++}`;
  madeOf.set(name, what).set(`o-${name}`, what);
  const made = await attempt(`dataset import, ${maxRejected} tolerated`, () =>
    api.datasets.import({
      ...mapping,
      source,
      name,
      input: input.length > 0 ? input : [look?.columns[0]?.name ?? 'question'],
      maxRejected,
    }),
  );
  if (made !== null) expected.datasets.add(name);
  const seen: OutcomesPreviewed | null = await attempt('outcomes preview', () =>
    api.outcomes.preview({ source }),
  );
  if (seen === null || seen.format !== 'table') {
    const run = await attempt('outcomes import', () =>
      api.outcomes.import({ source, dataset: `o-${name}`, create: true, maxRejected: 1_000_000_000 }),
    );
    if (run !== null) {
      expected.datasets.add(`o-${name}`);
      expected.runs.add(run.run);
    }
  }
  if (seen === null || seen.format === 'table') {
    const run = await attempt('outcomes import, a table', () =>
      api.outcomes.import({
        source,
        dataset: 'base',
        foreign: 'table',
        example: 'id',
        candidate: 'model',
        score: 'ok',
        maxRejected: 1_000_000_000,
      }),
    );
    if (run !== null) expected.runs.add(run.run);
  }
  return tried;
}

for await (const { name, what, bytes, heavy = false } of hostileFiles(Number(seed))) {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const started = performance.now();
  const tried = await attempts(path, { what: `${name} (${what})`, heavy });
  say({
    kind: 'file',
    file: `${name} (${what})`,
    attempts: tried,
    ms: Math.round(performance.now() - started),
  });
  await rm(path);
}
if ('polluted' in {}) throw new Error('Object.prototype was polluted');
await close();

/** Rows that belong to no dataset or run, or too many or few of them. */
const instance = await DuckDBInstance.create(join(workspace, 'workspace.duckdb'), {
  access_mode: 'READ_ONLY',
});
const connection = await instance.connect();
const reader = await connection.runAndReadAll(`
  SELECT (SELECT count(*) FROM (SELECT number, any_value(row_count) AS n FROM datasets GROUP BY number) d
            WHERE n <> (SELECT count(*) FROM examples e WHERE e.dataset = d.number))
       + (SELECT count(*) FROM examples WHERE dataset NOT IN (SELECT number FROM datasets))
       + (SELECT count(*) FROM outcomes WHERE run NOT IN (SELECT id FROM runs))
       + (SELECT count(*) FROM runs r WHERE total <> (SELECT count(*) FROM outcomes o WHERE o.run = r.id))`);
const column = async (sql: string): Promise<string[]> =>
  (await connection.runAndReadAll(sql)).getRowsJS().map(([value]) => String(value));
const differing = (a: Set<string>, b: Set<string>): string[] => [
  ...[...a].filter((name) => !b.has(name)),
  ...[...b].filter((name) => !a.has(name)),
];
const halfDone = [
  ...differing(expected.datasets, new Set(await column('SELECT name FROM datasets'))),
  ...differing(expected.runs, new Set(await column('SELECT id FROM runs'))),
].map((name) => madeOf.get(name) ?? name);
say({
  kind: 'end',
  halfDone,
  orphans: Number(reader.value(0, 0)),
  peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
});
connection.closeSync();
instance.closeSync();
