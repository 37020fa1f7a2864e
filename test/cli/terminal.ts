/** Runs the command line in this process and keeps what it wrote. */
import { PassThrough, Readable } from 'node:stream';
import { runCli } from '../../main/cli/run-cli.ts';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  /** The one JSON document on stdout. */
  // The caller says what the document holds and asserts on it.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  json<T = Record<string, unknown>>(): T;
}

function sink(): { stream: PassThrough; text(): string } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

export async function kneepoint(
  args: string[],
  options: {
    stdin?: string;
    env?: Record<string, string>;
    /** Is given what Ctrl+C does. */
    onInterrupt?: (press: () => void) => void;
  } = {},
): Promise<Ran> {
  const out = sink();
  const err = sink();
  const code = await runCli(args, {
    env: options.env ?? {},
    stdin: Readable.from(options.stdin === undefined ? [] : [options.stdin]),
    stdout: out.stream,
    stderr: err.stream,
    onInterrupt: (press) => {
      options.onInterrupt?.(press);
      return () => undefined;
    },
  });
  return { code, stdout: out.text(), stderr: err.text(), json: () => JSON.parse(out.text()) };
}

/** The same on one workspace, with --json. */
export const at =
  (workspace: string) =>
  async (args: string[], options: Parameters<typeof kneepoint>[1] = {}): Promise<Ran> =>
    kneepoint([...args, '--workspace', workspace, '--json', '--quiet'], options);
