import { LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { z } from 'zod';
import {
  agreementOf,
  type AgreementSpec,
  type Json,
  type OutcomeMatrix,
  WorkbenchError,
} from '../api/index.ts';
import { nearNamesHint } from '../text/index.ts';
import { integers, strings } from './columns.ts';
import type { Database } from './database.ts';
import { placeOf } from './example-place.ts';
import { jsonPointer } from './example-rows.ts';
import type { ExampleGroups } from './example-groups.ts';
import { matrixSignals } from './matrix-signals.ts';
import { type OutcomeColumns, readOutcomeColumns, type SignalField } from './outcome-columns.ts';
import { factsOf, type RunFacts } from './run-facts.ts';
import type { DatasetRecord, RunRecord } from './store.ts';
import { textOf } from './text-of.ts';

export interface MatrixSource {
  runs: RunRecord[];
  dataset: DatasetRecord & { rows: number; number: number };
  groups: ExampleGroups;
}
export interface MatrixOptions {
  candidates?: string[] | undefined;
  inputs: boolean;
  canonical: (scorer: AgreementSpec, output: string) => string | null;
}

/** Outcomes of runs over one dataset as columns. Texts are read once each and not kept. */
export async function readMatrix(
  database: Database,
  { runs, dataset, groups }: MatrixSource,
  options: MatrixOptions,
): Promise<OutcomeMatrix> {
  const ids = runs.map(({ id }) => id);
  const facts = runs.map(({ config }) => factsOf(config));
  const candidates = await chosenCandidates(database, ids, options.candidates);
  const signals = await signalFields(database, ids, candidates);
  const agreement = agreementOf(dataset.scorer);
  const { columns, codes } = await withOutputs(database, ids, async (source, outputs) => ({
    columns: await readOutcomeColumns(source, {
      dataset: dataset.number,
      rows: dataset.rows,
      runs: ids,
      candidates,
      outputs,
      signals,
    }),
    codes: await canonicalCodes(source, outputs, (output) => options.canonical(agreement, output)),
  }));
  const kept = rowsWithOutcomes(columns, dataset.rows);
  const examples = await readRows(database, dataset, kept, options.inputs);
  const pick = (values: Float64Array): Float64Array => gather(values, kept);
  const renumbered = renumber(groups.of, kept);
  return {
    dataset: {
      name: dataset.name,
      hash: dataset.hash,
      rows: dataset.rows,
      scorer: dataset.scorer,
      inputFields: dataset.mapping.input,
    },
    runs: ids,
    examples: examples.ids,
    candidates,
    scores: columns.scores.map(pick),
    costs: columns.costs.map(pick),
    latencies: columns.latencies.map(pick),
    answers: columns.outputs.map((output) =>
      Int32Array.from(kept, (row) => (output[row]! < 0 ? -1 : codes[output[row]!]!)),
    ),
    failed: columns.states.map((state) => Uint8Array.from(kept, (row) => (state[row] === 2 ? 1 : 0))),
    groups: renumbered.of,
    groupCount: renumbered.count,
    splits: examples.splits,
    tags: examples.tags,
    signals: matrixSignals(columns, signals, kept),
    inputs: examples.inputs,
    nominal: nominalCandidates(facts, candidates),
    models: modelFacts(facts, candidates),
  };
}

async function chosenCandidates(
  database: Database,
  runs: string[],
  asked: string[] | undefined,
): Promise<string[]> {
  const rows = await database.rows(
    'SELECT DISTINCT candidate FROM outcomes WHERE run IN (SELECT unnest($1))',
    [listValue(runs)],
    [LIST(VARCHAR)],
  );
  const known = rows.map(({ candidate }) => textOf(candidate)).sort();
  if (asked === undefined) return known;
  for (const candidate of asked) {
    if (known.includes(candidate)) continue;
    throw new WorkbenchError('candidate.unknown', `There are no outcomes of a candidate ${candidate}.`, {
      hint: nearNamesHint(candidate, known, 'candidate'),
      details: { candidate },
    });
  }
  return [...new Set(asked)].sort();
}

/** Signals are numbers where every value that is there is one, else labels. */
async function signalFields(
  database: Database,
  runs: string[],
  candidates: string[],
): Promise<SignalField[]> {
  const [row] = await database.rows(
    `SELECT json_group_structure(signals::JSON)::VARCHAR AS structure FROM outcomes
     WHERE run IN (SELECT unnest($1)) AND candidate IN (SELECT unnest($2)) AND signals IS NOT NULL`,
    [listValue(runs), listValue(candidates)],
    [LIST(VARCHAR), LIST(VARCHAR)],
  );
  const text = row?.['structure'];
  const structure = text === null || text === undefined ? {} : Structure.parse(JSON.parse(textOf(text)));
  return (
    Object.entries(structure)
      // What only the ground truth tells is measured, never routed on.
      .filter(([name, type]) => type !== 'NULL' && !name.startsWith(STEP_SCORE))
      .map(([name, type]) => ({
        name,
        type: numeric.has(String(type)) ? ('number' as const) : ('label' as const),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  );
}
/** Before the name of a `score` step, among the signals of an outcome. */
export const STEP_SCORE = 'score:';
const Structure = z.record(z.string(), z.unknown()).catch({});
const numeric = new Set(['DOUBLE', 'UBIGINT', 'BIGINT', 'HUGEINT', 'UHUGEINT']);

/** Distinct outputs get a number on one connection, so that each text crosses into JavaScript once. */
async function withOutputs<T>(
  database: Database,
  runs: string[],
  work: (source: Pick<Database, 'chunks'>, table: string) => Promise<T>,
): Promise<T> {
  const connection = await database.connect();
  try {
    await connection.run(
      `CREATE TEMP TABLE distinct_outputs AS
       SELECT output, (row_number() OVER () - 1)::INTEGER AS code FROM (
         SELECT DISTINCT output FROM outcomes
         WHERE run IN (SELECT unnest($1)) AND output IS NOT NULL AND error_class IS NULL)`,
      [listValue(runs)],
      [LIST(VARCHAR)],
    );
    const source: Pick<Database, 'chunks'> = {
      async *chunks(sql, values, types) {
        const result = await connection.stream(sql, values, types);
        for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0;) {
          yield chunk;
          chunk = await result.fetchChunk();
        }
      },
    };
    return await work(source, 'distinct_outputs');
  } finally {
    connection.closeSync();
  }
}

/** By code of the distinct output: the code of its canonical answer, -1 for an unusable one. */
async function canonicalCodes(
  source: Pick<Database, 'chunks'>,
  table: string,
  canonical: (output: string) => string | null,
): Promise<number[]> {
  const codes: number[] = [];
  const known = new Map<string, number>();
  for await (const chunk of source.chunks(`SELECT code, output FROM ${table}`)) {
    const code = integers(chunk, 0);
    const output = strings(chunk, 1);
    for (let i = 0; i < chunk.rowCount; i++) {
      const answer = canonical(output[i] ?? '');
      let number = -1;
      if (answer !== null) {
        number = known.get(answer) ?? known.size;
        known.set(answer, number);
      }
      codes[code[i]!] = number;
    }
  }
  return codes;
}

function rowsWithOutcomes({ states }: OutcomeColumns, rows: number): Int32Array {
  const kept = new Int32Array(rows);
  let n = 0;
  for (let row = 0; row < rows; row++) if (states.some((state) => state[row] !== 0)) kept[n++] = row;
  return kept.subarray(0, n);
}

async function readRows(
  database: Database,
  dataset: MatrixSource['dataset'],
  kept: Int32Array,
  withInputs: boolean,
): Promise<Pick<OutcomeMatrix, 'splits' | 'tags' | 'inputs'> & { ids: string[] }> {
  const place = new Int32Array(dataset.rows).fill(-1);
  for (let i = 0; i < kept.length; i++) place[kept[i]!] = i;
  const names = dataset.mapping.tags;
  const ids = Array.from({ length: kept.length }, () => '');
  const splits = new Int8Array(kept.length).fill(-1);
  const tags = names.map((): (string | null)[] => Array.from({ length: kept.length }, () => null));
  const inputs: { [key: string]: Json }[] = withInputs ? Array.from({ length: kept.length }, () => ({})) : [];
  const sql = `
    SELECT ${placeOf('examples', '$1')}, CASE split WHEN 'fit' THEN 0 WHEN 'calibrate' THEN 1 WHEN 'test' THEN 2 ELSE -1 END::INTEGER, id
      ${withInputs ? ', input' : ''}${names.map((_, i) => `, json_extract_string(tags, $${i + 2})`).join('')}
    FROM examples WHERE dataset = $1`;
  for await (const chunk of database.chunks(sql, [dataset.number, ...names.map(jsonPointer)])) {
    const row = integers(chunk, 0);
    const split = integers(chunk, 1);
    const id = strings(chunk, 2);
    const input = withInputs ? strings(chunk, 3) : null;
    const tagged = names.map((_, i) => strings(chunk, (withInputs ? 4 : 3) + i));
    for (let i = 0; i < chunk.rowCount; i++) {
      const at = place[row[i]!]!;
      if (at < 0) continue;
      ids[at] = id[i]!;
      splits[at] = split[i]!;
      // Written by this room from an Example.
      if (input) inputs[at] = JSON.parse(input[i]!) as { [key: string]: Json };
      for (let t = 0; t < names.length; t++) tags[t]![at] = tagged[t]![i]!;
    }
  }
  return { ids, splits, inputs, tags: Object.fromEntries(names.map((name, i) => [name, tags[i]!])) };
}

function gather(values: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]!]!;
  return out;
}

function renumber(of: Int32Array, rows: Int32Array): ExampleGroups {
  const codes = new Int32Array(of.length).fill(-1);
  const out = new Int32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const group = of[rows[i]!]!;
    if (codes[group] === -1) codes[group] = count++;
    out[i] = codes[group]!;
  }
  return { of: out, count };
}

const nominalCandidates = (facts: RunFacts[], candidates: string[]): Set<string> =>
  new Set(candidates.filter((id) => facts.some(({ nominal }) => nominal.includes(id))));

function modelFacts(facts: RunFacts[], candidates: string[]): OutcomeMatrix['models'] {
  const unknown: OutcomeMatrix['models'][string] = {
    provider: null,
    model: null,
    parameters: {},
    inputPerMTok: null,
    outputPerMTok: null,
    priceDate: null,
    priceHash: null,
  };
  return Object.fromEntries(
    candidates.map((id) => [
      id,
      facts
        .map(({ models }) => (Object.hasOwn(models, id) ? models[id] : undefined))
        .findLast((one) => one !== undefined) ?? unknown,
    ]),
  );
}
