/** JSON and JSONL as records. */
import { type Json, WorkbenchError } from '../engine/api/index.ts';
import { MAX_CELL_CHARS, jsonGuard } from './limits.ts';
import { type RawRecord, bounded } from './records.ts';

const MAX_LINE_CHARS = 4 * MAX_CELL_CHARS;

/** One JSON object a line; a line that is not one is rejected and the rest goes on. */
export async function* readJsonl(text: AsyncIterable<string>, name: string): AsyncGenerator<RawRecord> {
  let line = 0;
  for await (const content of readLines(text, name)) {
    line++;
    if (content.trim() === '') continue;
    yield parseLine(content, line);
  }
}

export async function* readLines(text: AsyncIterable<string>, name: string): AsyncGenerator<string> {
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of text) {
    const parts = chunk.split('\n');
    for (const [i, part] of parts.entries()) {
      if (i > 0) {
        yield pieces.join('');
        pieces = [];
        length = 0;
      }
      pieces.push(part);
      length += part.length;
    }
    if (length > MAX_LINE_CHARS) {
      throw new WorkbenchError(
        'file.too_large',
        `${name}: a line is longer than ${MAX_LINE_CHARS / 2 ** 20} MB.`,
        {
          hint: 'JSONL has one object a line; is this another format? Name it with --format.',
        },
      );
    }
  }
  const rest = pieces.join('');
  if (rest !== '') yield rest;
}

function parseLine(content: string, line: number): RawRecord {
  const reject = (message: string): RawRecord => ({
    line,
    fields: null,
    rejected: { code: 'malformed', message },
  });
  let value: Json;
  try {
    value = JSON.parse(content) as Json;
  } catch (cause) {
    return reject(`not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return reject('not a JSON object');
  return bounded({ line, fields: value });
}

/** An array of objects, or an object that holds exactly one such array. Lines are row numbers. */
export async function* readJson(text: AsyncIterable<string>, name: string): AsyncGenerator<RawRecord> {
  const parts: string[] = [];
  const guard = jsonGuard(name);
  for await (const chunk of text) {
    guard(chunk);
    parts.push(chunk);
  }
  let document: Json;
  try {
    document = JSON.parse(parts.join('')) as Json;
  } catch (cause) {
    throw new WorkbenchError(
      'file.malformed',
      `${name} is not valid JSON: ${cause instanceof Error ? cause.message : ''}.`,
      {
        cause,
        hint: 'If it has one object a line it is JSONL: name it .jsonl or give --format jsonl.',
      },
    );
  }
  for (const [i, row] of rowsOf(document, name).entries()) {
    const line = i + 1;
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      yield { line, fields: null, rejected: { code: 'malformed', message: 'not a JSON object' } };
    } else {
      yield bounded({ line, fields: row });
    }
  }
}

function rowsOf(document: Json, name: string): Json[] {
  if (Array.isArray(document)) return document;
  if (typeof document === 'object' && document !== null) {
    const arrays = Object.values(document).filter((value): value is Json[] => Array.isArray(value));
    if (arrays.length === 1 && arrays[0] !== undefined) return arrays[0];
  }
  throw new WorkbenchError('file.malformed', `${name} holds no list of rows.`, {
    hint: 'Expected a JSON array of objects, or an object with exactly one array in it.',
  });
}
