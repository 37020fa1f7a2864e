/** `kneepoint serve`: the workbench behind the loopback server until Ctrl+C. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WorkbenchError } from '../../engine/api/index.ts';
import { createWorkbench } from '../../engine/workbench.ts';
import { startServer } from '../serve/index.ts';
import type { Surroundings } from './terminal.ts';

interface ServeOptions {
  folder: string;
  around: Surroundings;
  json: boolean;
  port: number;
  open: boolean;
}

/** dist/cli/*.js → dist/renderer; when run from source, main/cli → dist/renderer. */
export function rendererFolder(): string {
  const candidates = [
    new URL('../renderer/', import.meta.url),
    new URL('../../renderer/', import.meta.url),
    new URL('../../dist/renderer/', import.meta.url),
  ];
  const found = candidates
    .map((url) => fileURLToPath(url))
    .find((folder) => existsSync(`${folder}/index.html`) && existsSync(`${folder}/assets`));
  if (found === undefined)
    throw new WorkbenchError('unsupported', 'The browser app is not built.', {
      hint: 'Run `npm run build`.',
    });
  return found;
}

export async function serveWorkspace({ folder, around, json, port, open }: ServeOptions): Promise<void> {
  const workbench = await createWorkbench({ folder, env: around.env, allowPaths: false });
  try {
    // Opened now rather than at the first call, so that a locked workspace is said here.
    await workbench.api.workspace.info({});
    const server = await startServer({ api: workbench.api, rendererFolder: rendererFolder(), port });
    const stopped = new Promise<void>((resolve) => {
      const stop = around.onInterrupt(() => {
        stop();
        resolve();
      });
    });
    around.stdout.write(
      json
        ? `${JSON.stringify({ url: server.url })}\n`
        : `Kneepoint is at ${server.url}\nThe address works once and only on this machine. Ctrl+C stops it.\n`,
    );
    const door = open ? await openBrowser(server.url) : null;
    await stopped;
    await server.close();
    if (door !== null) await rm(door, { recursive: true, force: true });
  } finally {
    await workbench.close();
  }
}

/**
 * Opens a page of one's own that leads to the address: on a command line its token could be read by everybody here.
 * Returns the folder of that page.
 */
async function openBrowser(url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kneepoint-'));
  const page = join(folder, 'open.html');
  await writeFile(page, `<!doctype html><meta http-equiv="refresh" content="0; url=${url}">\n`, {
    mode: 0o600,
  });
  const openers: Partial<Record<NodeJS.Platform, [string, string[]]>> = {
    darwin: ['open', [page]],
    win32: ['cmd', ['/c', 'start', '', page]],
  };
  const [command, args] = openers[process.platform] ?? ['xdg-open', [page]];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
  return folder;
}
