/** What a package would contain, laid out as the packager copies it, and run as far as that goes without Electron. */
import { execFile } from 'node:child_process';
import { on } from 'node:events';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { FuseV1Options } from '@electron/fuses';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import config from '../../forge.config.ts';
import { packed, unbundled } from '../../vite.host.config.ts';
import { FitInput } from '../../engine/api/index.ts';
import { openEngine } from '../../renderer/data/open-engine.ts';
import { scratch } from '../fixtures/scratch.ts';
import { informative, world } from '../tuning/worlds.ts';
import { pageWindow } from './handshake.ts';

const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '');
const run = promisify(execFile);
const ignore = config.packagerConfig?.ignore as (path: string) => boolean;
const read = (name: string): Promise<string> => readFile(join(root, '.vite', 'build', name), 'utf8');

/** Real builds, by the same configurations the packager uses. */
beforeAll(async () => {
  for (const part of ['main', 'preload', 'host', 'fit-worker']) {
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    await run(process.execPath, [vite, 'build', '--config', `vite.${part}.config.ts`], { cwd: root });
  }
}, 120_000);

/** Lines of comments are left out: they speak of files too. */
const required = (code: string): string[] =>
  [
    ...code
      .replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')
      .matchAll(/\b(?:require|import)(?:\$\d+)?\((["'])([^"']+)\1\)/g),
  ].map(([, , name]) => name ?? '');

describe('the built parts', () => {
  it('of the preload script is one file that requires Electron alone, as its sandbox demands', async () => {
    const code = await read('preload.cjs');
    expect(required(code)).toEqual(['electron']);
    expect(code).not.toMatch(/\bprocess\.|\bBuffer\b|__dirname/);
  });

  it('of the main process requires Electron and Node, and holds nothing of the engine', async () => {
    const code = await read('main.cjs');
    const others = required(code).filter((name) => !isBuiltin(name));
    expect(others).toEqual(['electron']);
    expect(code).not.toContain('duckdb');
  });

  it('of the engine requires Node and the packages that stay packages, and never Electron', async () => {
    const code = await read('host.cjs');
    // Ajv has this one in a text that it writes into code for others; the next is one that a package can do without,
    // and asks for inside `try`. What is no name of a package stands in a text too.
    const others = new Set(
      required(code).filter(
        (name) =>
          /^[@a-z]/.test(name) &&
          !isBuiltin(name) &&
          !name.startsWith('ajv/dist/') &&
          name !== 'supports-color',
      ),
    );
    expect([...others].sort()).toEqual([...unbundled].sort());
    // The evaluators that go into bundles are found from the file's own place.
    expect(code).toMatch(/new URL\("\.\.\/assets\/", require\("url"\)\.pathToFileURL\(__filename\)\.href\)/);
    expect(existsSync(join(root, '.vite', 'assets', 'evaluator.js'))).toBe(true);
  });

  it('of a fit is one file beside the engine, requires Node alone and fits in a thread', async () => {
    const code = await read('fit-worker.cjs');
    expect(required(code).filter((name) => !isBuiltin(name))).toEqual([]);
    const worker = new Worker(join(root, '.vite', 'build', 'fit-worker.cjs'), {
      workerData: {
        matrix: world(informative(400, 1)),
        input: FitInput.parse({ runs: ['r'], maxLoss: 0.05 }),
        now: '',
      },
    });
    for await (const [message] of on(worker, 'message')) {
      if (message.kind === 'progress') continue;
      expect(message).toMatchObject({ kind: 'fitted', fitted: { result: { verdict: expect.any(String) } } });
      break;
    }
    await worker.terminate();
  });

  it('is where package.json says the app begins', async () => {
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ main: '.vite/build/main.cjs' });
  });
});

describe('the package', () => {
  it('has makers for the three systems', () => {
    const made = (config.makers ?? []).map((maker) => {
      if (!('name' in maker) || !('platforms' in maker)) throw new Error('a maker without a name');
      return [maker.name, maker.platforms];
    });
    expect(made).toEqual([
      ['squirrel', ['win32']],
      ['zip', ['darwin', 'linux']],
      ['deb', ['linux']],
    ]);
  });

  it('has every fuse set, the strict way', () => {
    const fuses = config.plugins?.find((plugin) => 'name' in plugin && plugin.name === 'fuses');
    expect(fuses).toMatchObject({
      fusesConfig: {
        strictlyRequireAllFuses: true,
        [FuseV1Options.RunAsNode]: false,
        [FuseV1Options.EnableCookieEncryption]: true,
        [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
        [FuseV1Options.EnableNodeCliInspectArguments]: false,
        [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
        [FuseV1Options.OnlyLoadAppFromAsar]: true,
        [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
        [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
      },
    });
  });

  it.each([
    ['/package.json', true],
    ['/.vite/build/host.cjs', true],
    ['/.vite/assets/evaluator.py', true],
    ['/dist/renderer/index.html', true],
    ['/node_modules/@duckdb/node-api/lib/index.js', true],
    ['/node_modules/detect-libc/lib/detect-libc.js', true],
    ['/dist/cli/kneepoint.js', false],
    ['/engine/workbench.ts', false],
    ['/node_modules/electron/dist/electron', false],
    ['/node_modules/node/bin/node', false],
    ['/node_modules/@duckdb-evil/x/index.js', false],
    ['/node_modules/@electron-forge/cli/package.json', false],
    ['/node_modules/openai/index.js', false],
    ['/.git/config', false],
    ['/kneepoint-workspace/workspace.duckdb', false],
    ['/.env', false],
  ])('has %s: %s', (path, inside) => {
    expect(ignore(path)).toBe(!inside);
  });
});

describe('the page', () => {
  it('asks the built preload script for a port and has the API behind it, at every asking', async () => {
    await using at = await scratch();
    const page = pageWindow(await read('preload.cjs'), join(at.folder, 'workspace'));
    vi.stubGlobal('window', page.window);
    try {
      expect(page.offered).toEqual(['kneepoint']);
      for (let asked = 0; asked < 2; asked++) {
        const { api } = await openEngine();
        expect(await api.workspace.info({})).toMatchObject({ workspace: 'workspace', rows: { runs: 0 } });
      }
      page.close();
      await expect.poll(() => page.exits).toEqual([0]);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

/** A copy by hard links of what `ignore` lets through, as the packager walks it. */
async function layOut(to: string): Promise<string[]> {
  const paths: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const from = join(folder, entry.name);
      if (ignore(`/${relative(root, from).split(sep).join('/')}`)) continue;
      if (entry.isDirectory()) {
        await walk(from);
      } else if (entry.isFile()) {
        const path = relative(root, from);
        await mkdir(dirname(join(to, path)), { recursive: true });
        await link(from, join(to, path)).catch(async () => writeFile(join(to, path), await readFile(from)));
        paths.push(path.split(sep).join('/'));
      }
    }
  };
  await walk(root);
  return paths;
}

describe('the laid out app', () => {
  it('is whole: the engine runs from it alone, and Electron would find every part', async () => {
    await using at = await scratch();
    const app = join(at.folder, 'app');
    const paths = await layOut(app);

    expect(paths).toEqual(expect.arrayContaining(['.vite/build/main.cjs', '.vite/build/preload.cjs']));
    const natives = paths.filter((path) => /\.(node|so|dylib|dll)$/.test(path));
    expect(natives.length).toBeGreaterThan(0);
    // These are the system loader's, and so all that has to lie outside the archive.
    expect(natives.every((path) => path.startsWith('node_modules/@duckdb/node-bindings-'))).toBe(true);
    for (const name of packed(join(root, 'node_modules')))
      expect([name, existsSync(join(app, 'node_modules', name, 'package.json'))]).toEqual([name, true]);

    // The engine's process, with the shell's side played by the driver.
    const driver = fileURLToPath(new URL('./drive-host.ts', import.meta.url));
    const engine = await run(process.execPath, [driver, app, join(at.folder, 'workspace')]);
    expect(JSON.parse(engine.stdout)).toEqual({
      workspace: 'workspace',
      sample: 6046,
      encoder: 512,
      evaluator: true,
      exit: 0,
    });

    // The main process, with a stand-in for Electron's module that notes what it is told.
    await mkdir(join(app, 'node_modules', 'electron'));
    await writeFile(
      join(app, 'node_modules', 'electron', 'index.js'),
      await readFile(fileURLToPath(new URL('./electron-stand-in.cjs', import.meta.url))),
    );
    const main = await run(process.execPath, [join(app, '.vite', 'build', 'main.cjs')], {
      env: { APP: app, USER_DATA: at.folder },
    });
    expect(JSON.parse(main.stdout)).toEqual({
      script: true,
      preload: true,
      url: 'app://workbench/',
      page: 200,
      keys: true,
    });
  }, 120_000);
});
