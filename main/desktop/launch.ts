/** Starts the desktop app in Electron, where there is one or one can be fetched. Imports nothing of Electron. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type Launched = { started: true } | { started: false; reason: string };

export interface LaunchOptions {
  env?: Record<string, string | undefined>;
  /** The package's folder; found from this file otherwise. */
  root?: string;
  /** For fetching the binary, which comes from outside the package registry. */
  fetchTimeoutMs?: number;
}

/** Answers once the app has ended, or why it could not start, as a sentence. */
export async function launchDesktop(options: LaunchOptions = {}): Promise<Launched> {
  const env = options.env ?? process.env;
  const root = options.root ?? packageRoot();
  if (root === null) return notStarted('the folder of the package was not found');
  const electron = join(root, 'node_modules', 'electron');
  // Asked first: there is no use in fetching what cannot be shown.
  if (process.platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY'])
    return notStarted('there is no display');
  let binary = electronBinary(electron, env);
  if (binary === null) {
    const install = join(electron, 'install.js');
    if (!existsSync(install)) return notStarted('the electron package is not installed');
    const fetched = await runQuietly([install], root, options.fetchTimeoutMs ?? 60_000);
    binary = electronBinary(electron, env);
    if (binary === null) return notStarted(`no Electron binary is here and fetching one ${fetched}`);
  }
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  for (const part of ['main', 'preload', 'host']) {
    if (existsSync(join(root, '.vite', 'build', `${part}.cjs`))) continue;
    const built = await runQuietly([vite, 'build', '--config', `vite.${part}.config.ts`], root, 60_000);
    if (built !== 'ended') return notStarted(`building its ${part} process ${built}`);
  }
  return start(binary, root, env);
}

const notStarted = (reason: string): Launched => ({
  started: false,
  reason: `${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}.`,
});

/** The nearest folder upwards that is this package: the sources and the build lie at different depths. */
export function packageRoot(from: string = dirname(fileURLToPath(import.meta.url))): string | null {
  const manifest = join(from, 'package.json');
  if (existsSync(manifest)) {
    const found: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
    if (typeof found === 'object' && found !== null && 'name' in found && found.name === 'kneepoint')
      return from;
  }
  const parent = dirname(from);
  return parent === from ? null : packageRoot(parent);
}

/** As the electron package itself finds it, short of downloading: `path.txt` names the file inside `dist`. */
export function electronBinary(electron: string, env: Record<string, string | undefined>): string | null {
  const named = join(electron, 'path.txt');
  const file = existsSync(named) ? readFileSync(named, 'utf8').trim() : platformFile;
  const binary = join(env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(electron, 'dist'), file);
  return existsSync(binary) ? binary : null;
}

const platformFile =
  process.platform === 'darwin'
    ? 'Electron.app/Contents/MacOS/Electron'
    : process.platform === 'win32'
      ? 'electron.exe'
      : 'electron';

const run = promisify(execFile);

/** Runs a script of Node to its end: `ended`, or how it did not, as the end of a sentence. */
async function runQuietly(args: string[], cwd: string, timeoutMs: number): Promise<string> {
  const limits = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 } as const;
  try {
    await run(process.execPath, args, { cwd, ...limits });
    return 'ended';
  } catch (thrown) {
    // What execFile rejects with: an Error with these beside.
    const { killed, code, stderr } = thrown as { killed?: boolean; code?: unknown; stderr?: string };
    if (killed === true) return `took longer than ${timeoutMs / 1000} s`;
    const why = /(?:Error: |error: )(.{1,160})/.exec(stderr ?? '')?.[1] ?? `it ended with ${String(code)}`;
    return `failed (${why.trim()})`;
  }
}

function start(binary: string, root: string, env: Record<string, string | undefined>): Promise<Launched> {
  return new Promise((resolve) => {
    const child = spawn(binary, [root], {
      stdio: 'inherit',
      env: { ...env, ELECTRON_RUN_AS_NODE: undefined },
    });
    child.on('error', (error) => resolve(notStarted(`Electron did not start (${error.message})`)));
    child.on('exit', (code, signal) => {
      // A person who quits ends it with 0 or Ctrl+C; a missing library or sandbox with a code or a crash.
      const quit = code === 0 || signal === 'SIGINT' || signal === 'SIGTERM';
      resolve(quit ? { started: true } : notStarted(`Electron ended with ${String(code ?? signal)}`));
    });
  });
}
