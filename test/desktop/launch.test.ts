import { spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { launchDesktop, packageRoot } from '../../main/desktop/launch.ts';
import { scratch, type Scratch } from '../fixtures/scratch.ts';

const DISPLAY = { DISPLAY: ':none' };
const posix = process.platform === 'linux';

/** A package's folder with what is told; an Electron binary is a script of the shell's here. */
async function root(files: Record<string, string>): Promise<Scratch> {
  const at = await scratch();
  for (const [name, text] of Object.entries(files)) {
    const path = join(at.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await chmod(path, 0o755);
  }
  return at;
}
const built = { '.vite/build/main.cjs': '', '.vite/build/preload.cjs': '', '.vite/build/host.cjs': '' };
const electron = (script: string) => ({ 'node_modules/electron/dist/electron': `#!/bin/sh\n${script}\n` });

async function launched(files: Record<string, string>, more: object = {}) {
  await using at = await root(files);
  return await launchDesktop({ root: at.folder, env: DISPLAY, fetchTimeoutMs: 2000, ...more });
}

describe.runIf(posix)('starting the desktop app', () => {
  it('is done when a person has quit it', async () => {
    expect(await launched({ ...built, ...electron('exit 0') })).toEqual({ started: true });
    expect(await launched({ ...built, ...electron('kill -INT $$') })).toEqual({ started: true });
  });

  it('hands Electron the folder, without the variable that would turn it into Node', async () => {
    const script = 'test -z "$ELECTRON_RUN_AS_NODE" && test -d "$1/.vite" && exit 0; exit 9';
    const env = { ...DISPLAY, ELECTRON_RUN_AS_NODE: '1' };
    expect(await launched({ ...built, ...electron(script) }, { env })).toEqual({ started: true });
  });

  const failures: [what: string, files: Record<string, string>, reason: string | RegExp][] = [
    ['there is no electron package', {}, 'The electron package is not installed.'],
    [
      'fetching the binary fails',
      { 'node_modules/electron/install.js': 'throw new Error("fetch failed")' },
      'No Electron binary is here and fetching one failed (fetch failed).',
    ],
    [
      'fetching the binary hangs',
      { 'node_modules/electron/install.js': 'setInterval(() => {}, 1000)' },
      'No Electron binary is here and fetching one took longer than 2 s.',
    ],
    [
      'fetching brings nothing',
      { 'node_modules/electron/install.js': '' },
      'No Electron binary is here and fetching one ended.',
    ],
    ['a library is missing', { ...built, ...electron('exit 127') }, 'Electron ended with 127.'],
    ['its sandbox fails', { ...built, ...electron('kill -TRAP $$') }, 'Electron ended with SIGTRAP.'],
    [
      'the binary is none',
      { ...built, 'node_modules/electron/dist/electron': '#!/no/such/shell' },
      /^Electron did not start \(.*ENOENT\)\.$/,
    ],
    [
      'it cannot be built',
      {
        ...electron('exit 0'),
        'node_modules/vite/bin/vite.js': 'console.error("error: no such entry"); process.exit(1)',
      },
      'Building its main process failed (no such entry).',
    ],
  ];
  it.each(failures)('says so in one sentence when %s', async (_what, files, reason) => {
    const answer = await launched(files);
    expect(answer).toEqual({
      started: false,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });

  it('asks for a display before it fetches anything', async () => {
    const files = { 'node_modules/electron/install.js': 'setInterval(() => {}, 1000)' };
    expect(await launched(files, { env: {} })).toEqual({ started: false, reason: 'There is no display.' });
  });

  it('fetches a binary where one can be had, and builds what is not built', async () => {
    const install = `require('node:fs').mkdirSync(__dirname + '/dist', { recursive: true });
      require('node:fs').writeFileSync(__dirname + '/dist/electron', '#!/bin/sh\\nls $1/.vite/build | wc -l | grep -q 3', { mode: 0o755 });`;
    const vite = `const name = process.argv[4].split('.')[1];
      require('node:fs').mkdirSync('.vite/build', { recursive: true });
      require('node:fs').writeFileSync('.vite/build/' + name + '.cjs', '');`;
    const files = { 'node_modules/electron/install.js': install, 'node_modules/vite/bin/vite.js': vite };
    expect(await launched(files)).toEqual({ started: true });
  });
});

describe('the folder of the package', () => {
  it('is found from the sources and from deeper down', () => {
    const found = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '');
    expect(packageRoot()).toBe(found);
    expect(packageRoot(join(found, 'dist', 'cli'))).toBe(found);
    expect(packageRoot(join(found, '..'))).toBe(null);
  });
});

describe.runIf(posix)('kneepoint open', () => {
  it('opens the browser door with one line that says why the desktop did not start', async () => {
    await using at = await root({ electron: '#!/bin/sh\nexit 127\n' });
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../../main/cli/kneepoint.ts', import.meta.url)), 'open'],
      {
        cwd: at.folder,
        // No browser is found on this PATH, so none opens.
        env: { PATH: at.folder, HOME: at.folder, ...DISPLAY, ELECTRON_OVERRIDE_DIST_PATH: at.folder },
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      await expect
        .poll(() => out, { timeout: 25_000 })
        .toMatch(/^Kneepoint is at http:\/\/127\.0\.0\.1:\d+\/#token=/);
      const said = err.split('\n').filter((line) => line.startsWith('Desktop app not started'));
      expect(said).toEqual([
        'Desktop app not started: Electron ended with 127. Opening the browser door instead.',
      ]);
      const [url = ''] = /http:\S+\//.exec(out) ?? [];
      expect(await (await fetch(url)).text()).toContain('<title>Kneepoint');
    } finally {
      child.kill('SIGINT');
    }
    await ended;
  });
});
