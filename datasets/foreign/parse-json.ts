/** JSON as Python writes it: NaN and infinities are bare words there. */
import { type Json, WorkbenchError } from '../../engine/api/index.ts';
import { decodedText } from '../bytes.ts';
import { jsonGuard } from '../limits.ts';
import type { ForeignFile } from './foreign-row.ts';

/** Throws SyntaxError. NaN, Infinity and -Infinity outside strings become null. */
export function parseJson(text: string): Json {
  try {
    // JSON.parse yields nothing but Json.
    return JSON.parse(text) as Json;
  } catch (cause) {
    const plain = withoutNonFinite(text);
    if (plain === null) throw cause;
    return JSON.parse(plain) as Json;
  }
}

/** Null when there is none. */
function withoutNonFinite(text: string): string | null {
  const token = /["NI-]/g;
  const parts: string[] = [];
  let from = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const start = found.index;
    if (text[start] === '"') {
      token.lastIndex = stringEnd(text, start) + 1;
      continue;
    }
    const word = ['NaN', 'Infinity', '-Infinity'].find((one) => text.startsWith(one, start));
    if (word === undefined) continue;
    parts.push(text.slice(from, start), 'null');
    from = start + word.length;
    token.lastIndex = from;
  }
  return parts.length === 0 ? null : parts.join('') + text.slice(from);
}

/** Index of the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; ; i++) {
    i = text.indexOf('"', i);
    if (i < 0) return text.length;
    let slashes = 0;
    while (text[i - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return i;
  }
}

/** The whole text of a file, bounded. */
export async function wholeText(file: ForeignFile, signal?: AbortSignal): Promise<string> {
  const parts: string[] = [];
  const guard = jsonGuard(file.name);
  for await (const chunk of decodedText({ ...file, encoding: file.encoding ?? 'utf8' }, { signal })) {
    guard(chunk);
    parts.push(chunk);
  }
  return parts.join('');
}

/** Throws file.malformed with the place. */
export function parsedDocument(text: string, place: string): Json {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new WorkbenchError(
      'file.malformed',
      `${place} is not valid JSON: ${cause instanceof Error ? cause.message : ''}.`,
      { cause, hint: 'Is the file cut off? Export it again.' },
    );
  }
}

export const mismatch = (place: string, lacks: string, format: string): WorkbenchError =>
  new WorkbenchError('outcomes.format_mismatch', `${place} is no ${format} file: ${lacks}.`, {
    hint: 'Leave --format away to have it told by the content, or name columns with --format table.',
  });
