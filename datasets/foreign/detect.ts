/** Which tool wrote a file, told by its first bytes. Nothing is read beyond them. */
import { open } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { ForeignFormat, Json } from '../../engine/api/index.ts';
import { packingOf, unpackedBytes } from '../bytes.ts';
import type { SourceFile } from '../open-source.ts';
import { delimiterOf } from '../read-csv.ts';
import { keysOf } from './head-keys.ts';
import { parseJson } from './parse-json.ts';
import { isFields } from './values.ts';

const HEAD_BYTES = 1 << 20;

/** Null where no known format is recognised: a table, or something else altogether. */
export async function detectForeign(file: SourceFile): Promise<ForeignFormat | 'zip' | null> {
  const head = await headOf(file);
  if (head.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004') return 'zip';
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return null;
  const text = textOf(head);
  return /^\s*[[{]/.test(text) ? ofJson(text) : ofHeader(text);
}

async function headOf(file: SourceFile): Promise<Buffer> {
  const packing = await packingOf(file.path);
  if (packing === 'none') {
    const handle = await open(file.path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of unpackedBytes({ ...file, packing })) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= HEAD_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, HEAD_BYTES);
}

function textOf(head: Buffer): string {
  const encoding =
    head[0] === 0xff && head[1] === 0xfe
      ? 'utf-16le'
      : head[0] === 0xfe && head[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  return new TextDecoder(encoding).decode(head);
}

function ofJson(text: string): ForeignFormat | null {
  const first = firstLine(text);
  if (first !== null) {
    const line = ofLine(first);
    if (line !== null) return line;
  }
  const { top, under } = keysOf(text);
  if (top.has('eval') && ['task', 'model', 'run_id'].every((key) => under('eval').has(key))) return 'inspect';
  const results = under('results');
  if (results.has('version') && (results.has('results') || results.has('prompts') || results.has('table')))
    return 'promptfoo';
  return top.has('version') && top.has('results') && (top.has('prompts') || top.has('stats'))
    ? 'promptfoo'
    : null;
}

/** The first line where it is a JSON object of its own. */
function firstLine(text: string): { [key: string]: Json } | null {
  const [line = ''] = text.trimStart().split('\n', 1);
  try {
    const value = parseJson(line);
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}

function ofLine(line: { [key: string]: Json }): ForeignFormat | null {
  const has = (...keys: string[]): boolean => keys.every((key) => Object.hasOwn(line, key));
  if (isFields(line['spec']) && ('eval_name' in line['spec'] || 'completion_fns' in line['spec']))
    return 'openai-evals';
  if (has('run_id', 'event_id', 'sample_id', 'type', 'data')) return 'openai-evals';
  if (has('doc_id', 'doc', 'resps') || has('doc_id', 'filtered_resps')) return 'lm-eval';
  if (has('provider', 'vars', 'prompt') && (has('gradingResult') || has('success'))) return 'promptfoo';
  if (isLangfuse(Object.keys(line))) return 'langfuse';
  return null;
}

function ofHeader(text: string): ForeignFormat | null {
  const [line = ''] = text.split(/\r\n|\n|\r/, 1);
  let columns: string[];
  try {
    const rows = parse(line, { delimiter: delimiterOf(line), relax_quotes: true, bom: true });
    columns = (rows[0] ?? []).map((column) => column.trim());
  } catch {
    return null;
  }
  if (isLangfuse(columns)) return 'langfuse';
  const starting = (prefix: string): boolean => columns.some((column) => column.startsWith(prefix));
  const inputs = starting('inputs.') || starting('input.');
  const told = columns.includes('execution_time') || starting('feedback.') || columns.includes('example_id');
  return inputs && starting('outputs.') && told ? 'langsmith' : null;
}

function isLangfuse(columns: string[]): boolean {
  const has = (...names: string[]): boolean => names.every((name) => columns.includes(name));
  if (!has('id', 'input', 'output', 'metadata')) return false;
  return (
    has('traceId', 'type', 'startTime', 'statusMessage') ||
    (has('timestamp', 'sessionId', 'release', 'bookmarked') && (has('userId') || has('tags')))
  );
}
