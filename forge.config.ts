import { join } from 'node:path';
import { FuseV1Options, FuseVersion } from '@electron/fuses';
import { MakerDeb } from '@electron-forge/maker-deb';
import { MakerSquirrel } from '@electron-forge/maker-squirrel';
import { MakerZIP } from '@electron-forge/maker-zip';
import { FusesPlugin } from '@electron-forge/plugin-fuses';
import { VitePlugin } from '@electron-forge/plugin-vite';
import type { ForgeConfig } from '@electron-forge/shared-types';
import { packed } from './vite.host.config.ts';

const packages = packed(join(import.meta.dirname, 'node_modules'));

/** Whether a path of the project (`/…`) stays out of the app: it is the built parts and the packages beside them. */
function ignore(path: string): boolean {
  if (path === '' || path === '/package.json' || path === '/LICENSE') return false;
  if (/^\/(\.vite(\/(build|assets))?|dist|node_modules)$/.test(path)) return false;
  if (/^\/(\.vite\/(build|assets)|dist\/renderer)(\/|$)/.test(path)) return false;
  const [scope = '', name = '', nested] = path.replace(/^\/node_modules\//, '').split('/');
  if (!path.startsWith('/node_modules/')) return true;
  if (!scope.startsWith('@')) return !packages.has(scope);
  if (name === '') return ![...packages].some((known) => known.startsWith(`${scope}/`));
  return !packages.has(`${scope}/${name}`) || (nested === 'test' && scope === '@stdlib');
}

const config: ForgeConfig = {
  packagerConfig: {
    name: 'Kneepoint',
    executableName: 'kneepoint',
    appBundleId: 'app.kneepoint.workbench',
    ignore,
    // `ignore` decides alone: pruning would add an empty folder for every bundled package.
    prune: false,
    // The system's loader opens these by path: it cannot look into an archive.
    asar: { unpack: '**/*.{node,so,dylib,dll}' },
  },
  makers: [
    new MakerSquirrel({ name: 'kneepoint' }, ['win32']),
    new MakerZIP({}, ['darwin', 'linux']),
    new MakerDeb({ options: { bin: 'kneepoint', categories: ['Development'] } }, ['linux']),
  ],
  plugins: [
    new VitePlugin({
      build: [
        { entry: 'main/desktop/main.ts', config: 'vite.main.config.ts', target: 'main' },
        { entry: 'main/desktop/host.ts', config: 'vite.host.config.ts', target: 'main' },
        { entry: 'engine/tuning/fit-worker.ts', config: 'vite.fit-worker.config.ts', target: 'main' },
        // Its own configuration is whole: of the plugin's two targets `main` adds only what it has already.
        { entry: 'main/desktop/preload.ts', config: 'vite.preload.config.ts', target: 'main' },
      ],
      renderer: [{ name: 'main_window', config: 'vite.renderer.config.ts' }],
    }),
    new FusesPlugin({
      version: FuseVersion.V1,
      strictlyRequireAllFuses: true,
      [FuseV1Options.RunAsNode]: false,
      [FuseV1Options.EnableCookieEncryption]: true,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
      [FuseV1Options.EnableNodeCliInspectArguments]: false,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
      [FuseV1Options.OnlyLoadAppFromAsar]: true,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
      [FuseV1Options.WasmTrapHandlers]: true,
    }),
  ],
};
export default config;
