/**
 * A plain table file as examples without a row passing through JavaScript: DuckDB reads, checks and numbers it.
 * What is not plain (a row that needs a reason, a value that would be read another way) makes the statement fail, and
 * the caller reads the file row by row instead. docs/adr/0006-import-in-the-database.md says what must be the same.
 */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { DatasetMapping, Json } from '../api/index.ts';
import type { ReadTable, TableFile } from './store.ts';
import { textOf } from './text-of.ts';

/** A value of the file as SQL. Nothing here may call error(): what is volatile is computed once for each use. */
interface Cell {
  text: string;
  json: string;
  /** Its text as JSON, where that is not to be made of it. */
  jsonText?: string;
  /** Its part of an id made from the content, as datasets/content-hash.ts writes it. */
  idPart: string;
  blank: string;
  /** It would be read another way row by row, or needs a reason. */
  odd: string;
}

/** What String.prototype.trim takes away. */
const blanks =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';
const MAX_BYTES = 16 * 1024 * 1024;
/** JavaScript's whole numbers are exact up to here. */
const MAX_WHOLE = 2 ** 53 - 1;
const splits = {
  fit: ['train', 'training', 'fit'],
  calibrate: ['val', 'valid', 'validation', 'dev', 'calibrate', 'calibration'],
  test: ['test', 'testing', 'eval', 'evaluation', 'holdout'],
};

/** Null, with the transaction to be rolled back, where the file is not plain. Throws only what ends any import. */
export async function importTable(
  connection: DuckDBConnection,
  number: number,
  { file, mapping }: { file: TableFile; mapping: DatasetMapping },
): Promise<ReadTable | null> {
  const statement = new Statement();
  const cells = await cellsOf(connection, statement, file);
  if (cells === null) return null;
  const { sql, values } = insertOf(statement, cells, number, file, mapping);
  await connection.run(sql, values);
  const counted = await connection.runAndReadAll(
    'SELECT count(*)::INTEGER, count(DISTINCT id)::INTEGER FROM examples WHERE dataset = $1',
    [number],
  );
  const [rows = 0, ids = 0] = counted.getRows()[0]!.map(Number);
  if (rows === 0) return null;
  if (ids < rows) {
    if (mapping.id !== undefined) return null;
    await tellRepeatsApart(connection, number);
  }
  return { rows, expecteds: () => tellingAnswers(connection, number) };
}

