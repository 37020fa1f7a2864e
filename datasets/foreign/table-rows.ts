/** A CSV export as records whose JSON cells are values. */
import type { Json } from '../../engine/api/index.ts';
import { decodedText } from '../bytes.ts';
import { readCsv } from '../read-csv.ts';
import { readJsonl } from '../read-json.ts';
import type { Fields, ForeignFile, ForeignOptions, ForeignReject } from './foreign-row.ts';
import { parseJson } from './parse-json.ts';

export async function* tableRows(
  file: ForeignFile,
  { signal }: ForeignOptions,
): AsyncGenerator<{ line: number; fields: Fields } | ForeignReject> {
  const text = decodedText({ ...file, encoding: file.encoding ?? 'utf8' }, { signal });
  const records = /\.jsonl(\.\w+)?$/i.test(file.name)
    ? readJsonl(text, file.name)
    : readCsv(text, { name: file.name });
  for await (const record of records) {
    if (record.fields === null) yield { line: record.line, problem: record.rejected.message };
    else yield { line: record.line, fields: record.fields };
  }
}

/** A cell that holds a JSON object, list or quoted text; any other cell stays the text it is. */
export function cellValue(cell: Json | undefined): Json {
  if (typeof cell !== 'string') return cell ?? null;
  if (!/^\s*[[{"]/.test(cell)) return cell;
  try {
    return parseJson(cell);
  } catch {
    return cell;
  }
}

/** Python writes dictionaries into CSV with its own quotes; a plain number list is JSON in both. */
export const meanOfList = (value: Json): Json => {
  if (!Array.isArray(value)) return value;
  if (value.length === 1) return value[0] ?? null;
  if (value.length === 0) return null;
  return value.every((one) => typeof one === 'number')
    ? value.reduce((a, b) => a + b, 0) / value.length
    : (value[0] ?? null);
};
