/** What the command line needs of its surroundings; injected, so that tests drive it in-process. */
import type { Readable, Writable } from 'node:stream';

export interface Surroundings {
  env: Record<string, string | undefined>;
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  /** Calls `act` on Ctrl+C or SIGTERM; returns how to stop listening. */
  onInterrupt(act: () => void): () => void;
}

export interface GlobalFlags {
  workspace: string;
  json: boolean;
  quiet: boolean;
  color: boolean;
}

/** Where a command writes: one document on stdout under --json, text otherwise; notes on stderr. */
export interface Output {
  readonly json: boolean;
  /** The command's result. `text` is only called without --json. */
  result(data: unknown, text: () => string): Promise<void>;
  /** A line for the person, never on stdout under --json. */
  note(line: string): void;
  /** A raw line on stdout (JSONL commands). */
  line(text: string): Promise<void>;
  style: Style;
}
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const plain: Style = { bold: (t) => t, dim: (t) => t, good: (t) => t, bad: (t) => t };
const ansi = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const coloured: Style = { bold: ansi(1, 22), dim: ansi(2, 22), good: ansi(32, 39), bad: ansi(31, 39) };

/** Control characters of answers and data must not drive the terminal, nor turn the direction of what follows. */
export const safe = (text: string): string =>
  text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

/** As `safe`, for text that holds our own styles: their escapes stay. */
const safeStyled = (text: string): string =>
  text
    .split(/(\u001b\[(?:1|2|22|31|32|39)m)/)
    .map((part, i) => (i % 2 === 1 ? part : safe(part)))
    .join('');

export async function write(stream: Writable, text: string): Promise<void> {
  if (stream.write(text)) return;
  await new Promise<void>((resolve) => stream.once('drain', resolve));
}

export function createOutput(around: Surroundings, flags: GlobalFlags): Output {
  const color =
    flags.color && around.env['NO_COLOR'] === undefined && around.stdout.isTTY === true && !flags.json;
  return {
    json: flags.json,
    style: color ? coloured : plain,
    result: (data, text) =>
      write(around.stdout, flags.json ? `${JSON.stringify(data, finite, 2)}\n` : `${safeStyled(text())}\n`),
    note(line) {
      if (!flags.quiet) around.stderr.write(`${safeStyled(line)}\n`);
    },
    line: (text) => write(around.stdout, `${text}\n`),
  };
}

/** JSON has no typed arrays and no NaN: arrays become lists, a figure that is not known becomes null. */
function finite(_key: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float64Array);
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}