/** Values are bound; what cannot be (the columns of a file) is quoted here and nowhere else. */
class Statement {
  readonly values: DuckDBValue[] = [];
  bind(value: DuckDBValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
const quoted = (name: string): string => `"${name.replaceAll(/"/g, '$&$&')}"`;
const literal = (text: string): string => `'${text.replaceAll(/'/g, '$&$&')}'`;

/** Per column that is asked for; null where the file's columns are not what was planned. */
async function cellsOf(
  connection: DuckDBConnection,
  statement: Statement,
  file: TableFile,
): Promise<Map<string, Cell> | null> {
  const blank = statement.bind(blanks);
  switch (file.format) {
    case 'csv':
      return new Map(file.columns.map((name, i) => [name, textCell(`coalesce(c${i}, '')`, blank)]));
    case 'jsonl':
      if (new Set(file.columns.map((name) => name.toLowerCase())).size < file.columns.length) return null;
      return new Map(file.columns.map((name, i) => [name, jsonCell(i, blank)]));
    case 'parquet': {
      const described = await connection.runAndReadAll(
        'SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet($1))',
        [file.path],
      );
      const types = new Map(described.getRows().map(([name, type]) => [textOf(name), textOf(type)]));
      // Names that are one name to the database: it calls the second otherwise.
      if (new Set([...types.keys()].map((name) => name.toLowerCase())).size < types.size) return null;
      const cells = new Map<string, Cell>();
      for (const name of file.columns) {
        const cell = typedCell(quoted(name), types.get(name), blank);
        if (cell === null) return null;
        cells.set(name, cell);
      }
      return cells;
    }
  }
}

/** A CASE, not OR and AND: those compute every part for every row, and trimming is dear. */
const isBlank = (text: string, blank: string): string =>
  `(CASE WHEN ${text} IS NULL OR ${text} = '' THEN true WHEN unicode(${text}) BETWEEN 33 AND 127 THEN false
    ELSE ltrim(${text}, ${blank}) = '' END)`;
const textPart = (text: string): string => `concat('s', strlen(${text}), ':', ${text})`;
const oddText = (text: string): string => `(contains(${text}, chr(0)) OR strlen(${text}) > ${MAX_BYTES})`;

const textCell = (text: string, blank: string): Cell => ({
  text,
  json: `to_json(${text})`,
  idPart: `CASE WHEN ${text} IS NULL THEN '~' ELSE ${textPart(text)} END`,
  blank: isBlank(text, blank),
  odd: oddText(text),
});

/**
 * Of the columns that `sourceOf` makes of each JSON value: as it is written, its kind, and whether it is a plain
 * string, that is one without a backslash: what stands between its quotes is its text.
 */
function jsonCell(index: number, blank: string): Cell {
  const [json, kind, plain] = [`j${index}`, `k${index}`, `p${index}`];
  const text = `(CASE WHEN ${plain} THEN array_slice(${json}, 2, -2) ELSE ${json} ->> '$' END)`;
  return {
    text,
    // Written anew where it may be written in two ways: é and \\u00e9 are one text.
    json: `CASE WHEN ${kind} = 'VARCHAR' AND NOT ${plain} THEN to_json(${text})::VARCHAR ELSE ${json} END`,
    jsonText: `CASE WHEN ${plain} THEN ${json} ELSE to_json(${text})::VARCHAR END`,
    idPart: `CASE ${kind} WHEN 'NULL' THEN '~' WHEN 'VARCHAR' THEN ${textPart(text)}
      WHEN 'BOOLEAN' THEN concat(${text}, ';') ELSE concat('n', ${text}, ';') END`,
    blank: `CASE ${kind} WHEN 'NULL' THEN true WHEN 'VARCHAR' THEN
      (CASE WHEN ${plain} AND ${json} >= '"#' AND ${json} < concat('"', chr(127)) THEN false
        ELSE ${isBlank(text, blank)} END) ELSE false END`,
    // Whole numbers of so few digits are exact in JavaScript.
    odd: `(CASE WHEN ${plain} THEN strlen(${json}) > ${MAX_BYTES + 2} WHEN ${kind} IN ('NULL', 'BOOLEAN') THEN false
      WHEN ${kind} = 'VARCHAR' THEN ${oddText(text)}
      ELSE NOT (${kind} IN ('BIGINT', 'UBIGINT') AND strlen(${json}) <= 15) END)`,
  };
}

/** Null for a type that JavaScript and DuckDB write differently. */
function typedCell(column: string, type: string | undefined, blank: string): Cell | null {
  if (type === 'VARCHAR') return textCell(column, blank);
  const whole = type !== undefined && /^U?(TINY|SMALL|BIG)?INT(EGER)?$/.test(type);
  if (!whole && type !== 'BOOLEAN') return null;
  return {
    text: `${column}::VARCHAR`,
    json: `to_json(${column})`,
    idPart: `CASE WHEN ${column} IS NULL THEN '~' ELSE concat('${whole ? 'n' : ''}', ${column}, ';') END`,
    blank: `(${column} IS NULL)`,
    odd: whole ? `NOT ${column}::HUGEINT BETWEEN -${MAX_WHOLE} AND ${MAX_WHOLE}` : 'false',
  };
}

function sourceOf(statement: Statement, file: TableFile): string {
  const path = statement.bind(file.path);
  switch (file.format) {
    case 'csv': {
      const columns = file.columns.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ');
      return `read_csv(${path}, columns = {${columns}}, header = true, delim = ${literal(file.delimiter)},
        quote = '"', escape = '"', auto_detect = false, strict_mode = true)`;
    }
    case 'jsonl': {
      const columns = file.columns.map((name) => `${literal(name)}: 'JSON'`).join(', ');
      const written = file.columns.map((name, i) => `${quoted(name)}::VARCHAR AS j${i}`);
      const plain = file.columns.map(
        (_, i) => `coalesce(starts_with(j${i}, '"') AND NOT contains(j${i}, '\\'), false) AS p${i}`,
      );
      const kinds = file.columns.map(
        (_, i) => `CASE WHEN p${i} THEN 'VARCHAR' ELSE coalesce(json_type(j${i}), 'NULL') END AS k${i}`,
      );
      const rows = `read_json(${path}, format = 'newline_delimited', columns = {${columns}})`;
      return `(SELECT *, ${kinds.join(', ')} FROM (SELECT *, ${plain.join(', ')} FROM (SELECT ${written.join(', ')} FROM ${rows})))`;
    }
    case 'parquet':
      return `read_parquet(${path})`;
  }
}

function insertOf(
  statement: Statement,
  cells: Map<string, Cell>,
  number: number,
  file: TableFile,
  mapping: DatasetMapping,
): { sql: string; values: DuckDBValue[] } {
  const at = (column: string): Cell => {
    const cell = cells.get(column);
    if (cell === undefined) throw new Error(`The column ${column} was not planned.`);
    return cell;
  };
  const given = (cell: Cell): string => `CASE WHEN ${cell.blank} THEN NULL ELSE ${cell.text} END`;
  const inputs = mapping.input.map(at);
  const expected = mapping.expected === undefined ? null : at(mapping.expected);
  const id = mapping.id === undefined ? null : at(mapping.id);
  const group = mapping.group === undefined ? null : at(mapping.group);
  const tags = mapping.tags.map(at);
  const split = mapping.split === undefined ? null : splitOf(statement, at(mapping.split));
  const used = [...inputs, expected, id, group, ...tags].filter((cell) => cell !== null);
  const refused = [
    `(${inputs.map(({ blank }) => blank).join(' AND ')})`,
    ...(expected === null ? [] : [expected.blank]),
    ...(id === null ? [] : [id.blank]),
    ...(split === null ? [] : [`${split} = 'unknown'`]),
    ...new Set(used.map(({ odd }) => `coalesce(${odd}, false)`)),
  ].join(' OR ');
  const made = [...inputs.map(({ idPart }) => idPart), expected?.idPart ?? "'~'"];
  const input = inputs.map(
    (cell, i) =>
      `${i > 0 ? "',', " : ''}${statement.bind(JSON.stringify(mapping.input[i]!))}, ':', coalesce(${cell.json}, 'null')`,
  );
  // A tag without a value is not a key: json_merge_patch would drop nulls too, but at ten times the cost.
  const tagged = tags
    .map((cell, i) => {
      const name = statement.bind(JSON.stringify(mapping.tags[i]!));
      return `CASE WHEN ${cell.blank} THEN NULL ELSE concat(${name}, ':', ${cell.jsonText ?? `to_json(${cell.text})`}) END`;
    })
    .join(', ');
  const sql = `INSERT INTO examples (dataset, id, input, input_key, expected, "group", tags, split)
    SELECT ${number},
      CASE WHEN ${refused} THEN error('not plain') ELSE ${id === null ? `left(md5(concat(${made.join(', ')})), 16)` : id.text} END,
      concat('{', ${input.join(', ')}, '}'), NULL, ${expected === null ? 'NULL' : `(${expected.json})::VARCHAR`},
      ${group === null ? 'NULL' : given(group)},
      ${tags.length === 0 ? 'NULL' : `'{' || nullif(concat_ws(',', ${tagged}), '') || '}'`},
      ${split ?? 'NULL'}
    FROM ${sourceOf(statement, file)}`;
  return { sql, values: statement.values };
}

function splitOf(statement: Statement, cell: Cell): string {
  const cases = Object.entries(splits).map(
    ([split, names]) =>
      `WHEN word IN (${names.map((name) => statement.bind(name)).join(', ')}) THEN '${split}'`,
  );
  const word = `lower(trim(${cell.text}))`;
  return `CASE WHEN ${cell.blank} THEN NULL ${cases.join(' ').replaceAll('word', word)} ELSE 'unknown' END`;
}

/** As the reader row by row does: the second row of the same content is `…-2`. */
async function tellRepeatsApart(connection: DuckDBConnection, number: number): Promise<void> {
  await connection.run(
    `UPDATE examples SET id = examples.id || '-' || again.turn FROM (
       SELECT rowid AS place, row_number() OVER (PARTITION BY id ORDER BY rowid) AS turn FROM examples
       WHERE dataset = $1 AND id IN (
         SELECT id FROM examples WHERE dataset = $1 GROUP BY id HAVING count(*) > 1)) AS again
     WHERE examples.dataset = $1 AND examples.rowid = again.place AND again.turn > 1`,
    [number],
  );
}

async function* tellingAnswers(connection: DuckDBConnection, number: number): AsyncGenerator<Json> {
  const first = await connection.runAndReadAll(
    'SELECT expected FROM examples WHERE dataset = $1 AND expected IS NOT NULL ORDER BY rowid LIMIT 1',
    [number],
  );
  for (const [expected] of first.getRows()) yield JSON.parse(textOf(expected)) as Json;
  const result = await connection.stream(
    `SELECT DISTINCT expected FROM examples WHERE dataset = $1 AND expected IS NOT NULL
       AND NOT regexp_full_match(expected, '"?-?(0|[1-9][0-9]*)([.][0-9]+)?"?')`,
    [number],
  );
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0;) {
    for (const value of chunk.getColumnValues(0)) yield JSON.parse(String(value)) as Json;
    chunk = await result.fetchChunk();
  }
}
