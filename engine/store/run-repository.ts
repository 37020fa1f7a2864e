import { type DuckDBValue, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { type RunSummary, WorkbenchError } from '../api/index.ts';
import type { Database, Row } from './database.ts';
import { datasetByHash, datasetRecordOf } from './datasets.ts';
import { type ExampleGroups, exampleGroups } from './example-groups.ts';
import { theOne } from './fits.ts';
import { type MatrixSource, readMatrix } from './matrix.ts';
import { readOutcomes } from './outcome-reading.ts';
import { searchOutcomes } from './outcome-search.ts';
import { readUsage } from './outcome-usage.ts';
import { appendOutcome } from './outcome-rows.ts';
import { factsOf, nominalOf, runRecordOf } from './run-facts.ts';
import { runPage } from './run-page.ts';
import { runTotals, summariseRun } from './run-summary.ts';
import type { Journal, RunRecord, RunRepository } from './store.ts';
import { textOf } from './text-of.ts';

export function createRunRepository(database: Database, journal: Journal): RunRepository {
  /** Datasets never change, so what their rows share is worked out once. */
  const groups = new Map<number, Promise<ExampleGroups>>();
  const groupsOf = (dataset: number, rows: number): Promise<ExampleGroups> => {
    let known = groups.get(dataset);
    if (known === undefined) {
      known = exampleGroups(database, dataset, rows);
      groups.set(dataset, known);
      known.catch(() => groups.delete(dataset));
    }
    return known;
  };
  const datasetOf = async (run: RunRecord): Promise<MatrixSource['dataset']> => {
    const row = await datasetByHash(database, run.datasetHash);
    return { ...datasetRecordOf(row), rows: Number(row['row_count']), number: Number(row['number']) };
  };

  return {
    create: (record) =>
      database.write(async (connection) => {
        await connection.run(insertSql, insertValues(database, record, factsOf(record.config).nominal));
      }),
    async update(id, patch) {
      const fields: [string, DuckDBValue][] = [];
      if (patch.status !== undefined) fields.push(['status', patch.status]);
      if (patch.reason !== undefined) fields.push(['reason', patch.reason && JSON.stringify(patch.reason)]);
      if (patch.wallMs !== undefined) fields.push(['wall_ms', patch.wallMs]);
      if (patch.total !== undefined) fields.push(['total', patch.total]);
      if (patch.budgetUsd !== undefined) fields.push(['budget_usd', patch.budgetUsd]);
      if (fields.length === 0) return;
      const set = fields.map(([column]) => `${column} = ?`).join(', ');
      await database.write((connection) =>
        connection.run(`UPDATE runs SET ${set} WHERE id = ?`, [...fields.map(([, value]) => value), id]),
      );
    },
    async find(ref) {
      const row = await findRun(database, ref);
      return row && runRecordOf(row);
    },
    async list() {
      return (await database.rows('SELECT * FROM runs ORDER BY seq DESC')).map(runRecordOf);
    },
    insertRecorded: (record, batches, nominal) =>
      database.write(async (connection) => {
        await connection.run(insertSql, insertValues(database, record, nominal));
        const appender = await connection.createAppender('outcomes');
        let count = 0;
        try {
          for await (const batch of batches) {
            for (const outcome of batch)
              appendOutcome(appender, database.nextSeq(), { ...outcome, run: record.id });
            count += batch.length;
            appender.flushSync();
          }
        } catch (thrown) {
          appender.clear();
          throw thrown;
        }
        appender.closeSync();
        await connection.run('UPDATE runs SET total = ? WHERE id = ?', [count, record.id]);
        return count;
      }),

    async summary(id) {
      const row = await mustFind(database, id);
      const run = runRecordOf(row);
      const dataset = await datasetOf(run);
      return summariseRun(database, run, {
        dataset: dataset.number,
        rows: dataset.rows,
        groups: await groupsOf(dataset.number, dataset.rows),
        nominal: nominalOf(row),
        ambiguous: await journal.ambiguous(run.id),
      }) satisfies Promise<RunSummary>;
    },
    async totals(id) {
      const { costUnknown: _, ...totals } = await runTotals(database, id);
      return totals;
    },
    async page(id, request) {
      const run = runRecordOf(await mustFind(database, id));
      const dataset = await datasetOf(run);
      return runPage(database, { id: run.id, dataset: dataset.number }, request);
    },
    async finished(id) {
      const done = new Set<string>();
      const failed = new Set<string>();
      const chunks = database.chunks(
        `SELECT example, candidate, arg_max(error_class IS NOT NULL, seq) FROM outcomes WHERE run = ? GROUP BY ALL`,
        [id],
      );
      for await (const chunk of chunks) {
        for (const [example, candidate, isFailed] of chunk.getRows()) {
          (isFailed === true ? failed : done).add(`${String(example)}\u0000${String(candidate)}`);
        }
      }
      return { done, failed };
    },
    async outputs(ids, { examples, candidates }) {
      const rows = await database.rows(
        `SELECT candidate, example, arg_max({output: output}, seq).output AS output FROM outcomes
         WHERE run IN (SELECT unnest($1)) AND example IN (SELECT unnest($2)) AND candidate IN (SELECT unnest($3))
         GROUP BY ALL`,
        [listValue(ids), listValue(examples), listValue(candidates)],
        [LIST(VARCHAR), LIST(VARCHAR), LIST(VARCHAR)],
      );
      const found = new Map(candidates.map((candidate) => [candidate, new Map<string, string | null>()]));
      for (const { candidate, example, output } of rows) {
        found.get(textOf(candidate))?.set(textOf(example), output === null ? null : textOf(output));
      }
      return found;
    },
    async searched(ids, options) {
      const [first] = ids;
      if (first === undefined) return new Set();
      const dataset = await datasetOf(runRecordOf(await mustFind(database, first)));
      return searchOutcomes(database, ids, dataset, options);
    },
    async version(ids) {
      const [row] = await database.rows(
        'SELECT coalesce(max(seq), 0)::VARCHAR AS newest FROM outcomes WHERE run IN (SELECT unnest($1))',
        [listValue(ids)],
        [LIST(VARCHAR)],
      );
      return textOf(row?.['newest'] ?? '0');
    },
    usage: (ids, candidates) => readUsage(database, ids, candidates),
    outcomes: (id) => readOutcomes(database, id),
    async matrix(ids, options) {
      const rows = await Promise.all(ids.map((id) => mustFind(database, id)));
      const runs = rows.map(runRecordOf);
      const [first] = runs;
      if (first === undefined)
        throw new WorkbenchError('input.invalid', 'No run was named.', { hint: 'Name a run.' });
      const other = runs.find(({ datasetHash }) => datasetHash !== first.datasetHash);
      if (other !== undefined) {
        throw new WorkbenchError(
          'input.invalid',
          `The runs ${first.id} and ${other.id} are over different datasets (${first.dataset}, ${other.dataset}).`,
          { hint: 'Take runs over one dataset.' },
        );
      }
      const dataset = await datasetOf(first);
      const nominal = rows.map(nominalOf);
      const matrix = await readMatrix(
        database,
        { runs, dataset, groups: await groupsOf(dataset.number, dataset.rows) },
        options,
      );
      for (const id of matrix.candidates)
        if (nominal.some((names) => names.includes(id))) matrix.nominal.add(id);
      return matrix;
    },
  };
}

const insertSql = 'INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';

function insertValues(database: Database, record: RunRecord, nominal: string[]): DuckDBValue[] {
  return [
    database.nextSeq(),
    record.id,
    record.name,
    record.kind,
    record.dataset,
    record.datasetHash,
    record.status,
    record.reason && JSON.stringify(record.reason),
    record.created,
    JSON.stringify(record.config ?? null),
    record.configHash,
    record.total,
    record.wallMs,
    record.budgetUsd,
    JSON.stringify(nominal),
  ];
}

async function findRun(database: Database, ref: string): Promise<Row | null> {
  if (ref === 'latest')
    return (await database.rows('SELECT * FROM runs ORDER BY seq DESC LIMIT 1'))[0] ?? null;
  const rows = await database.rows(
    'SELECT * FROM runs WHERE starts_with(id, ?) ORDER BY id = ? DESC, seq DESC LIMIT 2',
    [ref, ref],
  );
  return theOne(rows, ref, 'run.not_found');
}

async function mustFind(database: Database, ref: string): Promise<Row> {
  const row = await findRun(database, ref);
  if (row !== null) return row;
  throw new WorkbenchError('run.not_found', `There is no run ${ref} in this workspace.`, {
    hint: 'See `kneepoint run list`; `latest` is the newest run.',
  });
}
