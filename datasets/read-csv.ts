/** CSV and TSV as records, streaming; quoted line breaks, any line ending, a delimiter told from the header. */
import { Readable, pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { WorkbenchError } from '../engine/api/index.ts';
import { MAX_CELL_CHARS, checkColumns } from './limits.ts';
import { type RawRecord, bounded, plainFields } from './records.ts';

const delimiters = [',', ';', '\t', '|'] as const;

/** The delimiter that occurs most often outside quotes in the header line; a comma when none does. */
export function delimiterOf(head: string): string {
  let quoted = false;
  const counts = new Map<string, number>(delimiters.map((delimiter) => [delimiter, 0]));
  for (const char of head) {
    if (char === '"') quoted = !quoted;
    else if (!quoted && (char === '\n' || char === '\r')) break;
    else if (!quoted && counts.has(char)) counts.set(char, (counts.get(char) ?? 0) + 1);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return best !== undefined && best[1] > 0 ? best[0] : ',';
}

interface Row {
  record: string[];
  info: { lines: number };
}

export async function* readCsv(
  text: AsyncIterable<string>,
  options: { name: string; delimiter?: string },
): AsyncGenerator<RawRecord> {
  const iterator = text[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return;
  const parser = parse({
    delimiter: options.delimiter ?? delimiterOf(first.value),
    record_delimiter: ['\r\n', '\n', '\r'],
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: 4 * MAX_CELL_CHARS,
  });
  // A failure of the text destroys the parser with it, and surfaces in the loop below.
  pipeline(Readable.from(chained(first.value, iterator)), parser, () => undefined);
  let innerBreaks = 0;
  let header: string[] | null = null;
  try {
    for await (const item of parser) {
      // csv-parse yields this shape when `info` is set; its types do not say so.
      const { record, info } = item as Row;
      // csv-parse counts a CRLF inside quotes as two lines.
      innerBreaks += breaks(record, /\r\n/g);
      const line = info.lines - innerBreaks - breaks(record, /\r\n|\n|\r/g);
      if (header === null) {
        header = headerOf(record, options.name);
        continue;
      }
      yield rowOf(header, record, line);
    }
  } catch (cause) {
    if (cause instanceof CsvError) throw malformed(cause, options.name);
    throw cause;
  } finally {
    parser.destroy();
  }
}

async function* chained(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield first;
    for (let item = await rest.next(); item.done !== true; item = await rest.next()) yield item.value;
  } finally {
    await rest.return?.();
  }
}

const breaks = (record: string[], pattern: RegExp): number =>
  record.reduce(
    (sum, cell) =>
      sum + (cell.includes('\n') || cell.includes('\r') ? (cell.match(pattern)?.length ?? 0) : 0),
    0,
  );

function headerOf(record: string[], name: string): string[] {
  checkColumns(record.length, name);
  const header = record.map((cell) => cell.trim());
  const seen = new Set<string>();
  for (const column of header) {
    if (column !== '' && seen.has(column)) {
      throw new WorkbenchError('file.malformed', `${name}: two columns are called "${column}".`, {
        hint: 'Rename one of them in the header line.',
        details: { line: 1, column },
      });
    }
    seen.add(column);
  }
  return header.map((column, i) => (column === '' ? `column ${i + 1}` : column));
}

function rowOf(header: string[], record: string[], line: number): RawRecord {
  const reject = (message: string): RawRecord => ({
    line,
    fields: null,
    rejected: { code: 'malformed', message },
  });
  if (record.length !== header.length) {
    return reject(
      `${record.length} cells where the header has ${header.length}: check quotes and delimiters on this line`,
    );
  }
  return bounded({ line, fields: plainFields(record.map((cell, i) => [header[i] ?? '', cell])) });
}

function malformed(cause: CsvError, name: string): WorkbenchError {
  const line = typeof cause['lines'] === 'number' ? cause['lines'] : null;
  if (cause.code === 'CSV_MAX_RECORD_SIZE') {
    return new WorkbenchError(
      'file.too_large',
      `${name}: a row is larger than ${(4 * MAX_CELL_CHARS) / 2 ** 20} MB.`,
      {
        cause,
        hint: 'A quote may be open that is never closed: look at the last row that imports.',
        details: { line },
      },
    );
  }
  const what = cause.code === 'CSV_QUOTE_NOT_CLOSED' ? 'a quote is opened and never closed' : cause.message;
  return new WorkbenchError('file.malformed', `${name}: ${what}${line === null ? '' : ` (line ${line})`}.`, {
    cause,
    hint: 'Check the quotes around that line; a quote inside a quoted cell is written twice.',
    details: { line },
  });
}
