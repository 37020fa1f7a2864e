/** `dataset import` of a million rows beside DuckDB's own `CREATE TABLE … AS`, turn by turn in one run. */
import { createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { seededRandom } from '../../engine/math/index.ts';
import { measure, median } from './measure.ts';

const TURNS = 5;
const words =
  'order parcel refund invoice late broken please when where my account address change cancel the a to of is not has been'.split(
    ' ',
  );

interface File {
  name: string;
  path: string;
  /** How DuckDB itself reads it. */
  reader: string;
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-bench-'));
  try {
    const csv = await write(join(folder, 'rows.csv'), 1_000_000, 260, 'csv');
    const jsonl = await write(join(folder, 'rows.jsonl'), 300_000, 260, 'jsonl');
    const parquet = join(folder, 'rows.parquet');
    const memory = await DuckDBInstance.create(':memory:');
    const connection = await memory.connect();
    // Words at random pack well: it takes more rows for as many bytes.
    await connection.run(`COPY (SELECT * FROM read_csv('${csv}')) TO '${parquet}' (FORMAT parquet)`);
    connection.closeSync();
    memory.closeSync();
    const files: File[] = [
      { name: 'CSV', path: csv, reader: 'read_csv' },
      { name: 'JSONL', path: jsonl, reader: 'read_json' },
      { name: 'Parquet', path: parquet, reader: 'read_parquet' },
    ];
    for (const file of files) await compare(folder, file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(folder: string, file: File): Promise<void> {
  const ours: number[] = [];
  const theirs: number[] = [];
  let peakMb = 0;
  let rows = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    theirs.push((await measure(['-e', createTable(join(folder, 'own.duckdb'), file)])).wallMs);
    rmSync(join(folder, 'own.duckdb'), { force: true });
    const workspace = join(folder, 'w');
    const measured = await measure(importing(file.path, workspace));
    ours.push(measured.wallMs);
    peakMb = Math.max(peakMb, measured.peakMb);
    rows = JSON.parse(measured.stdout).rows;
    rmSync(workspace, { recursive: true });
  }
  const [mine, own] = [median(ours), median(theirs)];
  console.log(
    `${file.name.padEnd(8)} ${(statSync(file.path).size / 1e6).toFixed(0)} MB, ${rows.toLocaleString('en')} rows: ${(mine / 1000).toFixed(2)} s, DuckDB's own ${(own / 1000).toFixed(2)} s: × ${(mine / own).toFixed(2)}; peak ${peakMb.toFixed(0)} MB`,
  );
}

const importing = (path: string, workspace: string): string[] =>
  `${join(process.cwd(), 'bin/kneepoint.js')} dataset import ${path} --name rows --id id --input question --expected answer --tags topic --workspace ${workspace} --json --quiet`.split(
    ' ',
  );

/** A process of its own, as ours is one: Node, the library, a database file. */
const createTable = (database: string, { reader, path }: File): string => `
  const { DuckDBInstance } = require('@duckdb/node-api');
  (async () => {
    const instance = await DuckDBInstance.create(${JSON.stringify(database)});
    const connection = await instance.connect();
    await connection.run("CREATE TABLE t AS SELECT * FROM ${reader}('${path}')");
    connection.closeSync();
    instance.closeSync();
  })();`;

async function write(path: string, rows: number, chars: number, format: 'csv' | 'jsonl'): Promise<string> {
  if (existsSync(path)) return path;
  const random = seededRandom(7);
  const out = createWriteStream(path);
  if (format === 'csv') out.write('id,question,answer,topic\n');
  for (let row = 0; row < rows; row++) {
    let question = '';
    while (question.length < chars) question += `${words[Math.floor(random.next() * words.length)]} `;
    const [answer, topic] = [Math.floor(random.next() * 1000), `t${row % 12}`];
    const line =
      format === 'csv'
        ? `r${row},"${question}, number ${row}?",${answer},${topic}\n`
        : `${JSON.stringify({ id: `r${row}`, question, answer, topic })}\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return path;
}
