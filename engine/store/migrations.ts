import type { DuckDBConnection } from '@duckdb/node-api';

/** One numbered step from an older workspace to a newer one. Never edited once released: add another. */
export interface Migration {
  number: number;
  /** What it does and why, for the table of migrations in the workspace. */
  name: string;
  statements: string[];
}

/**
 * No table has a primary key, a unique constraint or an index: DuckDB's log replay has open bugs with them, and a
 * killed process must find everything again. What must be unique is checked in the one writer.
 * `seq` grows with every row written to the workspace: the newest of several rows is the one with the largest.
 */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'Datasets, runs, outcomes, the call ledger, fits and policies.',
    statements: [
      `CREATE TABLE datasets (seq BIGINT NOT NULL, number INTEGER NOT NULL, name VARCHAR NOT NULL, hash VARCHAR NOT NULL,
         created VARCHAR NOT NULL, mapping VARCHAR NOT NULL, scorer VARCHAR NOT NULL, source VARCHAR NOT NULL,
         row_count INTEGER NOT NULL)`,
      `CREATE TABLE examples (dataset INTEGER NOT NULL, "row" INTEGER NOT NULL, id VARCHAR NOT NULL, input VARCHAR NOT NULL,
         input_key VARCHAR, expected VARCHAR, "group" VARCHAR, tags VARCHAR, split VARCHAR)`,
      `CREATE TABLE runs (seq BIGINT NOT NULL, id VARCHAR NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL,
         dataset VARCHAR NOT NULL, dataset_hash VARCHAR NOT NULL, status VARCHAR NOT NULL, reason VARCHAR,
         created VARCHAR NOT NULL, config VARCHAR NOT NULL, config_hash VARCHAR NOT NULL, total INTEGER NOT NULL,
         wall_ms DOUBLE NOT NULL, budget_usd DOUBLE, nominal VARCHAR NOT NULL)`,
      `CREATE TABLE outcomes (seq BIGINT NOT NULL, run VARCHAR NOT NULL, example VARCHAR NOT NULL, candidate VARCHAR NOT NULL,
         output VARCHAR, score DOUBLE, cost_usd DOUBLE, fresh_cost_usd DOUBLE, latency_ms DOUBLE, input_tokens DOUBLE,
         output_tokens DOUBLE, cached BOOLEAN NOT NULL, error_class VARCHAR, error_message VARCHAR, answered_by VARCHAR,
         signals VARCHAR)`,
      `CREATE TABLE call_intents (run VARCHAR NOT NULL, example VARCHAR NOT NULL, candidate VARCHAR NOT NULL,
         step VARCHAR NOT NULL, attempt INTEGER NOT NULL, request_hash VARCHAR NOT NULL, model VARCHAR NOT NULL,
         estimated_cost_usd DOUBLE, started_at VARCHAR NOT NULL)`,
      `CREATE TABLE call_results (run VARCHAR NOT NULL, example VARCHAR NOT NULL, candidate VARCHAR NOT NULL,
         step VARCHAR NOT NULL, attempt INTEGER NOT NULL, request_hash VARCHAR NOT NULL, response VARCHAR NOT NULL,
         ok BOOLEAN NOT NULL, cost_usd DOUBLE, latency_ms DOUBLE NOT NULL)`,
      `CREATE TABLE policies (seq BIGINT NOT NULL, id VARCHAR NOT NULL, name VARCHAR NOT NULL, fit VARCHAR NOT NULL,
         created VARCHAR NOT NULL, policy VARCHAR NOT NULL)`,
      `CREATE TABLE fits (seq BIGINT NOT NULL, id VARCHAR NOT NULL, created VARCHAR NOT NULL, result VARCHAR NOT NULL)`,
    ],
  },
  {
    number: 2,
    name: 'Answers a scorer could not read are told from wrong ones.',
    statements: ['ALTER TABLE outcomes ADD COLUMN unparsed BOOLEAN'],
  },
  {
    number: 3,
    name: 'A dataset remembers the rows its import left out.',
    statements: ['ALTER TABLE datasets ADD COLUMN rejected VARCHAR'],
  },
  {
    number: 4,
    name: 'The place of an example is that of its row in the table.',
    statements: ['ALTER TABLE examples DROP COLUMN "row"'],
  },
  {
    number: 5,
    name: 'Items that wait for a person, and what was decided.',
    statements: [
      `CREATE TABLE reviews (id VARCHAR NOT NULL, run VARCHAR NOT NULL, example VARCHAR NOT NULL, candidate VARCHAR NOT NULL,
         step VARCHAR NOT NULL, reason VARCHAR NOT NULL, question VARCHAR, options VARCHAR, answer VARCHAR,
         asked_at VARCHAR NOT NULL)`,
      `CREATE TABLE decisions (review VARCHAR NOT NULL, verdict VARCHAR NOT NULL, answer VARCHAR, decided_by VARCHAR NOT NULL,
         note VARCHAR, decided_at VARCHAR NOT NULL, took_ms DOUBLE)`,
    ],
  },
  {
    number: 6,
    name: 'What each item did, step by step, under the number of its outcome; as one row a span for whoever asks in SQL.',
    statements: [
      `CREATE TABLE traces (seq BIGINT NOT NULL, run VARCHAR NOT NULL, example VARCHAR NOT NULL, candidate VARCHAR NOT NULL,
         started_ms DOUBLE NOT NULL, spans VARCHAR NOT NULL)`,
      `CREATE VIEW spans AS
         SELECT seq, run, example, candidate, place::INTEGER AS place, json_extract_string(span, '$[0]') AS path,
           json_extract_string(span, '$[1]') AS kind, started_ms + json_extract(span, '$[2]')::DOUBLE AS started_ms,
           json_extract(span, '$[3]')::DOUBLE AS duration_ms, json_extract(span, '$[4]') AS attributes,
           json_extract_string(span, '$[5][1]') AS provider, json_extract_string(span, '$[5][2]') AS model,
           json_extract_string(span, '$[5][7][0]') AS answer, json_extract_string(span, '$[5][8].class') AS error_class,
           json_array_length(span, '$[5][6]')::INTEGER AS attempts
         FROM (SELECT seq, run, example, candidate, started_ms, unnest(json_extract(spans, '$[*]')) AS span,
             generate_subscripts(json_extract(spans, '$[*]'), 1) - 1 AS place FROM traces)`,
    ],
  },
];

