import { isAlias, isMap, isNode, isPair, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Json, PipelineProblem } from '../api/index.ts';

/** Where in the YAML a problem is: keys and indexes from the root. */
export type Path = (string | number)[];

/** A parsed YAML text that knows where each of its values stands, and collects the problems found in it. */
export interface SourceDocument {
  readonly file: string;
  /** Null where the text is no YAML at all; the problems then say why. */
  readonly value: Json;
  readonly problems: PipelineProblem[];
  /** Adds a problem at the value (or, with `atKey`, at the key) of a path, or of its nearest existing parent. */
  report(path: Path, message: string, hint: string, options?: ReportOptions): void;
  /** Adds a problem in another file, at a character of its text. */
  reportIn(other: { file: string; text: string; offset: number }, message: string, hint: string): void;
}

export interface ReportOptions {
  atKey?: boolean;
  /** A part of the value as it is written: the problem is placed there. */
  find?: string;
  /** Which of the places where it is written, from 0. */
  nth?: number;
}

const maxChars = 1_000_000;

export function readDocument(text: string, file: string): SourceDocument {
  const problems: PipelineProblem[] = [];
  const put = (line: number, column: number, message: string, hint: string, where = file): void => {
    const same = (p: PipelineProblem): boolean =>
      p.file === where && p.line === line && p.column === column && p.message === message;
    if (!problems.some(same)) problems.push({ file: where, line, column, message, hint });
  };
  if (text.length > maxChars) {
    put(
      1,
      1,
      `The pipeline is ${text.length} characters long.`,
      `Keep it under ${maxChars}; put prompts in files.`,
    );
    return { file, value: null, problems, report: () => {}, reportIn: () => {} };
  }
  const lines = new LineCounter();
  text = text.replace(/^\uFEFF/, '');
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true, merge: true });
  for (const error of document.errors) {
    const at = error.linePos?.[0] ?? { line: 1, col: 1 };
    const message = error.message.split(/ at line \d+/)[0] ?? error.message;
    put(at.line, at.col, `This is not valid YAML: ${message}.`.replace('..', '.'), yamlHint(error.code));
  }
  let value: Json = null;
  if (problems.length === 0) {
    try {
      // YAML's core schema yields JSON values only (dates and sets need a custom schema).
      value = (document.toJS({ maxAliasCount: 100 }) as Json | undefined) ?? null;
    } catch (error) {
      put(1, 1, `This YAML cannot be read: ${(error as Error).message}.`, 'Remove the aliases (`*name`).');
    }
  }
  return {
    file,
    value,
    problems,
    report(path, message, hint, options = {}) {
      const start = position(document.contents, path, options.atKey ?? false) ?? 0;
      let found = options.find === undefined ? -1 : text.indexOf(options.find, start);
      for (let n = options.nth ?? 0; n > 0 && found >= 0; n--) found = text.indexOf(options.find!, found + 1);
      const at = lines.linePos(found < 0 ? start : found);
      put(Math.max(1, at.line), Math.max(1, at.col), message, hint);
    },
    reportIn(other, message, hint) {
      const before = other.text.slice(0, other.offset).split('\n');
      put(before.length, before.at(-1)!.length + 1, message, hint, other.file);
    },
  };
}

/** Character offset of the deepest part of the path that exists. */
function position(root: Node | null, path: Path, atKey: boolean): number | null {
  let node: unknown = root;
  let at = root?.range?.[0] ?? null;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => String(item.key) === String(part));
      if (!isPair(pair)) return at;
      const key = isNode(pair.key) ? (pair.key.range?.[0] ?? at) : at;
      if (last && atKey) return key;
      node = pair.value;
      at = isNode(node) ? (node.range?.[0] ?? key) : key;
    } else if (isSeq(node)) {
      const item = node.items[Number(part)];
      if (!isNode(item)) return at;
      node = item;
      at = item.range?.[0] ?? at;
    } else if (isAlias(node)) return at;
    else return at;
  }
  return at;
}

function yamlHint(code: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'Indent with spaces: YAML does not allow tabs.';
    case 'DUPLICATE_KEY':
      return 'Keep one of the two keys.';
    case 'BAD_INDENT':
      return 'Line the keys of one block up under each other.';
    default:
      return 'Check the indentation, the quotes and the brackets on this line.';
  }
}
