import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { WorkbenchError } from '../api/index.ts';
import { codeChild } from './code-child.ts';

export interface CodeVerdict {
  /** `crashed`: the process ended without a verdict, as it does where memory runs out. */
  verdict: 'passed' | 'failed' | 'timeout' | 'crashed';
  message: string;
}
export interface CodeLimits {
  timeoutMs: number;
  memoryMb: number;
  signal: AbortSignal;
}

const MAX_OUTPUT = 64 * 1024;
/** For the process to start; its own clock begins with the code. */
const GRACE_MS = 3000;

/** The code of an answer: the last fenced block of JavaScript, else of no language, else all of it. Null: another language. */
export function codeOf(answer: string): string | null {
  const blocks = [...answer.matchAll(/```([\w+-]*)[^\S\n]*\n([\s\S]*?)(?:\n```|$)/g)];
  if (blocks.length === 0) return answer.trim() === '' ? null : answer;
  const usable = blocks.filter(([, language]) => /^(?:|js|javascript|mjs|cjs|node)$/i.test(language ?? ''));
  return usable.at(-1)?.[2] ?? null;
}

/** Throws `unsupported` where this process is no Node with a permission model (the packaged desktop is none). */
export function requireCodeRunner(): void {
  const major = Number(process.versions.node.split('.')[0]);
  if (process.versions['electron'] !== undefined || major < 24) {
    throw new WorkbenchError(
      'unsupported',
      'Code is run only under Node 24 or newer with its permission model.',
      {
        hint: 'Use `kneepoint score again … --allow-code` in a terminal.',
      },
    );
  }
}

/** How Node is started for code: no permission, no code from strings, a bounded heap and stack. */
export const codeFlags = (memoryMb: number): string[] => [
  '--permission',
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--no-experimental-require-module',
  '--no-warnings',
  `--max-old-space-size=${memoryMb}`,
  '--max-semi-space-size=8',
  '--stack-size=800',
  '--input-type=commonjs',
];

/**
 * Runs an answer's synchronous JavaScript and then its tests (which may call `assert`, `assert.equal`, `.deepEqual`,
 * `.throws`) in a child process of its own. It passes where neither throws. Not protected from: flaws of V8 or of
 * Node's permission model; memory outside V8's heap; an answer that bends the built-ins its tests rely on.
 */
export async function runCodeTests(code: string, tests: string, limits: CodeLimits): Promise<CodeVerdict> {
  requireCodeRunner();
  limits.signal.throwIfAborted();
  const nonce = randomUUID();
  const child = spawn(process.execPath, [...codeFlags(limits.memoryMb), '-e', codeChild], {
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
    cwd: '/',
  });
  return new Promise((resolve, reject) => {
    let output = '';
    let late = false;
    const kill = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(
      () => {
        late = true;
        kill();
      },
      limits.timeoutMs * 2 + GRACE_MS,
    );
    limits.signal.addEventListener('abort', kill, { once: true });
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (part: string) => {
      output += part;
      if (output.length > MAX_OUTPUT) kill();
    });
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', kill);
      if (limits.signal.aborted) reject(limits.signal.reason as Error);
      else if (late) resolve({ verdict: 'timeout', message: 'it did not end in time' });
      else resolve(verdictOf(output, nonce));
    });
    child.stdin.end(JSON.stringify({ code, tests, timeoutMs: limits.timeoutMs, nonce }));
  });
}

/** The one line that carries this call's nonce, which the code never sees. */
function verdictOf(output: string, nonce: string): CodeVerdict {
  for (const line of output.split('\n')) {
    if (!line.includes(nonce)) continue;
    const { verdict, message } = JSON.parse(line) as CodeVerdict;
    return { verdict, message };
  }
  return { verdict: 'crashed', message: 'the process ended without a verdict' };
}