export async function currentVersion(connection: DuckDBConnection): Promise<number> {
  const known = await connection.runAndReadAll(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = 'main' AND table_name = 'migrations'",
  );
  if (known.currentRowCount === 0) return 0;
  const version = await connection.runAndReadAll('SELECT coalesce(max(number), 0)::INTEGER FROM migrations');
  return Number(version.value(0, 0));
}

/** Applies what is missing, each migration whole or not at all. */
export async function migrate(
  connection: DuckDBConnection,
  from: number,
  options: { migrations: readonly Migration[]; now: () => Date },
): Promise<void> {
  for (const migration of options.migrations.filter(({ number }) => number > from)) {
    await connection.run('BEGIN');
    try {
      if (migration.number === 1) {
        await connection.run(
          'CREATE TABLE migrations (number INTEGER NOT NULL, name VARCHAR NOT NULL, applied VARCHAR NOT NULL)',
        );
      }
      for (const statement of migration.statements) await connection.run(statement);
      await connection.run('INSERT INTO migrations VALUES (?, ?, ?)', [
        migration.number,
        migration.name,
        options.now().toISOString(),
      ]);
      await connection.run('COMMIT');
    } catch (thrown) {
      await connection.run('ROLLBACK').catch(() => undefined);
      throw thrown;
    }
    await connection.run('CHECKPOINT');
  }
}
